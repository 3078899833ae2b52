"""Time on the lab screen: the decisive moment, what is skipped, the ways back.

Deep: each size is laid out anew. The usual tests take the smallest one, where words
are lost first, and the largest.
"""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList
from textual.widgets._toast import Toast

from minios.lab import events
from minios.session import catalogue
from minios.session.paces import PACES, USUAL
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.pages.code import CodeView
from minios.tui.screens.going_back import GoBackScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.guest_console import GuestConsole
from tests.tui import virtual_time
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import lab_of, shown, ticks, words

TWO = catalogue.find("two-worlds")
WINDOWS = catalogue.find("windows")
SIZES = [(80, 24), (120, 40), (200, 50)]
LEAST_AND_MOST = [SIZES[0], pytest.param(SIZES[1], marks=pytest.mark.deep), SIZES[2]]
LEAST = [SIZES[0], *(pytest.param(it, marks=pytest.mark.deep) for it in SIZES[1:])]


async def push(pilot: Pilot[None], app: MiniosApp, number: int) -> None:
    """Push the bad file, and let so many ticks go by."""
    await pilot.press("p", "enter")
    await ticks(pilot, app, number)


async def died(pilot: Pilot[None], app: MiniosApp) -> None:
    """The bad file was pushed, and time waits at the death of the sensor."""
    await up(pilot, app)
    await push(pilot, app, 100)


@pytest.mark.parametrize("size", LEAST_AND_MOST)
def test_the_decisive_moment_waits_and_says_what_to_press(
    size: tuple[int, int],
) -> None:
    """At every size: its event is chosen, w explains it, space goes on."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        assert not lab.conductor.running
        chosen = lab._timeline.chosen
        assert chosen is not None
        assert isinstance(lab._timeline.event(chosen), events.DeathEvent)
        assert "sentinel.ext" in shown(app).splitlines()[0]
        assert "press w to ask why" in words(app) or "w: why?" in words(app)
        (told,) = (it.message for it in app._notifications)
        assert told == (
            "sentinel.ext has died in macos; the machine runs on. Press w to ask why."
        )
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        await pilot.press("escape", "space")
        await ticks(pilot, app, 10)
        assert not lab.conductor.running
        assert "‖ windows has stopped" in shown(app).splitlines()[0]
        assert "press w to ask why" in words(app) or "w: why?" in words(app)
        await pilot.press("space")
        await ticks(pilot, app, 100)
        assert lab.conductor.frames[0].status.crashes > 1

    play_from(died, walk, card=TWO, size=size)


def test_where_one_machine_is_shown_it_is_the_one_that_has_stopped() -> None:
    """First macos, then windows; whoever types on a machine is not disturbed."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        await push(pilot, app, 100)
        for number, said in ((1, "✖ sentinel.ext ◆ sensor"), (0, "STOP 0x50")):
            assert lab.conductor.running is False
            assert lab.active == number
            assert [it.number for it in lab.panels if it.display] == [number]
            assert said in shown(app)
            await pilot.press("space")
            await ticks(pilot, app, 10)

    async def type_on(pilot: Pilot[None], app: MiniosApp) -> None:
        await push(pilot, app, 1)
        await pilot.press("c")
        await pilot.pause()
        await ticks(pilot, app, 100)
        assert not lab_of(app).conductor.running
        assert lab_of(app).active == 0
        assert isinstance(app.focused, GuestConsole)

    play_from(up, walk, card=TWO, size=(80, 24))
    play_from(up, type_on, card=TWO, size=(80, 24))


@pytest.mark.parametrize("size", LEAST_AND_MOST)
def test_the_notice_of_the_decisive_moment_hides_no_room(size: tuple[int, int]) -> None:
    """It has one row, where the name of the upper floor stands."""
    app = MiniosApp(TWO, automatic=False, factory=InlinePlayer)

    async def walk() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await died(pilot, app)
            for _ in range(3):
                await pilot.pause()
            assert "Press w to ask why." in shown(app)
            (told,) = app.screen.query(Toast)
            (rings, *_) = (it.rings for it in lab_of(app).panels if it.region.area)
            assert told.region.height == 1
            assert told.region.y == rings.region.y

    virtual_time.run(walk())


def test_another_lab_does_not_wait() -> None:
    """Only the one that is marked as the first."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await push(pilot, app, 60)
        assert lab_of(app).conductor.frames[0].status.crashes
        assert lab_of(app).conductor.running

    play_from(up, walk, card=WINDOWS)


@pytest.mark.parametrize("size", LEAST)
def test_a_wait_is_offered_where_it_is_and_skipped(size: tuple[int, int]) -> None:
    """The countdown of recovery, with as much of it as is left."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await push(pilot, app, 0)
        assert "k skips" not in words(app)
        lab = lab_of(app)
        while not lab.conductor.frames[0].status.recovering:
            await ticks(pilot, app, 1)
        await ticks(pilot, app, 2)
        assert "k skips" in words(app)
        assert "30.0 s" in words(app)
        assert isinstance(app.focused, GuestConsole)  # where k would be typed
        assert "esc, then k skips" in words(app)
        await pilot.press("escape")
        await ticks(pilot, app, 1)
        assert "k skips" in words(app)
        assert "esc, then k" not in words(app)
        await pilot.press("k")
        await pilot.pause()
        assert "▶ skipping the waiting" in words(app)
        while lab.conductor.is_skipping:
            await ticks(pilot, app, 1)
        assert isinstance(lab.conductor.frames[0].log[-1], events.RecoveryChosen)
        assert lab.conductor.running
        assert lab.conductor.pace is PACES[USUAL]

    play_from(up, walk, card=WINDOWS, size=size)


def test_before_the_fault_is_offered_first_and_stands_before_the_instruction() -> None:
    """Nothing chosen: b, enter; the code page then shows the refused instruction."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        await pilot.press("plus", "plus", "b")
        await pilot.pause()
        assert isinstance(app.screen, GoBackScreen)
        first = str(app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert first.startswith("before the fault of windows, at ")
        fault = next(
            it for it in lab.conductor.frames[0].log if isinstance(it, events.Faulted)
        )
        await pilot.press("enter")
        await ticks(pilot, app, 1)
        assert isinstance(app.screen, LabScreen)
        assert "back before the fault of windows" in words(app)
        told = [it.message for it in app._notifications]
        assert told[-1] == "From here the speed is 100 ms of machine time a second."
        assert lab.conductor.pace_number == USUAL
        await pilot.press("i")
        await ticks(pilot, app, 1)
        (frame, _) = lab.conductor.frames
        assert frame.registers["rip"] == int(str(fault.rip), 16)
        assert fault.instruction is not None
        assert f"→ {frame.registers['rip']:x}" in words(app)

    play_from(suffered, walk, card=TWO)


def test_of_a_chosen_crash_both_moments_are_offered_and_escape_stays() -> None:
    """Before the fault, before the report; nothing is undone by looking."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        before = lab.conductor.now
        await pilot.press("t", "home")
        while lab._timeline.chosen is None or not (
            not lab._timeline.chosen.is_mark
            and isinstance(
                lab._timeline.event(lab._timeline.chosen), events.BugcheckEvent
            )
        ):
            await pilot.press("down")
        await pilot.press("b")
        await pilot.pause()
        assert app.screen.query_one(OptionList).option_count == 2
        await pilot.press("escape")
        await pilot.pause()
        assert lab.conductor.now == before
        assert lab._timeline.chosen is not None

    play_from(suffered, walk, card=WINDOWS)


@pytest.mark.parametrize(
    ("key", "size"),
    # Which key it was makes no difference for the room that there is.
    [
        *((key, SIZES[0]) for key in "nlN"),
        pytest.param("n", SIZES[1], marks=pytest.mark.deep),
        ("n", SIZES[2]),
    ],
)
def test_a_step_opens_the_page_with_the_code(key: str, size: tuple[int, int]) -> None:
    """Else nothing would be seen of it; an open page stays."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(key)
        await ticks(pilot, app, 1)
        assert lab_of(app).page == 1
        assert any(it.region.area for it in app.screen.query(CodeView))
        rip = lab_of(app).conductor.frames[0].registers["rip"]
        assert f"→ {rip:x}" in shown(app)
        await pilot.press("i", key)
        assert lab_of(app).page == 2

    play_from(up, walk, card=TWO, size=size)


def test_the_event_at_which_time_stops_is_chosen_though_it_is_filtered_out() -> None:
    """While it is chosen it is in view; then the list is what it was."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", "F", "F")  # of macos alone
        timeline = lab_of(app)._timeline
        seen = set()
        for _ in range(2):
            await pilot.press("e")
            await ticks(pilot, app, 1)
            chosen = timeline.chosen
            assert chosen is not None
            assert chosen.t == lab_of(app).conductor.now
            top, height = timeline.scroll_offset.y, timeline.size.height
            assert timeline.cursor is not None
            assert top <= timeline.cursor < top + height
            seen.add((chosen.world, type(timeline.event(chosen))))
        assert (0, events.UpdateAsked) in seen
        await pilot.press("escape")
        await pilot.pause()
        wanted = timeline.timeline.wanted
        for entry in timeline.timeline.entries:
            assert entry.world == wanted.world == 1

    play_from(up, walk, card=TWO)


def test_the_clock_says_why_time_is_paused() -> None:
    """By somebody, after a step, where it was gone back to."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for key, said in {
            "space": "‖ paused by you; space goes on",
            "n": "‖ paused after one instruction of windows; space goes on",
            "e": "‖ paused after a run to the next event; space goes on",
            "N": "‖ back by a step; space goes on",
        }.items():
            await pilot.press(key)
            await ticks(pilot, app, 1)
            assert said in words(app)

    play_from(up, walk, card=TWO)
