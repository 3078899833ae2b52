"""The README's pictures are those that `minios dev picture` draws from this code.

Deep: a lesson is gone through until its picture is as it was.
"""

from __future__ import annotations

import pytest

from minios.dev import picture
from tests.tui import svg_picture


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(it, marks=[pytest.mark.deep] * (it == "lesson.svg"))
        for it in picture.PICTURES
    ],
)
def test_a_picture_of_the_readme_is_what_the_command_draws(name: str) -> None:
    """Apart from numbers: one instruction more in the guest moves all times."""
    committed = (picture.FOLDER / name).read_text(encoding="utf-8")

    drawn = svg_picture.normal(picture.PICTURES[name]())

    assert drawn == svg_picture.normal(committed), "run `uv run minios dev picture`"


def test_the_picture_of_the_lab_shows_a_blue_screen_beside_a_restart() -> None:
    """The left machine has stopped, and the right one has started its extension."""
    shown = (picture.FOLDER / "lab.svg").read_text(encoding="utf-8")
    words = shown.replace("&#160;", " ")

    assert "The kernel met a problem and stops the whole machine." in words
    assert "the supervisor restarts sentinel.ext, attempt 1" in words
