"""Where time stands still, how a machine starts again, and real snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from minios.lab import content_files, events, fixes, milliseconds, seconds
from minios.lab.inputs import CutPower, OfferFix, PressReset, Push, Type, Withdraw
from minios.machine.events import RingCrossing
from minios.session import catalogue, places, recording
from minios.session.files import Files
from minios.session.frames import Reached
from minios.session.orders import (
    BootInto,
    GoBack,
    MarkHere,
    Replay,
    RunTo,
    Step,
)
from minios.session.session import Session
from minios.tui.app import MiniosApp
from minios.tui.screens.breaks import BreakScreen
from minios.tui.screens.dialogs import PowerScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.guest_console import GuestConsole
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, play, shown, ticks, words

BAD = content_files.find("channel-291-bad")
WINDOWS = catalogue.find("windows")


def test_a_run_ends_before_the_instruction_at_a_place() -> None:
    """A function of the kernel; going on from it comes to the next call of it."""
    session = Session("macos")
    first = session.do(RunTo(seconds(1), places=("syscall_dispatch",)))
    second = session.do(RunTo(seconds(1), places=("syscall_dispatch",)))

    assert isinstance(first.stop, Reached)
    assert first.code.place == "syscall_dispatch+0x0"
    assert second.instructions > first.instructions
    assert second.code.place == "syscall_dispatch+0x0"
    session.close()


def test_a_place_in_a_driver_counts_from_the_moment_that_it_is_loaded() -> None:
    """At power on nothing of the driver is there; the first boot stops in it."""
    session = Session("windows")
    frame = session.do(RunTo(seconds(1), places=("sentinel.sys!interpreter_matches",)))

    assert isinstance(frame.stop, Reached)
    assert frame.code.module == "sentinel.sys"
    assert frame.code.place == "interpreter_matches+0x0"
    assert frame.ring == 0
    session.close()


def test_a_place_in_a_program_counts_only_in_its_process() -> None:
    """All programs begin at the same address."""
    session = Session("macos")
    frame = session.do(RunTo(seconds(1), places=("updater!main",)))

    assert isinstance(frame.stop, Reached)
    assert frame.code.module == "updater"
    assert frame.ring == 3
    session.close()


def test_kinds_crossings_and_places_stop_one_run_together() -> None:
    """Whatever comes first."""
    session = Session("macos")
    session.do(RunTo(milliseconds(20)))
    session.do(Push(BAD))
    kinds = ("update_stored", "crossing")
    crossed = session.do(RunTo(seconds(1), kinds, ("kernel_main",)))
    stored = session.do(RunTo(seconds(1), ("update_stored",), ("kernel_main",)))

    assert isinstance(crossed.stop, RingCrossing)
    assert isinstance(stored.stop, events.UpdateStored)
    session.close()


def test_work_bounds_a_busy_run_and_not_an_idle_one() -> None:
    """So many instructions, about; an idle minute is skipped in one go."""
    session = Session("macos")
    busy = session.do(RunTo(seconds(100), work=100_000))
    assert busy.t < seconds(1)
    assert 100_000 <= busy.instructions < 1_200_000

    session.do(RunTo(seconds(1)))
    before = session.frame()
    idle = session.do(RunTo(seconds(3), work=50_000_000))
    assert idle.t == seconds(3)
    assert idle.instructions - before.instructions < 50_000_000
    session.close()


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("kernel_main", True),
        ("sentinel.sys!interpreter_matches", True),
        ("sentinel.sys+0x9af", True),
        ("updater!main", True),
        ("0xffffffff80101234", True),
        ("kernel_mian", False),
        ("nobody.sys!main", False),
        ("", False),
    ],
)
def test_a_place_is_checked_when_it_is_named(name: str, is_known: bool) -> None:
    """And names that are near are offered."""
    trouble = places.trouble(name)

    assert (trouble == "") is is_known
    if name == "kernel_mian":
        assert "kernel_main" in trouble


def test_names_that_begin_so_are_offered_before_others_like_it() -> None:
    """The learner has typed the beginning of one of them."""
    said = places.trouble("workload!sys_pipe")

    assert "Did you mean workload!sys_pipe_open or workload!sys_pipe_create" in said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("interpreter_matches", "sentinel.sys!interpreter_matches"),
        ("interpreter_matchez+0x10", "sentinel.sys!interpreter_matches+0x10"),
        ("kernel_mian", "kernel_main"),
        ("workload!sys_pipe", "workload!sys_pipe_open"),
        ("nobody.sys!main", ""),
        ("?", ""),
    ],
)
def test_what_is_meant_most_likely_is_a_place(name: str, meant: str) -> None:
    """With its module, and with the offset that was typed."""
    assert places.suggestion(name) == meant
    assert not meant or places.trouble(meant) == ""


def test_enter_again_takes_what_is_meant() -> None:
    """The name of a function without its driver, and nothing to type again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("o", *"interpreter_matches")
        await pilot.pause()
        assert app.screen.query_one(Input).value == "interpreter_matches"
        await pilot.press("enter")
        await pilot.pause()
        assert "Enter again takes sentinel.sys!interpreter_matches" in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "[x] at sentinel.sys!interpreter_matches" in shown(app)
        assert "Enter again" not in words(app)
        assert app.screen.query_one(Input).value == ""

    play_from(up, walk, card=WINDOWS)


def test_enter_with_nothing_typed_ticks_the_row_of_the_arrows() -> None:
    """Again, and it is cleared; what is typed goes to the field, from the list, too."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("o", "down", "down", "enter")
        await pilot.pause()
        assert "[x] a bugcheck" in shown(app)
        assert shown(app).count("[x]") == 1
        await pilot.press("enter", "up", "enter")
        await pilot.pause()
        assert "[ ] a bugcheck" in shown(app)
        assert "[x] any fault" in shown(app)
        await pilot.press("shift+tab", "space", "k")
        await pilot.pause()
        assert "[ ] any fault" in shown(app)
        await pilot.press(*"ernel_main", "enter")
        await pilot.pause()
        assert "[x] at kernel_main" in shown(app)
        await pilot.press("escape")
        await pilot.pause()
        assert lab_of(app).conductor.places == ("kernel_main",)
        assert not lab_of(app).conductor.breaks

    play_from(up, walk, card=WINDOWS)


def test_the_power_can_be_cut_and_the_disk_stays() -> None:
    """Another boot, the same files; the record says why."""
    session = Session("macos")
    session.do(RunTo(milliseconds(20)))
    session.do(CutPower())
    frame = session.do(RunTo(milliseconds(80)))

    assert frame.status.boot == 2
    (reset,) = (it for it in frame.log if isinstance(it, events.ResetEvent))
    assert reset.reason == "power cut"
    assert frame.marks[-2].label == "before the power was cut"
    session.close()


def test_a_machine_that_is_off_is_not_reset_but_comes_back_with_the_power() -> None:
    """The button and the steps say what to do instead; nothing of it is kept."""
    session = Session("macos")
    session.do(RunTo(milliseconds(115)))
    session.do(Type("off\r"))
    off = session.do(RunTo(milliseconds(200)))
    reset, step = session.do(PressReset()), session.do(Step("instruction"))
    session.do(CutPower())
    on = session.do(RunTo(milliseconds(300)))
    session.do(Type("off\r"))
    session.do(RunTo(milliseconds(400)))
    safe = session.do(BootInto("safe"))

    assert off.status.off
    assert "is switched off" in reset.error
    assert "is switched off" in step.error
    assert reset.inputs == off.inputs
    assert (on.status.off, on.status.boot) == (False, 2)
    assert not safe.error
    assert not safe.status.off
    session.close()


@pytest.mark.parametrize("mode", ["safe", "last good"])
def test_a_machine_boots_into_a_mode(mode: Literal["safe", "last good"]) -> None:
    """By keys of its own console, which a recording keeps."""
    session = Session("windows")
    session.do(RunTo(milliseconds(20)))
    session.do(BootInto(mode))
    frame = session.do(RunTo(session.frame().t + milliseconds(50)))

    assert not frame.error
    chosen = [it for it in frame.log if isinstance(it, events.ModeChosen)]
    assert chosen[-1].mode == mode
    assert isinstance(frame.inputs[0][1], PressReset)
    assert len(frame.inputs) == 3
    drivers = [part for part in frame.status.parts if part.name == "sentinel.sys"]
    assert bool(drivers) is (mode == "last good")

    again = Session("windows")
    again.do(Replay(frame.inputs))
    assert list(again.do(RunTo(frame.t)).log) == list(frame.log)
    session.close()
    again.close()


def test_recovery_asks_on_the_console() -> None:
    """And waits."""
    session = Session("windows")
    session.do(RunTo(milliseconds(20)))
    frame = session.do(BootInto("recovery"))

    assert any(isinstance(it, events.RecoveryEntered) for it in frame.log)
    assert "safe mode" in frame.console
    assert frame.status.recovering
    session.close()


def test_two_crashes_lead_into_recovery_and_a_person_out_of_it() -> None:
    """The title says so; typing on the console chooses safe mode."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        for _ in range(400):
            (frame,) = lab_of(app).conductor.frames
            if frame.status.recovering:
                break
            await ticks(pilot, app, 1)
        assert frame.status.crashes == 2
        assert "✚ in recovery" in shown(app)
        await ticks(pilot, app, 5)
        assert isinstance(app.focused, GuestConsole)  # it has the keys by itself
        await pilot.press("2", "enter")
        await ticks(pilot, app, 20)
        assert "(safe)" in shown(app)
        assert "○ UNPROTECTED" in shown(app)
        assert lab_of(app).conductor.frames[0].status.crashes == 2

    play_from(up, walk, card=WINDOWS)


def test_going_back_to_a_snapshot_is_before_what_was_done_there() -> None:
    """`before X` is a machine that has not got X; from there all is possible again."""
    session = Session("windows")
    session.do(RunTo(milliseconds(20)))
    frame = session.do(Push(BAD))
    (mark,) = (it for it in frame.marks if it.label == "before channel-291-bad")
    session.do(RunTo(milliseconds(120)))

    back = session.do(GoBack(mark.t, mark))
    assert back.t == mark.t
    assert not any(isinstance(it, events.Pushed) for it in back.log)
    assert back.past == 1
    frame = session.do(RunTo(milliseconds(300)))
    assert frame.status.crashes == 0
    session.close()


def test_a_step_back_is_one_instruction_and_can_be_stepped_again() -> None:
    """The registers are those that were there."""
    session = Session("macos")
    session.do(RunTo(milliseconds(1)))
    session.do(MarkHere("here"))
    before = session.do(Step("instruction"))
    session.do(Step("instruction"))
    back = session.do(GoBack(before.t))

    assert back.instructions == before.instructions
    assert back.registers == before.registers
    session.close()


def test_a_place_is_typed_and_time_stands_still_there() -> None:
    """O, the field, enter; the clock says where it stopped."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("o")
        await pilot.pause()
        assert isinstance(app.screen, BreakScreen)
        field = app.screen.query_one(Input)
        field.value = "interpreter_matchez"
        await pilot.press("enter")
        await pilot.pause()
        assert "there is no symbol" in words(app)
        field.value = "sentinel.sys!interpreter_matches"
        await pilot.press("enter")
        await pilot.pause()
        assert "[x] at sentinel.sys!interpreter_matches" in shown(app)
        await pilot.press("escape")
        await ticks(pilot, app, 30)
        assert not lab_of(app).conductor.running
        assert "paused at sentinel.sys!interpreter_matches in windows" in shown(app)
        (frame,) = lab_of(app).conductor.frames
        assert frame.code.module == "sentinel.sys"

    play_from(up, walk, card=WINDOWS)


def test_the_power_menu_does_what_it_says() -> None:
    """R, down, enter: the plug."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, PowerScreen)
        await pilot.press("down", "enter")
        await ticks(pilot, app, 5)
        assert isinstance(app.screen, LabScreen)
        log = lab_of(app).conductor.frames[0].log  # more than the timeline has rows
        resets = [it for it in log if isinstance(it, events.ResetEvent)]
        assert [it.reason for it in resets] == ["power cut"]
        await pilot.press("r", "down", "down", "enter")
        await ticks(pilot, app, 5)
        assert "safe start" in shown(app)

    play_from(up, walk, card=WINDOWS)


def test_the_power_menu_says_which_of_two_machines_it_is_for() -> None:
    """The third of free play is the second windows."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("3", "r")
        await pilot.pause()
        assert "power: 3 windows" in shown(app)

    play_from(up, walk, card=catalogue.find("free-play"))


def test_a_loop_is_ended_by_the_vendor_and_a_fix() -> None:
    """V twice: withdrawn, a fix is ready; then c, and what a person would type."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        for _ in range(200):
            if "continues in 30 s" in shown(app):
                break
            await ticks(pilot, app, 1)
        await pilot.press("escape", "v", "enter")  # esc: recovery has the keys
        await pilot.pause()
        await pilot.press("v", "down", "enter")
        await pilot.pause()
        await pilot.press("c", "5", "enter")
        await ticks(pilot, app, 60)
        assert "content v1" in shown(app)
        assert "● protected" in shown(app)
        (frame,) = lab_of(app).conductor.frames
        fix = fixes.find("channel-291")
        acts = [it for _, it in frame.inputs if isinstance(it, Withdraw | OfferFix)]
        assert acts == [Withdraw(), OfferFix(fix.name, fix.text)]

    play_from(up, walk, card=WINDOWS)


def test_f8_in_the_console_leads_into_recovery() -> None:
    """Held down while the machine starts."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("r", "enter")
        await pilot.pause()
        await pilot.press("c", *["f8"] * 8)
        await ticks(pilot, app, 20)
        assert "Somebody wants to choose how it starts" in shown(app)

    play_from(up, walk, card=WINDOWS)


def test_a_snapshot_on_the_timeline_is_gone_back_to_and_resumed_from() -> None:
    """M, on; the mark's own line, b; then space: another future."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 4)
        await pilot.press("m")
        await pilot.pause()
        marked = lab_of(app).conductor.now
        await pilot.press("p", "enter")
        await ticks(pilot, app, 30)
        await pilot.press("t", "home")
        timeline = lab_of(app)._timeline
        while timeline.chosen is None or not (
            timeline.chosen.is_mark and timeline.mark(timeline.chosen).label == "marked"
        ):
            await pilot.press("down")
        assert "◆ snapshot: marked" in shown(app)
        await pilot.press("b")
        await ticks(pilot, app, 1)
        (frame,) = lab_of(app).conductor.frames
        assert frame.t == marked
        assert not frame.inputs
        await pilot.press("space")
        await ticks(pilot, app, 30)
        assert lab_of(app).conductor.frames[0].status.crashes == 0

    play(walk, card=WINDOWS)


def test_what_was_done_is_saved_and_offered_on_the_start_screen(tmp_path: Path) -> None:
    """Ctrl+s; twice, with numbers."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("r", "enter", "ctrl+s", "ctrl+s")
        await ticks(pilot, app, 2)
        await pilot.press("q")
        await pilot.pause()
        assert "recording 1, played again" in shown(app)
        assert "recording 2, played again" in shown(app)
        await pilot.press(*"recording 2")
        await pilot.press("enter")
        await pilot.pause()
        await ticks(pilot, app, 12)
        assert lab_of(app).conductor.frames[0].status.boot == 2

    play(walk, card=WINDOWS, files=Files(visits=tmp_path), size=(100, 60))
    assert recording.load(tmp_path / "windows-2.jsonl").lab == "windows"
