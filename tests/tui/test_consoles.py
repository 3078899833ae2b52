"""Typing on one of several machines, reading its past, and back to the text."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from minios.lab.inputs import Type
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.console import console
from minios.tui.drawing.lines import Line
from minios.tui.widgets.guest_console import GuestConsole
from minios.tutor.learner import Learner
from tests.tui.stage import play_from, up
from tests.tui.test_lesson import learner, lesson_of, take
from tests.tui.walking import footer, lab_of, shown, ticks

__all__ = ["learner"]
TWO = catalogue.find("two-worlds")


def plain(lines: list[Line]) -> list[str]:
    """The lines without colours."""
    return ["".join(span.text for span in it) for it in lines]


def test_of_several_consoles_each_says_whose_it_is() -> None:
    """And F2 goes to the other one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("c")
        await pilot.pause()
        assert "windows: you type here" in shown(app)
        assert "Other machine" in [it.binding.description for it in footer(app)]
        await pilot.press("f2", "h")
        await pilot.pause()
        assert "macos: you type here" in shown(app)
        assert "windows: you" not in shown(app)
        assert lab_of(app).active == 1
        await ticks(pilot, app, 1)
        frames = lab_of(app).conductor.frames
        assert [len(frame.inputs) for frame in frames] == [0, 1]
        await pilot.press("f2")
        await pilot.pause()
        assert "windows: you type here" in shown(app)

    play_from(up, walk, card=TWO)


def test_the_past_of_a_console_is_drawn_from_further_up() -> None:
    """As far as there is any."""
    text = "\n".join(f"line {n}" for n in range(30))

    assert plain(console(text, 20, 3, typing=False)) == [
        "line 27",
        "line 28",
        "line 29",
    ]
    back = plain(console(text, 20, 3, typing=False, back=2))
    assert back == ["line 25", "line 26", "line 27"]
    first = plain(console(text, 20, 3, typing=False, back=99))
    assert first == ["line 0", "line 1", "line 2"]


def test_page_up_shows_the_past_of_a_console_and_a_key_its_end() -> None:
    """Page down goes back to the end, too. What comes meanwhile moves nothing."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("c", *["enter"] * 9)
        await ticks(pilot, app, 3)
        pane = app.focused
        assert isinstance(pane, GuestConsole)
        await pilot.press("pageup")
        await pilot.pause()
        past = plain(pane._lines)
        assert "earlier lines" in shown(app)
        lab_of(app).conductor.send(Type("ls\n"), 0)
        await ticks(pilot, app, 3)
        assert plain(pane._lines) == past
        await pilot.press("pagedown")
        await pilot.pause()
        assert "earlier lines" not in shown(app)
        assert plain(pane._lines) != past
        await pilot.press("pageup", "x")
        await pilot.pause()
        assert "earlier lines" not in shown(app)

    play_from(up, walk, card=TWO, size=(100, 24))


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
def test_typing_that_began_in_the_text_of_a_lesson_ends_there(
    learner: Learner, size: tuple[int, int]
) -> None:
    """Typing that began in the lab ends in the lab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for key in ("c", "slash"):
            assert lesson_of(app).reads
            await pilot.press(key)
            await pilot.pause()
            assert not lesson_of(app).reads
            await pilot.press("escape")
            await pilot.pause()
            assert lesson_of(app).reads, key
        await pilot.press("f6", "c", "escape")
        await pilot.pause()
        assert not lesson_of(app).reads

    take(learner, walk, size=size)
