"""The whole story by keys alone, in both worlds, as a learner would walk it.

Deep: each size is laid out anew. The usual tests take the smallest and the largest.
"""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from minios.lab import events
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import plain
from minios.tui.drawing.track import NAME_WIDTH
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.push import PushScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyPane, WhyScreen
from minios.tui.widgets.machine_panel import TitleBar
from minios.tui.widgets.timeline_list import TimelineList
from minios.tui.widgets.track_bar import TrackBar
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import click_key, lab_of, misfortune, play, shown, ticks

TWO = catalogue.find("two-worlds")
SIZES = [(80, 24), pytest.param((120, 40), marks=pytest.mark.deep), (200, 50)]


def test_a_new_user_gets_to_a_correct_why_in_six_keys() -> None:
    """From the first screen: open, push, choose, why."""
    pressed: list[str] = []

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        async def press(key: str) -> None:
            pressed.append(key)
            await pilot.press(key)
            await pilot.pause()

        assert isinstance(app.screen, StartScreen)
        await press("enter")
        await ticks(pilot, app, 3)
        await press("p")
        await press("enter")
        await misfortune(pilot, app)
        await press("w")
        assert isinstance(app.screen, WhyScreen)
        text = shown(app)
        assert "In windows the machine stopped, because the fault was in the k" in text
        assert "In macos the same code ran in ring 3, in the process sentinel" in text
        assert "interpreter_matches" not in text
        await pilot.press("d", "d")
        await pilot.pause()
        drawn = plain(app.screen.query_one(WhyPane)._lines)
        assert drawn.count("interpreter_matches") == 2

    play(walk)
    assert len(pressed) <= 6


@pytest.mark.parametrize("size", SIZES)
def test_the_first_screen_says_what_to_press(size: tuple[int, int]) -> None:
    """Where to begin, until a lab has been opened; which keys, here and inside."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert isinstance(app.screen, StartScreen)
        text = shown(app)
        assert "enter opens it" in text
        assert "p pushes a file, w says why" in text
        assert "enter Open" in text
        assert "f1 Help" in text
        assert "ctrl+q Quit" in text
        first = next(row for row in text.splitlines() if "in two worlds" in row)
        assert "begin here" in first
        await pilot.press("down", "enter")
        await ticks(pilot, app, 1)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)
        assert "begin here" not in shown(app)

    play(walk, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_one_world_loops_and_the_other_lives(size: tuple[int, int]) -> None:
    """At every size: the titles say which machine is stopped and which is not."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        windows, macos = lab.conductor.frames
        assert windows.status.crashes >= 1
        assert windows.status.boot >= windows.status.crashes
        assert macos.status.crashes == 0
        assert macos.status.deaths >= 1
        text = shown(app)
        assert f"crashes {windows.status.crashes}" in text
        assert "crashes 0" in text

    play_from(suffered, walk, size=size, card=TWO)


def test_the_loop_comes_from_the_file_on_the_disk() -> None:
    """Nobody pushes again, and yet it crashes again after every boot."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("plus", "plus", "plus")
        await ticks(pilot, app, 3)
        (windows,) = lab_of(app).conductor.frames
        assert windows.status.crashes > 5
        assert sum(isinstance(it, events.Pushed) for it in windows.log) == 1
        assert windows.status.content.endswith("version 3")

    play_from(suffered, walk, card=catalogue.find("loop"))


def test_ring_3_puts_the_file_away() -> None:
    """After five deaths: the last good content, and protection, without a reboot."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("plus", "plus", "plus")
        await ticks(pilot, app, 12)
        (macos,) = lab_of(app).conductor.frames
        assert macos.status.boot == 1
        assert macos.status.deaths == 5
        assert macos.status.protected
        assert macos.status.content.endswith("version 1")
        assert "C-000291.BAD" in shown(app)

    play_from(suffered, walk, card=catalogue.find("macos"))


def test_typing_filters_the_labs() -> None:
    """Only what holds all the words is left, and enter opens it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"ring 3 alone")
        labs = app.screen.query_one("#labs", OptionList)
        assert labs.option_count == 1
        await pilot.press("enter")
        await pilot.pause()
        assert lab_of(app).card.name == "macos"

    play(walk)


def test_the_console_takes_typing() -> None:
    """c, then keys: the shell answers; keys that mean something elsewhere are typed."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("2", "c")
        await pilot.pause()
        await pilot.press(*"echo", "space", *"pwq", "enter")
        await ticks(pilot, app, 10)
        assert isinstance(app.screen, LabScreen)
        assert lab_of(app).conductor.frames[1].console.count("pwq") == 2
        assert "pwq" in shown(app)
        await pilot.press("escape", "p")
        assert isinstance(app.screen, PushScreen)

    play_from(up, walk, card=TWO)


def test_what_is_typed_while_time_stands_still_waits() -> None:
    """The clock and the border say so, and it is shown; then the guest gets it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "c")
        await pilot.pause()
        await pilot.press(*"echo", "space", *"pwq")
        await ticks(pilot, app, 2)
        assert "paused: what you type arrives when time goes on" in shown(app)
        assert "paused, keys wait; esc, then space goes on" in shown(app)
        assert "echo pwq" in shown(app)
        assert "pwq" not in lab_of(app).conductor.frames[0].console
        await pilot.press("enter", "escape")
        await pilot.pause()
        assert "keys wait" not in shown(app)
        await pilot.press("space")
        await ticks(pilot, app, 10)
        assert "what you type arrives" not in shown(app)
        assert lab_of(app).conductor.frames[0].console.count("pwq") == 2
        await pilot.press("c")
        await ticks(pilot, app, 1)
        assert ": you type here" in shown(app)

    play_from(up, walk, card=TWO)


def test_the_timeline_takes_one_back() -> None:
    """Choose the push, press b: all machines are as before it, and can go on."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        timeline = lab.query_one(TimelineList)
        await pilot.press("t", "home")
        while timeline.chosen is None or not isinstance(
            timeline.event(timeline.chosen), events.Pushed
        ):
            await pilot.press("down")
        await pilot.press("b")
        await ticks(pilot, app, 1)
        assert all(frame.status.crashes == 0 for frame in lab.conductor.frames)
        assert not lab.conductor.running
        await pilot.press("space")
        await ticks(pilot, app, 60)
        assert all(frame.status.deaths == 0 for frame in lab.conductor.frames)

    play_from(suffered, walk, card=TWO)


def test_before_an_entry_it_has_not_happened() -> None:
    """An instruction made the record: the machine stands before that instruction."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        await pilot.press("space", "t")
        chosen = lab.query_one(TimelineList).chosen
        assert chosen is not None
        assert not chosen.is_mark
        await pilot.press("b")
        await ticks(pilot, app, 1)
        log = lab.conductor.frames[chosen.world].log
        assert log.by_number(chosen.number) is None

    play_from(up, walk, card=TWO)


def test_stepping_shows_registers_and_source() -> None:
    """I opens the inspector; n goes on by one instruction."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("i")
        before = lab_of(app).conductor.frames[0].instructions
        await pilot.press("n", "n")
        await ticks(pilot, app, 1)
        assert lab_of(app).conductor.frames[0].instructions == before + 2
        text = shown(app)
        assert "registers" in text
        assert "page walk of" in text
        assert "kernel" in text

    play_from(up, walk, card=TWO)


def test_a_file_from_disk_that_is_not_there_is_told() -> None:
    """The dialog stays open and says what to do."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "ctrl+o")
        await pilot.pause()
        app.screen.query_one("#path", Input).value = "no/such/file"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, PushScreen)
        assert "there is no such file" in shown(app)

    play_from(up, walk, card=TWO)


def test_a_file_made_in_the_editor_crashes_like_the_shipped_one() -> None:
    """The template that the editor begins with, pushed as it is."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "ctrl+n")
        await pilot.pause()
        assert "historical validator ✓ accepts" in shown(app)
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert "fixed validator ✖ refuses" in shown(app)
        await pilot.press("ctrl+s")
        await pilot.pause()
        await misfortune(pilot, app)
        windows, macos = lab_of(app).conductor.frames
        assert windows.status.crashes >= 1
        assert macos.status.deaths >= 1

    play_from(up, walk, card=TWO)


def test_help_says_what_the_focused_pane_is_for() -> None:
    """? over the timeline speaks of the timeline."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("t", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "The timeline lists the events" in shown(app)

    play_from(up, walk, card=TWO)


def test_why_before_anything_broke_says_what_to_do() -> None:
    """No empty dialog."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        (told,) = app._notifications
        assert "Nothing has gone wrong yet" in told.message

    play_from(up, walk, card=TWO)


def test_jumping_goes_to_a_pane() -> None:
    """J shows letters, a letter goes there."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("j")
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        assert app.focused is not None

    play_from(up, walk, card=TWO)


def test_the_mouse_does_what_the_keys_do() -> None:
    """A title, an entry of the timeline, the past, a key of the footer."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        await pilot.click(TitleBar, offset=(110, 0))  # that of the second machine
        assert lab.active == 1
        await pilot.click(TimelineList, offset=(20, 2))
        chosen = lab._timeline.chosen
        assert chosen is not None
        await pilot.click(TimelineList, offset=(20, 2))
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert not any(isinstance(it, WhyScreen) for it in app.screen_stack)
        await pilot.click(TrackBar, offset=(NAME_WIDTH, 0))
        await pilot.pause()
        assert lab._timeline.chosen is not None
        assert lab._timeline.chosen.t < chosen.t
        await click_key(pilot, app, "p")
        await pilot.pause()
        assert isinstance(app.screen, PushScreen)

    play_from(suffered, walk, card=TWO)


def test_leaving_gives_the_machines_back() -> None:
    """Q goes to the start screen; another lab can be opened."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert lab_of(app).card.name == "latent"

    play_from(up, walk, card=TWO)


def test_no_error_dialog_is_left_over() -> None:
    """The usual walk ends on the lab screen."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        assert not isinstance(app.screen, ErrorScreen)

    play_from(suffered, walk, card=TWO)


def test_enter_on_the_line_of_a_dump_reads_the_dump() -> None:
    """As `minios inspect` would: nobody has to leave the lab for it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("slash", *"small dump", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        await pilot.press("d", "d")
        await pilot.pause()
        assert "Who is to blame" in shown(app)

    play_from(suffered, walk, card=catalogue.find("windows"))
