"""`minios content`: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minios import cli
from minios.content import catalogue, compile_source

BAD = str(catalogue.path_of("channel-291-bad"))
GOOD = str(catalogue.path_of("channel-291-good"))
SOURCE = """\
channel = 291
version = 5
[[instance]]
template = "ipc"
detection = 1
[instance.match]
pipe_name = "x*"
"""


def content(*arguments: str | Path) -> int:
    """The exit code of `minios content ...`."""
    return cli.main(["content", *map(str, arguments)])


def test_compile_writes_what_the_library_makes(tmp_path: Path) -> None:
    """To the file that is named, or beside the source."""
    source = tmp_path / "mine.toml"
    source.write_text(SOURCE)

    assert content("compile", source, "-o", tmp_path / "there.sys") == 0
    assert content("compile", source) == 0
    expected = compile_source(SOURCE)
    assert (tmp_path / "there.sys").read_bytes() == expected
    assert (tmp_path / "mine.sys").read_bytes() == expected


def test_a_mistake_in_the_source_names_file_place_and_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on the error output, exit code 2, and nothing is written."""
    source = tmp_path / "mine.toml"
    source.write_text(SOURCE.replace("pipe_name", "pipename"))

    assert content("compile", source) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"minios: {source}, instance 1: template ipc has no field")
    assert "Did you mean 'pipe_name'?" in error
    assert error.count("\n") == 1
    assert not source.with_suffix(".sys").exists()


def test_inspect_shows_what_the_bad_file_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For a person: the criterion that has no input stands out."""
    assert content("inspect", BAD, "--bytes") == 0
    shown = capsys.readouterr().out

    assert (
        'correlation     equals "c2"   <- no input: the sensor supplies only 20'
        in shown
    )
    assert "instance.2.detection               0xffff840500000074" in shown


def test_inspect_shows_a_broken_file_too(capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 1, and the reason."""
    path = catalogue.path_of("channel-291-truncated")

    assert content("inspect", path) == 1
    assert (
        "SIZE_MISMATCH: the file has 968 bytes, but its header says 1080"
        in capsys.readouterr().out
    )


def test_inspect_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object on one line."""
    assert content("inspect", BAD, "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    value = json.loads(line)

    assert value["verdict"]["status"] == "ACCEPTED"
    assert value["file"]["instances"][1]["detection"] == 0xFFFF_8405_0000_0074
    assert value["file"]["instances"][1]["criteria"][20]["text"] == "c2"
    assert value["spans"][0]["field"] == "header.magic"


@pytest.mark.parametrize(
    ("file", "validator", "code"),
    [
        (BAD, "historical", 0),
        (BAD, "fixed", 1),
        (BAD, "both", 1),
        (GOOD, "both", 0),
    ],
    ids=["bad historical", "bad fixed", "bad both", "good both"],
)
def test_validate_tells_scripts_by_its_exit_code(
    file: str, validator: str, code: int
) -> None:
    """0 may go out, 1 may not."""
    assert content("validate", file, "--validator", validator) == code


def test_validate_prints_one_json_object_a_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the order historical, fixed."""
    assert content("validate", BAD, "--json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [(line["validator"], line["status"]) for line in lines] == [
        ("historical", "ACCEPTED"),
        ("fixed", "FIELD_COUNT"),
    ]


def test_an_empty_file_is_a_file_that_is_too_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verdict, not an error."""
    empty = tmp_path / "empty.sys"
    empty.touch()

    assert content("validate", empty, "--validator", "fixed") == 1
    assert "TOO_SHORT: the file has 0 bytes" in capsys.readouterr().out


def test_mutate_writes_a_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what it did to it."""
    copy = tmp_path / "copy.sys"
    options = ["--seed", "1", "--kind", "pattern", "--field", "correlation"]

    assert content("mutate", GOOD, "-o", copy, *options) == 0
    assert 'field 21 (correlation) made the pattern "*"' in capsys.readouterr().out
    assert content("validate", copy, "--validator", "historical") == 0
    assert content("validate", copy, "--validator", "fixed") == 1


def trouble(tmp_path: Path) -> dict[str, tuple[list[str | Path], str]]:
    """Commands that cannot be carried out, and what is said."""
    huge = tmp_path / "huge.sys"
    with huge.open("wb") as file:
        file.truncate(100 << 20)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'channel = "\xe4"')
    source = tmp_path / "mine.toml"
    source.write_text(SOURCE)
    empty = tmp_path / "empty.toml"
    empty.touch()
    nowhere = tmp_path / "no" / "where.sys"
    return {
        "missing": (["inspect", tmp_path / "none.sys"], "No such file or directory"),
        "directory": (["validate", tmp_path], "is a directory. Name a file in it"),
        "huge": (["inspect", huge], "has 104857600 bytes; at most 1048576 are read"),
        "not UTF-8": (["compile", latin], "the file is not UTF-8: byte 11 is 0xe4"),
        "empty source": (["compile", empty], "the file: the channel is missing"),
        "onto itself": (
            ["compile", source, "-o", source],
            "the same file as the input",
        ),
        "nowhere": (["compile", source, "-o", nowhere], "Check the path"),
        "mutate nothing": (
            ["mutate", empty, "-o", nowhere, "--seed", "1"],
            "an empty file cannot be changed",
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "missing",
        "directory",
        "huge",
        "not UTF-8",
        "empty source",
        "onto itself",
        "nowhere",
        "mutate nothing",
    ],
)
def test_trouble_with_a_file_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """On the error output, with the file's name, exit code 2."""
    arguments, words = trouble(tmp_path)[name]

    assert content(*arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("minios: ")
    assert str(tmp_path) in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", ["compile", "inspect", "validate", "mutate"])
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As all of minios' commands have."""
    with pytest.raises(SystemExit) as caught:
        content(command, "--help")

    assert caught.value.code == 0
    assert f"example:\n  minios content {command}" in capsys.readouterr().out


def test_a_rule_that_blocks_is_shown_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """One that only reports has no word for it."""
    assert content("inspect", catalogue.path_of("channel-291-block")) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "instance 1: process, detection 0x3001, block" in lines
    assert "instance 2: process, detection 0x3002" in lines
