"""What a lesson needs of its lab: where machines stand, and several questions."""

from __future__ import annotations

from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tutor.learner import Learner
from tests.tui.test_lesson import crash, learner, lesson_of, take
from tests.tui.walking import shown, ticks

__all__ = ["learner"]


def is_read(app: MiniosApp) -> bool:
    """Whether the code in which the machine stands is read."""
    return lesson_of(app).conductor.frames[0].code.is_read


def test_where_a_machine_stands_is_read_while_it_stands(learner: Learner) -> None:
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

    take(learner, walk)


def test_a_page_that_closes_leaves_it_read(learner: Learner) -> None:
    """As long as the machine stands."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        await ticks(pilot, app, 2)
        await pilot.press("i", "d", "d")
        await ticks(pilot, app, 2)
        assert lesson_of(app).page == 0
        assert is_read(app)

    take(learner, walk)


def test_a_question_is_about_the_walk_of_the_fault(learner: Learner) -> None:
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

    take(learner, walk)


def asked(app: MiniosApp) -> str:
    """The task whose question is open."""
    return str(app.screen.query_one(".dialog").border_title)


def test_f2_goes_through_the_open_questions(learner: Learner) -> None:
    """After the last one comes the first; with one question there is no such key."""
    ring, who = "Say in which ring the fault was", "Say who checks the ring"

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("a")
        await pilot.pause()
        assert asked(app) == ring
        await pilot.press("f2")
        await pilot.pause()
        assert asked(app) == who
        await pilot.press("f2", "f2")
        await pilot.pause()
        assert asked(app) == who
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.screen is lesson_of(app)
        await pilot.press("a", "f2")
        await pilot.pause()
        assert asked(app) == ring
        assert "Next question" not in shown(app)

    take(learner, walk)
