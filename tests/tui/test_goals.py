"""The goals of a lab on the screen: the line, the dialog, the end, the start screen."""

from __future__ import annotations

import pytest
from textual.containers import VerticalScroll
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, OptionList

from minios.lab import seconds
from minios.session import catalogue, recording
from minios.session.files import Files, Progress
from minios.tui.app import MiniosApp
from minios.tui.screens.goals import GoalScreen
from minios.tui.screens.start import StartScreen
from tests.session.test_goals import lab
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import lab_of, misfortune, play, shown, ticks, words

TWO = catalogue.find("two-worlds")


def reached(*names: str) -> Files:
    """Somebody who has reached these goals of the first lab in an earlier visit."""
    progress = Progress(None)
    progress.note(TWO.name, names)
    return Files(progress=progress)


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24)])
def test_the_next_goal_is_in_view(size: tuple[int, int]) -> None:
    """In a low terminal at least how many are reached, and the key."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        first = TWO.goal_list.goals[0].words
        assert ("goals 0/6 (G)" if size[1] < 36 else f"next: {first}") in words(app)

    play_from(up, walk, size=size, card=TWO)


def test_a_goal_is_told_when_it_is_reached() -> None:
    """And the line goes on to the next one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        told = [it.message for it in app._notifications]
        assert f"✓ goal reached: {TWO.goal_list.goals[0].words}" in told
        assert f"goals 1/6 next: {TWO.goal_list.goals[1].words}" in words(app)
        await pilot.press("w", "escape")
        assert lab_of(app).goals.names == ("fault", "why")

    play_from(suffered, walk, card=TWO)


def test_a_question_is_answered_in_the_dialog() -> None:
    """At once: a hint, a wrong answer, the right one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("G", "down")
        await pilot.pause()
        assert (
            "Please type a whole number for each machine: windows, then macos."
            in words(app)
        )
        await pilot.press("f2")
        assert "Hint: The explanation of a fault names the ring" in words(app)
        await pilot.press(*"3 3", "enter")
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

    play_from(suffered, walk, card=TWO)


def test_who_types_goes_on_to_other_goals_with_the_arrows() -> None:
    """Letters are the answer's, esc deletes it, and esc again leaves."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("G", "down", "down")
        await pilot.pause()
        field = app.screen.query_one(Input)
        assert field.has_focus
        assert "This cannot be answered yet. First push" in words(app)
        await pilot.press(*"hex")
        assert field.value == "hex"
        await pilot.press("escape")
        assert not field.value
        await pilot.press("down", "h")
        await pilot.pause()
        assert not field.display
        assert "Hint: Both sensors must run" in words(app)
        await pilot.press("up", "escape")
        await pilot.pause()
        assert app.screen is lab_of(app)

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize("by_mouse", [False, True], ids=["key", "mouse"])
def test_what_was_learned_can_be_read_to_its_end(*, by_mouse: bool) -> None:
    """Also where it is longer than the dialog: it scrolls, and the foot names a key."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("G")
        await pilot.pause()
        assert TWO.goal_list.learned[-20:] not in words(app)
        assert "More" in words(app)
        for _ in range(20):
            if by_mouse:
                text = app.screen.query_one(VerticalScroll)
                text.post_message(_wheel(text))
            else:
                await pilot.press("pagedown")
            await pilot.pause()
        assert "Enter opens the next lab" in words(app)
        await pilot.press(*["pageup"] * 9)
        await pilot.pause()
        assert "You have reached all goals." in words(app)

    everything = [goal.name for goal in TWO.goal_list.goals]
    play(walk, card=TWO, files=reached(*everything), size=(60, 18))


def test_at_the_size_of_a_usual_terminal_no_goal_needs_two_rows() -> None:
    """And the whole lesson is in view."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("G")
        await pilot.pause()
        rows = shown(app).splitlines()
        for goal in TWO.goal_list.goals:
            assert any(goal.words in row for row in rows)
        assert TWO.goal_list.learned in words(app)
        assert "Enter opens the next lab" in words(app)

    everything = [goal.name for goal in TWO.goal_list.goals]
    play(walk, card=TWO, files=reached(*everything), size=(80, 24))


def _wheel(widget: Widget) -> MouseScrollDown:
    at = widget.region
    return MouseScrollDown(
        widget, 1, 1, 0, 1, 0, False, False, False, at.x + 1, at.y + 1, None
    )


def test_at_the_end_enter_opens_the_next_lab() -> None:
    """After three sentences that say what was learned."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        assert "all goals reached: G says" in words(app)
        await pilot.press("G")
        await pilot.pause()
        assert isinstance(app.screen, GoalScreen)
        assert TWO.goal_list.learned[:60] in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert lab_of(app).card is catalogue.LABS[1]

    everything = [goal.name for goal in TWO.goal_list.goals]
    play(walk, card=TWO, files=reached(*everything))


def test_the_start_screen_says_how_many_and_which_lab_comes_next() -> None:
    """And has chosen it, so that enter opens it."""

    async def walk(_: Pilot[None], app: MiniosApp) -> None:
        assert isinstance(app.screen, StartScreen)
        assert f"{TWO.title} (5 min) 2 of 6 goals reached ← go on here" in words(app)
        app._files.progress.note(TWO.name, [goal.name for goal in TWO.goal_list.goals])
        app.screen.on_screen_resume()
        assert f"{TWO.title} (5 min) ✓ 6 of 6 goals reached" in words(app)
        assert f"{catalogue.LABS[1].title} (3 min) ← go on here" in words(app)

    play(walk, files=reached("fault", "why"))


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
def test_a_long_goal_is_wrapped_beside_its_sign(size: tuple[int, int]) -> None:
    """The second row of a goal begins below its words."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("G")
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        rows = [
            strip.text.rstrip()
            for strip in options.render_lines(options.region.reset_offset)
        ]
        signs = [row for row in rows if row.strip().startswith(("✓", "·"))]
        rest = [row for row in rows if row.strip() and row not in signs]
        column = signs[0].index(TWO.goal_list.goals[0].words[:10])
        assert all(len(row) - len(row.lstrip()) == column for row in rest)
        assert bool(rest) is (size[0] == 80)

    play_from(up, walk, size=size, card=TWO)


def test_an_answer_is_compared_with_the_newest_frames() -> None:
    """Time goes on while the dialog is open: the fault comes after it was opened."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter", "G", "down", "down", "enter", *"0 3", "enter")
        await pilot.pause()
        assert words(app).count("This cannot be answered yet.") == 1
        lab_of(app).conductor.run_to(seconds(1))
        app.screen.query_one(Input).value = "many"
        await pilot.press("enter")
        await pilot.pause()
        assert words(app).count("Please type a whole number for each machine") == 1
        app.screen.query_one(Input).value = "3 3"
        await pilot.press("enter")
        await pilot.pause()
        assert "In windows, it is not 3." in words(app)
        assert words(app).count("Please type a whole number for each machine") == 1
        app.screen.query_one(Input).value = "0 3"
        await pilot.press("enter")
        assert "That is right." in words(app)

    play_from(up, walk, card=TWO)


def test_who_watches_a_recording_reaches_no_goals() -> None:
    """The deeds in it are not those of whoever watches."""
    with lab(TWO.name) as one:
        one.push()
        one.run(0.5)
        kept = recording.of(one.card, one.conductor.frames)
        assert one.has("fault")
    progress = Progress(None)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await misfortune(pilot, app)
        await pilot.press("G")
        await pilot.pause()
        assert "There are no goals: a recording shows" in " ".join(
            it.message for it in app._notifications
        )
        assert progress.goals(TWO.name) == frozenset()

    play(walk, card=kept.card, files=Files(replay=kept, progress=progress))
