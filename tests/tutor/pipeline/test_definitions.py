"""The definitions file is an input: it decides what the vendor believes."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.abi import content
from minios.content import SourceError
from minios.tutor.pipeline import (
    HISTORICAL,
    Outcomes,
    Pipeline,
    Stage,
    Switches,
    definitions,
)

TEXT = definitions.FILE.read_text("utf-8")
BAD = "channel-291-bad"


def with_fields(*more: str, without_last: bool = False) -> str:
    """The shipped file with more fields, or without its last."""
    names = list(content.IPC.fields)
    names = [*(names[:-1] if without_last else names), *more]
    listed = ", ".join(f'"{it}"' for it in names)
    return (
        f'[[template]]\nname = "ipc"\nnumber = 1\nchannel = 291\n'
        f"count = {len(names)}\nfields = [{listed}]\n"
    )


def outcomes(text: str, switches: Switches, *names: str | Path) -> Outcomes:
    """What follows from a definitions file, with two machines."""
    found = definitions.read(text)
    with Pipeline(names, machines=2, definitions=found, processes=1) as pipeline:
        return pipeline.run(switches)


def test_the_shipped_definitions_say_what_the_sensor_is_built_with() -> None:
    """The file and the table of the contract are two copies of one fact."""
    assert definitions.shipped() == content.IPC


def test_with_20_fields_the_bad_file_cannot_be_written() -> None:
    """The fault needs a field that the code does not supply."""
    found = outcomes(
        with_fields(without_last=True), HISTORICAL, BAD, "channel-291-good"
    )
    bad, good = found.outcomes
    assert (bad.stopped_at, bad.spared) == (Stage.VALIDATOR, 2)
    assert "no field 'correlation'" in bad.steps[-1].words
    assert good.protected == 2


def test_with_22_fields_the_same_file_still_crashes() -> None:
    """The 21st input is missing however many fields are declared."""
    found = outcomes(with_fields("session"), HISTORICAL, BAD)
    assert found.of(BAD).stops == (("0x50 PAGE_FAULT_IN_NONPAGED_AREA", 2),)


def test_the_build_supplies_as_many_inputs_as_are_declared() -> None:
    """The repair follows the definitions, not the number 21."""
    switches = Switches(compile_check=True)
    found = outcomes(with_fields("session"), switches, BAD)
    assert (found.sensor.repaired_at, found.sensor.variant.inputs) == (Stage.BUILD, 22)
    assert found.of(BAD).protected == 2


def test_a_source_may_use_a_field_that_only_its_definitions_have(
    tmp_path: Path,
) -> None:
    """A file is compiled with the definitions that are handed in."""
    source = tmp_path / "mine.toml"
    source.write_text(
        'channel = 291\nversion = 4\n[[instance]]\ntemplate = "ipc"\ndetection = 7\n'
        '[instance.match]\npipe_name = "mojo.*"\nsession = "*"\n'
    )
    found = outcomes(with_fields("session"), HISTORICAL, source)
    assert found.of("mine").protected == 2
    with pytest.raises(SourceError, match="no field 'session'"):
        outcomes(TEXT, HISTORICAL, source)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"must have a \[\[template\]\]"),
        ("template = 3", r"must have a \[\[template\]\]"),
        ("x = [[", "this is not TOML"),
        ("more = 1\n" + TEXT, "and nothing else"),
        (TEXT + '[[template]]\nname = "files"\n', "knows one template type"),
        (TEXT.replace("number = 1", "number = 2"), "knows only number = 1"),
        (TEXT.replace("number = 1", "number = true"), "knows only number = 1"),
        (TEXT.replace("291", "292"), "knows only channel = 291"),
        (TEXT.replace('"ipc"', '"dns"'), 'knows only name = "ipc"'),
        (TEXT.replace("count = 21", "count = 20"), "`count` must be 21"),
        (TEXT.replace("count = 21", ""), "look at 'count'"),
        (TEXT.replace("count = 21", "count = 21\ncolour = 1"), "look at 'colour'"),
        (TEXT.replace('"correlation"', '"ring"'), "two fields called ring"),
        (TEXT.replace('"correlation"', '"Big Name"'), "field 21 needs a name"),
        (TEXT.replace('"correlation"', "21"), "field 21 needs a name"),
        (TEXT.replace('"ring"', '"circle"'), "field 10 must be ring"),
        (with_fields(*(f"f{it}" for it in range(9))), "30 fields are too many"),
        (
            '[[template]]\nname="ipc"\nnumber=1\nchannel=291\ncount=0\nfields=[]',
            "field 1",
        ),
        (
            '[[template]]\nname="ipc"\nnumber=1\nchannel=291\ncount=0\nfields=1',
            "field 1",
        ),
        ("template = [3]", "knows one template type"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(text: str, said: str) -> None:
    """What a person hands in gets a message, and nothing else happens."""
    with pytest.raises(SourceError, match=said):
        definitions.read(text)
