"""Small files of the user: read, put aside if they are broken, and never an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.session.files import Progress
from minios.session.kept import Kept
from minios.session.own_plugins import Folders


def kept(path: Path | None) -> Kept[list[int]]:
    """A file of numbers."""
    return Kept(path, list[int], "the numbers")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Also by somebody else; without a path nothing is."""
    kept(tmp_path / "n.json").write([1, 2])
    assert kept(tmp_path / "n.json").read() == [1, 2]
    nothing = kept(None)
    nothing.write([1])
    assert nothing.read() is None
    assert nothing.trouble == ""


@pytest.mark.parametrize("text", ["", "[1,", '{"a": 1}', "[" * 9999])
def test_what_cannot_be_read_is_put_aside(text: str, tmp_path: Path) -> None:
    """Under a name of its own each time, and it is said."""
    path = tmp_path / "n.json"
    for number in (1, 2):
        path.write_text(text)
        broken = kept(path)
        assert broken.read() is None
        aside = tmp_path / f"n.json.broken-{number}"
        assert aside.read_text() == text
        assert broken.trouble.endswith(f"The old file is kept as {aside.name}")


def test_progress_in_labs_that_cannot_be_read_is_not_lost(tmp_path: Path) -> None:
    """The next lab would have written over it."""
    (tmp_path / "labs.json").write_text('{"windows": {"goals": ["safe"')
    progress = Progress(tmp_path)
    progress.note("macos", ["restart"])
    assert "your progress in labs cannot be read" in progress.trouble
    assert (tmp_path / "labs.json.broken-1").exists()
    assert Progress(tmp_path).goals("macos") == {"restart"}


def test_known_folders_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    """And new ones are remembered."""
    (tmp_path / "plugins.json").write_text("nonsense")
    folders = Folders(tmp_path)
    assert folders.known == ()
    folders.note("/mine")
    assert Folders(tmp_path).known == ("/mine",)
