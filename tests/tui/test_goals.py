"""The goals of a lab on the screen: the line, the dialog, the end, the start screen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from minios.session import catalogue
from minios.session.files import Files, Progress
from minios.tui.app import MiniosApp
from minios.tui.screens.goals import GoalScreen
from minios.tui.screens.start import StartScreen
from tests.tui.walking import lab_of, misfortune, play, ticks, words

TWO = catalogue.find("two-worlds")


def reached(*names: str) -> Files:
    """Somebody who has reached these goals of the first lab in an earlier visit."""
    progress = Progress(None)
    progress.note(TWO.name, names)
    return Files(progress=progress)


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24)])
def test_the_next_goal_is_in_view(size: tuple[int, int]) -> None:
    """In a low terminal at least how many are reached, and the key."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        first = TWO.lesson.goals[0].words
        assert ("goals 0/6 (G)" if size[1] < 36 else f"next: {first}") in words(app)

    play(walk, size=size, card=TWO)


def test_a_goal_is_told_when_it_is_reached() -> None:
    """And the line goes on to the next one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        while not lab_of(app).goals.names:
            await ticks(pilot, app, 1)
        (told,) = app._notifications
        assert told.message == f"✓ goal reached: {TWO.lesson.goals[0].words}"
        assert f"goals 1/6 next: {TWO.lesson.goals[1].words}" in words(app)
        await pilot.press("w", "escape")
        assert lab_of(app).goals.names == ("fault", "why")

    play(walk, card=TWO)


def test_a_question_is_answered_in_the_dialog() -> None:
    """A hint, a wrong answer, the right one; esc leaves first the field."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await misfortune(pilot, app)
        await pilot.press("G", "down", "h")
        assert "Hint: The explanation of a fault names the ring" in words(app)
        await pilot.press("enter", *"3 3", "enter")
        assert "In windows, it is not 3." in words(app)
        app.screen.query_one(Input).value = "0 3"
        await pilot.press("enter")
        await pilot.pause()
        assert "That is right." in words(app)
        assert "goals: 2 of 6 reached" in words(app)
        assert isinstance(app.focused, OptionList)
        await pilot.press("escape")
        assert lab_of(app).goals.names == ("fault", "rings")
        assert lab_of(app).files.progress.goals(TWO.name) == {"fault", "rings"}

    play(walk, card=TWO)


def test_at_the_end_enter_opens_the_next_lab() -> None:
    """After three sentences that say what was learned."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        assert "all goals reached: G says" in words(app)
        await pilot.press("G")
        await pilot.pause()
        assert isinstance(app.screen, GoalScreen)
        assert TWO.lesson.learned[:60] in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert lab_of(app).card is catalogue.LABS[1]

    everything = [goal.name for goal in TWO.lesson.goals]
    play(walk, card=TWO, files=reached(*everything))


def test_the_start_screen_says_how_many_and_which_lab_comes_next() -> None:
    """And has chosen it, so that enter opens it."""

    async def walk(_: Pilot[None], app: MiniosApp) -> None:
        assert isinstance(app.screen, StartScreen)
        assert f"{TWO.title} (5 min) 2 of 6 goals reached ← go on here" in words(app)
        app._files.progress.note(TWO.name, [goal.name for goal in TWO.lesson.goals])
        app.screen.on_screen_resume()
        assert f"{TWO.title} (5 min) ✓ 6 of 6 goals reached" in words(app)
        assert f"{catalogue.LABS[1].title} (3 min) ← go on here" in words(app)

    play(walk, files=reached("fault", "why"))
