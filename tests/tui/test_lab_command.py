"""`minios lab` with arguments that cannot be: one sentence, before it opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import cli
from minios.tui import recording
from minios.tui.recording import Recording


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    """A recording of two worlds in which nothing was done."""
    path = tmp_path / "two.jsonl"
    recording.save(Recording("two-worlds", ((), ()), 0), path)
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `minios lab --plain` says of these arguments."""
    assert cli.main(["lab", "--plain", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_a_recording_of_another_lab_is_refused(
    visit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the right command is named."""
    said = refused(capsys, "windows", "--replay", str(visit))

    assert "is a recording of the lab two-worlds, not of windows" in said
    assert f"minios lab two-worlds --replay {visit}" in said


def test_a_place_that_cannot_be_written_to_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not when the session is over."""
    path = tmp_path / "nowhere" / "mine.jsonl"

    assert "cannot be written" in refused(capsys, "windows", "--record", str(path))


def test_plain_mode_has_nothing_to_film(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--cast is not silently ignored."""
    assert "no screen to film" in refused(capsys, "--cast", str(tmp_path / "a.cast"))


def test_the_lab_of_a_recording_need_not_be_named(visit: Path) -> None:
    """It is in the file."""
    card, found = recording.for_lab(None, visit)

    assert card is not None
    assert card.name == "two-worlds"
    assert found is not None
