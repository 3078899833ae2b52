"""A source in TOML is compiled, wherever somebody names a content file by its path."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from minios import paths
from minios.content import SourceError
from minios.lab import Happened, Lab, content_files, events, seconds

_GOOD = (paths.ASSETS / "content/channel-291-good.toml").read_text(encoding="utf-8")
_HEAD = f":{_GOOD[: _GOOD.index('[[instance]]')].count(chr(10)) + 1}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source of a user's own."""
    path = tmp_path / "rule.toml"
    path.write_text(_GOOD, encoding="utf-8")
    return path


def test_a_source_is_compiled(source: Path) -> None:
    """It is the same file as the compiled one that ships."""
    found = content_files.find(source)

    assert found.name == "rule"
    assert found.data == content_files.find("channel-291-good").data


def test_a_lab_loads_a_source_that_is_pushed(source: Path) -> None:
    """Its text would be refused by the sensor: bad magic."""
    with Lab() as lab:
        lab.boot()
        lab.push(str(source))
        loaded = lab.run_until(Happened(events.ContentLoaded), within=seconds(5))

    assert loaded.version == tomllib.loads(_GOOD)["version"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("channel = 291\nversion = x", "", "Invalid value (at line 2, column 11)"),
        (
            _GOOD.replace("pipe_name", "pipename", 1),
            f"{_HEAD}: instance 1",
            "no field 'pipen",
        ),
        ("channel = 291", ": the file", "the version is missing"),
    ],
)
def test_a_mistake_in_a_source_is_told_with_its_file_and_its_place(
    source: Path, text: str, place: str, words: str
) -> None:
    """Who pushes it sees at once what to change, and nothing is sent."""
    source.write_text(text, encoding="utf-8")

    with pytest.raises(SourceError) as caught:
        content_files.find(source)

    assert caught.value.where == f"{source}{place}"
    assert words in caught.value.what
