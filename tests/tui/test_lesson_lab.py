"""What a lesson needs of its lab: where machines stand."""

from __future__ import annotations

from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tui.library import Library
from tests.tui.test_lesson import crash, lesson_of, library, take
from tests.tui.walking import ticks

__all__ = ["library"]


def is_read(app: MiniosApp) -> bool:
    """Whether the code in which the machine stands is read."""
    return lesson_of(app).conductor.frames[0].code.is_read


def test_where_a_machine_stands_is_read_while_it_stands(library: Library) -> None:
    """Tasks ask for it. While time runs it would only take time."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert lesson_of(app).conductor.running
        assert not is_read(app)
        await pilot.press("space")
        await ticks(pilot, app, 2)
        assert is_read(app)
        await pilot.press("space")
        await ticks(pilot, app, 2)
        assert not is_read(app)

    take(library, walk)


def test_a_page_that_closes_leaves_it_read(library: Library) -> None:
    """As long as the machine stands."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        await ticks(pilot, app, 2)
        await pilot.press("i", "d", "d")
        await ticks(pilot, app, 2)
        assert lesson_of(app).page == 0
        assert is_read(app)

    take(library, walk)


def test_a_question_is_about_the_walk_of_the_fault(library: Library) -> None:
    """It is read for the question, also if time ran before, and not after it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await crash(pilot, app)
        frames = lesson_of(app).conductor.frames
        assert lesson_of(app).conductor.running
        assert frames[0].walk is None
        await pilot.press("a")
        await ticks(pilot, app, 1)
        assert lesson_of(app).conductor.frames[0].walk is not None
        await pilot.press("escape")
        await ticks(pilot, app, 2)
        assert lesson_of(app).conductor.frames[0].walk is None

    take(library, walk)
