"""The verbs of the waist: boot, push, wait, type, look, go back."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from minios import paths
from minios.content.errors import ContentError
from minios.errors import ScenarioError, SnapshotError
from minios.lab import (
    Bugcheck,
    ConditionNotMetError,
    Death,
    Lab,
    build,
    explain,
    milliseconds,
    seconds,
)
from minios.lab.source_text import source_line, source_text


def test_a_scenario_is_five_lines() -> None:
    """The example of the design document holds."""
    with Lab(model="windows") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        stop = lab.run_until(Bugcheck(), within=seconds(5))

        assert stop.name == "PAGE_FAULT_IN_NONPAGED_AREA"
        assert stop.ring == 0
        assert "interpreter_matches" in str(explain(lab, stop))


@pytest.mark.parametrize(
    ("model", "misfortune"), [("windows", Bugcheck()), ("macos", Death())]
)
def test_an_explanation_quotes_the_line_of_source(
    model: str, misfortune: Bugcheck | Death
) -> None:
    """As it stands in the file that the place names, without its indent."""
    with Lab(model=model) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        event = lab.run_until(misfortune, within=seconds(5))
        picture = lab.picture_of(event)
        assert picture is not None
        assert picture.location is not None
        place = picture.location
        text = (paths.PACKAGE.parent / place.file).read_text(encoding="utf-8")
        quoted = text.splitlines()[place.line - 1].strip()

        assert quoted
        instruction, *_, processor, _kernel = explain(lab, event).evidence
        assert f"line {place.line}: {quoted}" in instruction.lines
        assert str(place) in processor.lines[0]


def test_a_file_that_was_not_shipped_has_no_lines() -> None:
    """Nor has a line behind the end of one, nor line 0, which means: not known."""
    file = "minios/kernel/traps/bugcheck.c"

    assert source_text(file)
    assert source_text("minios/kernel/traps/absent.c") == ()
    assert source_line(file, 1) == source_text(file)[0].strip()
    assert source_line(file, 0) == ""
    assert source_line(file, len(source_text(file)) + 1) == ""
    assert source_line("", 0) == ""


def test_the_console_answers_a_command(macos: Lab) -> None:
    """What is typed reaches the shell, and its answer comes back."""
    assert macos.console("echo hello").strip() == "hello"
    assert "C-000291.SYS" in macos.console("ls /SYSTEM/CONTENT")


def test_waiting_for_what_never_comes_says_so(windows: Lab) -> None:
    """The message names the condition, the virtual time and the latest records."""
    with pytest.raises(ConditionNotMetError, match=r"Bugcheck.*0\.2 s.*Ready"):
        windows.run_until(Bugcheck(), within=milliseconds(200))


def test_going_back_to_a_snapshot_gives_the_same_future(macos: Lab) -> None:
    """From one snapshot, twice: the same records at the same times."""
    macos.push("channel-291-bad")
    before = macos.snapshot()
    first = macos.run_until(Death("sentinel.ext"), within=seconds(5))
    records = macos.events
    macos.restore(before)

    assert macos.run_until(Death("sentinel.ext"), within=seconds(5)) == first
    assert macos.events == records


def test_a_death_is_waited_for_by_the_name_of_the_process_or_of_the_extension(
    macos: Lab,
) -> None:
    """The ending of the image file may be left out, and no other part of the name."""
    macos.push("channel-291-bad")
    death = macos.run_until(Death(), within=seconds(5))

    assert Death("sentinel.ext")(death)
    assert Death("sentinel")(death)
    assert not Death("sentinel.sys")(death)
    assert not Death("updater")(death)


def test_a_snapshot_travels_to_another_lab() -> None:
    """Pickled, unpickled and restored elsewhere, the world goes on as it would have."""
    with Lab(model="windows") as here, Lab(model="windows") as there:
        here.boot()
        here.push("channel-291-bad")
        there.restore(pickle.loads(pickle.dumps(here.snapshot())))  # noqa: S301

        expected = here.run_until(Bugcheck(), within=seconds(5))
        assert there.run_until(Bugcheck(), within=seconds(5)) == expected


def test_a_snapshot_of_another_build_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one sentence, before anything else of it is read."""
    with Lab(model="windows") as lab:
        pickled = pickle.dumps(lab.snapshot())
    monkeypatch.setattr(build, "digest", lambda: "0123456789abcdef")

    with pytest.raises(SnapshotError, match="made by another build of minios"):
        pickle.loads(pickled)  # noqa: S301


def test_a_snapshot_of_before_builds_were_told_apart_is_refused() -> None:
    """Its pickle asks for an empty `LabSnapshot` first and fills it in later."""
    old = b"\x80\x04cminios.lab.lab\nLabSnapshot\n)\x81."

    with pytest.raises(SnapshotError, match="made by an older minios"):
        pickle.loads(old)  # noqa: S301


def test_the_pushed_file_lies_on_the_guests_disk(windows: Lab) -> None:
    """The disk of the stopped machine can be read as a FAT16 volume."""
    pushed = Path("assets/content/channel-291-good.sys").read_bytes()
    windows.push("channel-291-good")
    windows.run_for(seconds(1))

    assert windows.files().read("/SYSTEM/CONTENT/C-000291.SYS") == pushed


def test_an_unknown_model_is_refused_with_the_list() -> None:
    """What, and what to do next."""
    with pytest.raises(ScenarioError, match=r"'beos'.*windows, macos"):
        Lab(model="beos")


def test_an_unknown_content_is_refused_with_the_list() -> None:
    """What, and what to do next."""
    with pytest.raises(ContentError, match=r"no-such-file.*channel-291-bad"):
        Lab(content="no-such-file")


def test_an_address_is_told_to_be_of_a_module(macos: Lab) -> None:
    """Where the CPU is: in the kernel, for a machine that waits."""
    module = macos.module_at(macos.machine.registers()["idtr"])
    assert module is not None
    assert module.name == "kernel"
    assert macos.module_at(0) is None


def test_a_critical_process_that_was_killed_had_broken_no_rule() -> None:
    """Somebody ended it: nothing is said of a fault."""
    with Lab(model="macos", options={"protection": "off"}) as lab:
        lab.boot()
        lab.type("kill 1\r")
        said = str(explain(lab, lab.run_until(Bugcheck(0xEF), within=seconds(1))))

    assert "The system cannot run without the process init" in said
    assert "broken a rule" not in said
    assert "The fault came from ring 0" not in said
