"""CONTRIBUTING.md sends people to places that there are, and asks about each room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOPS = ("minios", "drivers", "tests", "assets", ".ci")
PLACES = sorted(
    place
    for place in set(re.findall(r"`((?:[\w.]+/)+[\w.]*)`", TEXT))
    if place.startswith(TOPS) and not re.search(r"NAME|ROOM|FILE", place)
)
ROOMS = {
    *("machine", "kernel", "abi", "devices", "disk", "content", "lab", "session"),
    *("bpf", "testing", "tui", "plain", "commands", "dev", "image", "drivers", "tests"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_is_named_exists(place: str) -> None:
    """A file or a folder that has moved takes its row with it."""
    assert (ROOT / place).exists()


def test_every_room_has_two_to_five_review_questions() -> None:
    """Fewer would not be worth a heading, more would not be asked."""
    _, asked = TEXT.split("## What a reviewer asks")
    rooms = dict(re.findall(r"\*\*(\w+)\*\*\n((?:[- ] .+\n)+)", asked))

    assert set(rooms) == ROOMS
    assert all(2 <= text.count("\n- ") + 1 <= 5 for text in rooms.values())


def test_readme_and_architecture_name_the_command_before_a_push() -> None:
    """One gate for everybody, wherever one starts to read."""
    for name in ("README.md", "CONTRIBUTING.md", "minios/ARCHITECTURE.md"):
        assert "minios dev check" in (ROOT / name).read_text(encoding="utf-8")
