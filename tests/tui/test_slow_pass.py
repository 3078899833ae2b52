"""The slow pass on the screen: the steps of the machines, looked at and left.

Deep: each size is laid out anew. The usual tests take the smallest and the largest.
"""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from minios.lab import milliseconds, quantities, seconds
from minios.lab.inputs import PressReset, Type
from minios.session import catalogue
from minios.session.orders import BootInto, RunTo, Step
from minios.session.session import Session
from minios.tui.app import MiniosApp
from minios.tui.drawing.slow_pass import begin_words
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.slow_pass import SECONDS, SlowPassScreen
from tests.session.test_slow_pass import found
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, lab_of, shown, ticks, words

TWO = catalogue.find("two-worlds")
ONE = catalogue.find("windows")
SIZES = pytest.mark.parametrize(
    "size",
    [(200, 50), pytest.param((120, 40), marks=pytest.mark.deep), (80, 24)],
    ids=lambda it: f"{it[0]}x{it[1]}",
)


async def begun(pilot: Pilot[None], app: MiniosApp) -> None:
    """S was pressed in a lab that is up."""
    await ticks(pilot, app, 1)
    await pilot.press("s")
    await pilot.pause()
    assert isinstance(app.screen, SlowPassScreen)


@SIZES
def test_n_goes_through_the_steps_that_the_machine_takes(size: tuple[int, int]) -> None:
    """Each with its sentence, and with who executes where."""
    expected = found("windows").steps

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for step in expected:
            assert f"step {step.number} " in shown(app)
            assert f"{step.number}. {step.sentence}" in words(app)
            assert step.spot.who in words(app)
            await pilot.press("n")
            await pilot.pause()
        assert "the pass is over" in shown(app)

    play_from(begun, walk, size=size, card=ONE)


def test_both_worlds_are_beside_each_other_or_one_after_the_other() -> None:
    """In a narrow terminal tab shows the other machine."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"nnnn")
        await pilot.pause()
        assert "The kernel calls sentinel.sys" in words(app)
        assert "The kernel returns to sentinel.ext." in words(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "The kernel calls sentinel.sys" in words(app)
        assert "The kernel returns to sentinel.ext." not in words(app)
        await pilot.press("tab")
        await pilot.pause()
        assert "The kernel returns to sentinel.ext." in words(app)
        await pilot.press("1")
        await pilot.pause()
        assert "The kernel calls sentinel.sys" in words(app)

    play_from(begun, walk, card=TWO)


def test_where_one_machine_has_finished_another_is_shown() -> None:
    """In a narrow terminal; tab shows the first again, and the foot names tab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert {"tab", "f1"} <= {it.binding.key for it in footer(app)}
        last = len(found("windows").steps)
        for _ in range(last - 1):
            await pilot.press("n")
        await pilot.pause()
        assert f"{last}. {found('windows').steps[-1].sentence}" in words(app)
        assert "▶ windows" in words(app)
        await pilot.press("n")
        await pilot.pause()
        assert f"{last + 1}. {found('macos').steps[last].sentence}" in words(app)
        assert "▶ macos" in words(app)
        assert "windows is finished" in words(app)
        await pilot.press("tab")
        await pilot.pause()
        assert "▶ windows" in words(app)

    assert len(found("windows").steps) < len(found("macos").steps)
    play_from(begun, walk, card=TWO, size=(80, 24))


@SIZES
def test_it_is_said_which_event_is_followed(size: tuple[int, int]) -> None:
    """With the first step: who asks the kernel for what, and when."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        frame = lab_of(app).conductor.frames[0]
        told = (
            "This pass follows the next event that any program causes, at "
            f"{quantities.seconds(frame.t)}: workload asks the kernel to create a pipe."
        )
        assert told in words(app)
        await pilot.press("n")
        await pilot.pause()
        assert told not in words(app)
        assert "2. workload asks the kernel to create a pipe" in words(app)

    play_from(begun, walk, size=size, card=ONE)


def test_it_is_said_that_the_machine_starts_again_first() -> None:
    """After a reset the next event is one of the new start."""
    session = Session("windows")
    before = session.do(RunTo(milliseconds(20)))
    session.do(PressReset())
    first = session.do(Step("pass"))

    assert first.status.boot == before.status.boot + 1
    assert "had to start again first. This pass" in begin_words(before, first)
    session.close()


def test_a_step_can_be_looked_at_again_and_the_machine_stays() -> None:
    """N shows the step before; what comes after it is known."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        screen = app.screen
        await pilot.press(*"nnn")
        stood = [frame.t for frame in lab_of(app).conductor.frames]
        newest = shown(app)
        await pilot.press("N", "left")
        await pilot.pause()
        assert "you look back; the machines stand at step 4" in words(app)
        assert "2. workload asks the kernel to create a pipe" in words(app)
        await pilot.press("n", "right")
        await pilot.pause()
        assert shown(app) == newest
        assert [frame.t for frame in lab_of(app).conductor.frames] == stood
        assert screen.is_current

    play_from(begun, walk, card=TWO)


def test_it_plays_by_itself_at_a_pace() -> None:
    """Space, and plus for a shorter stay."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space", *["plus"] * len(SECONDS))
        await ticks(pilot, app, 19)
        assert "step 1 " in shown(app)
        await ticks(pilot, app, 1)
        assert "step 2 " in shown(app)
        await pilot.press("space")
        await ticks(pilot, app, 40)
        assert "step 2 " in shown(app)

    play_from(begun, walk, card=TWO)


def test_when_it_is_left_all_machines_stand_at_one_moment() -> None:
    """Time is paused, and goes on as usual afterwards."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"nnnnn", "escape")
        await ticks(pilot, app, 2)
        lab = lab_of(app)
        assert isinstance(app.screen, LabScreen)
        first, second = lab.conductor.frames
        assert abs(first.t - second.t) < 1000
        assert first.slow_pass is second.slow_pass is None
        assert not lab.conductor.running
        assert "the slow pass is over" in words(app)
        (told,) = app._notifications
        assert told.message == (
            "The slow pass is over. All machines come to "
            f"{quantities.seconds(first.t)}."
        )
        await pilot.press("space")
        await ticks(pilot, app, 3)
        assert lab.conductor.now > first.t

    play_from(begun, walk, card=TWO)


def test_who_leaves_hears_which_machine_has_run_further() -> None:
    """One that had to start: the other comes to its moment, and that is a jump."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(PressReset(), 0)
        lab_of(app).conductor.pause()
        await begun(pilot, app)
        windows, macos = (frame.t for frame in lab_of(app).conductor.frames)
        assert windows - macos > milliseconds(1)
        assert "This machine had to start again first." in words(app)
        await pilot.press("escape")
        await ticks(pilot, app, 2)
        (told,) = app._notifications
        assert told.message.endswith(
            f"windows has run that far, macos only to {quantities.seconds(macos)}."
        )
        assert lab_of(app).conductor.now == windows

    play_from(up, walk, card=TWO)


def test_a_machine_without_a_sensor_says_why_nothing_can_be_followed() -> None:
    """One that waits in recovery, for example."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(BootInto("recovery"), 0)
        await ticks(pilot, app, 1)
        assert lab_of(app).conductor.frames[0].status.recovering
        await pilot.press("escape", "s")  # the keys are recovery's
        await pilot.pause()
        assert "waits in its recovery environment" in words(app)

    play_from(up, walk, card=ONE)


def test_an_error_from_before_the_pass_does_not_hold_it_up() -> None:
    """A machine that is off has refused a step; the other one is followed."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        lab.conductor.send(Type("off\r"), 0)
        lab.conductor.run_to(seconds(1))
        await pilot.press("n")
        await pilot.pause()
        assert lab.conductor.frames[0].error
        assert isinstance(app.screen, ErrorScreen)
        await pilot.press("escape", "s")
        await pilot.pause()
        assert "This machine is switched off. Switch it on first." in words(app)
        assert "1. workload is about to make a system call" in words(app)
        await pilot.press("n")
        await pilot.pause()
        assert "2. workload asks the kernel to " in words(app)

    play_from(up, walk, card=TWO)


def test_time_may_go_by_before_the_screen_is_drawn() -> None:
    """The lab ticks as soon as the screen is opened."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        screen = SlowPassScreen(lab.card, lab.conductor)
        app.push_screen(screen)
        screen.tick()
        await pilot.pause()
        screen.tick()
        assert "step 1 " in shown(app)

    play_from(up, walk, card=ONE)
