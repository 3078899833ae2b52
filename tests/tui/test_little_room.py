"""What is drawn where there is little room: less, but nothing that reads wrong."""

from __future__ import annotations

import pytest

from minios.tui import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.building import building
from minios.tui.drawing.lines import Line, length
from minios.tui.drawing.status import title
from minios.tui.frames import Frame
from minios.tui.orders import RunTo
from minios.tui.session import Session

TWO = catalogue.find("two-worlds")


@pytest.fixture(scope="module")
def frame() -> Frame:
    """A machine that is up."""
    session = Session("windows", options=TWO.options)
    try:
        return session.do(RunTo(20_000_000))
    finally:
        session.close()


def text(drawn: Line) -> str:
    """Without roles."""
    return "".join(span.text for span in drawn)


@pytest.mark.parametrize("width", range(30, 120))
def test_a_title_leaves_out_what_does_not_fit(frame: Frame, width: int) -> None:
    """No number is cut off, and a blank stays free before the next machine."""
    words = text(title(frame, 1, width, active=True))

    assert len(words) < max(width, 31)
    assert "protected" in words
    for name in ("crashes", "deaths", "boot", "ring"):
        if name in words:
            assert words.partition(name)[2].split()[0].isdigit()


def test_a_wide_title_says_all(frame: Frame) -> None:
    """In this order."""
    words = text(title(frame, 1, 120, active=False))
    places = [words.index(it) for it in ("boot", "crashes", "deaths", "ring", "up")]

    assert places == sorted(places)
    assert "content v1" in words


@pytest.mark.parametrize("height", range(2, 12))
def test_both_floors_stay_in_the_building(frame: Frame, height: int) -> None:
    """The doors lose lines first; the kernel's floor never goes."""
    rows = [text(row) for row in building(frame, 40, height)]

    assert len(rows) <= height
    assert "basement: kernel" in rows[-1]
    assert any("kernel" in row for row in rows[:-1])
    if height >= 3:
        assert "ground floor" in rows[0]
    assert all(length(row) <= 41 for row in building(frame, 40, height))


def test_the_theme_of_the_interface_is_one_of_its_names() -> None:
    """What `--theme` is checked against is what the application has."""
    from minios.tui import themes  # noqa: PLC0415

    assert set(themes.names()) <= set(MiniosApp(automatic=False).available_themes)
