"""Machines in step: paces, lingering at a dump, breakpoints; threads do the same.

Deep: five stops once more, with the machines in another order.
"""

from __future__ import annotations

import threading

import pytest

from minios.lab import content_files, events, milliseconds, seconds
from minios.lab.inputs import Input, Push, Type
from minios.lab.setup import Setup
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session import conductor as of_conductor
from minios.session.conductor import Conductor
from minios.session.frames import Frame, Reached
from minios.session.orders import (
    RECORDS,
    BootInto,
    Look,
    MarkHere,
    Order,
    Rejoin,
    Replay,
    RunTo,
    Step,
    StepUnit,
)
from minios.session.paces import PACES
from minios.session.worker import InlinePlayer, Worker

BAD = content_files.find("channel-291-bad")


def two() -> Conductor:
    """Both worlds, at once, at the usual pace, running."""
    conductor = Conductor([InlinePlayer("windows"), InlinePlayer("macos")])
    conductor.running = True
    return conductor


def test_both_machines_are_at_the_same_time() -> None:
    """However often it ticks, they differ by less than an instruction or two."""
    conductor = two()
    for _ in range(12):
        conductor.tick()

    first, second = conductor.frames
    assert abs(first.t - second.t) < 1000
    assert first.t >= 12 * conductor.pace.slice
    conductor.close()


def test_a_pause_stands_still() -> None:
    """Without `running` a tick does nothing."""
    conductor = two()
    conductor.running = False
    conductor.tick()

    assert conductor.now == 0
    conductor.close()


def test_the_blue_screen_is_lingered_at() -> None:
    """At the dump time stands still for some ticks, then the machine resets."""
    conductor = two()
    conductor.tick()
    conductor.tick()
    conductor.send(Push(BAD))
    stood = 0
    for _ in range(100):
        conductor.tick()
        stop = conductor.frames[0].stop
        stood += isinstance(stop, events.DumpWritten)

    assert stood >= conductor.pace.linger
    assert conductor.frames[0].status.boot > 1
    conductor.close()


def test_a_breakpoint_on_a_kind_of_event_pauses() -> None:
    """Time stops where the event is, and goes on when asked."""
    conductor = two()
    conductor.breaks = frozenset({"ready"})
    for _ in range(4):
        conductor.tick()

    assert not conductor.running
    assert "all services are running in " in conductor.stopped_by
    conductor.close()


def test_every_call_of_a_place_is_stopped_at_however_one_goes_on() -> None:
    """As in one run: also where two calls lie between two ticks, and over a crash."""
    place = "sentinel.sys!interpreter_matches"
    alone = InlinePlayer("windows")
    alone.send(RunTo(milliseconds(175)))
    alone.send(Push(BAD))
    expected = []
    for _ in range(4):
        alone.send(RunTo(seconds(1), places=(place,)))
        assert isinstance(alone.frame.stop, Reached)
        expected.append(alone.frame.instructions)
    alone.close()

    conductor = two()
    conductor.run_to(milliseconds(175))
    conductor.send(Push(BAD))
    conductor.places = (place,)
    found = []
    for _ in range(4):
        while not conductor.stopped_by:
            conductor.tick()
        found.append(conductor.frames[0].instructions)
        assert not conductor.running
        conductor.stopped_by, conductor.running = "", True
        conductor.catch_up()

    assert found == expected
    assert conductor.frames[0].status.boot > 1
    conductor.close()


def test_a_stop_is_not_lost_behind_a_dialog() -> None:
    """A run that was under way when the dialog opened ends at a place."""
    conductor = two()
    conductor.breaks = frozenset({"ready"})
    conductor.run_to(seconds(1))

    assert conductor.halt_at_stop()
    conductor.send(Push(BAD))
    assert not conductor.running
    assert "all services are running" in conductor.stopped_by
    conductor.close()


def test_paces_go_from_an_instruction_a_second_to_flat_out() -> None:
    """Both ends of the list hold."""
    conductor = two()
    conductor.faster(-99)
    assert conductor.pace is PACES[0]
    for _ in range(20):
        conductor.tick()
    assert conductor.frames[0].instructions == 1

    conductor.faster(99)
    assert conductor.pace.words == "flat out"
    conductor.close()


def test_a_thread_gives_the_frames_that_the_caller_would_get() -> None:
    """A worker and an inline player, told the same, show the same."""
    fresh = threading.Event()
    worker, inline = Worker("windows", notify=fresh.set), InlinePlayer("windows")
    for player in (worker, inline):
        player.send(RunTo(milliseconds(10)))
        player.send(Push(BAD))
        player.send(RunTo(milliseconds(90)))
    while worker.waiting:
        fresh.wait(10)
        fresh.clear()

    assert worker.failure is None
    assert worker.frame is not None
    assert worker.frame.screen == inline.frame.screen
    assert list(worker.frame.log) == list(inline.frame.log)
    worker.close()
    inline.close()


def test_a_worker_that_cannot_start_says_why() -> None:
    """The failure is kept for whoever owns the worker."""
    fresh = threading.Event()
    worker = Worker("vista", notify=fresh.set)
    fresh.wait(10)

    assert "vista" in str(worker.failure)
    assert not worker.waiting
    worker.close()


def until_it_stops(conductor: Conductor) -> None:
    """Go on to the next stop."""
    conductor.stopped_by, conductor.running = "", True
    conductor.catch_up()
    while not conductor.stopped_by:
        conductor.tick()


@pytest.mark.parametrize(
    "worlds",
    [
        ("windows", "macos"),
        pytest.param(("macos", "windows"), marks=pytest.mark.deep),
    ],
)
def test_all_machines_stop_at_one_instant_whoever_stops(
    worlds: tuple[str, str],
) -> None:
    """Flat out, one machine is far ahead when the other stops: it goes back."""
    conductor = Conductor([InlinePlayer(world) for world in worlds])
    conductor.faster(99)
    conductor.send(Push(BAD))
    conductor.breaks = frozenset({"bugcheck", "death"})
    found = []
    for _ in range(5):
        until_it_stops(conductor)
        first, second = conductor.frames
        assert first.t == second.t
        assert conductor.stopped_in is not None
        stopped = conductor.frames[conductor.stopped_in]
        assert stopped.log[-1].t == first.t
        assert stopped.stop is stopped.log[-1]
        found.append((first.t, stopped.world))

    alone = [InlinePlayer(world) for world in worlds]
    for player in alone:
        player.send(Push(BAD))
        player.send(RunTo(found[-1][0]))
    kinds = events.BugcheckEvent | events.DeathEvent
    expected = sorted(
        (it.t, player.world)
        for player in alone
        for it in player.frame.log
        if isinstance(it, kinds)
    )
    assert found == expected
    for player, frame in zip(alone, conductor.frames, strict=True):
        assert list(player.frame.log) == list(frame.log)
        player.close()
    conductor.close()


def test_what_is_given_to_a_machine_that_ran_ahead_is_given_at_the_common_instant() -> (
    None
):
    """Nothing that a person did is lost when a machine goes back to the others."""
    ahead = InlinePlayer("macos")
    ahead.send(RunTo(milliseconds(20), in_company=True))
    ahead.send(RunTo(milliseconds(90), in_company=True))
    ahead.send(Push(BAD))
    ahead.send(Rejoin(milliseconds(40)))

    assert ahead.frame.t == milliseconds(40)
    assert ahead.frame.inputs == ((milliseconds(40), Push(BAD)),)
    ahead.close()


def test_a_recording_goes_on_where_a_machine_has_gone_back_to_the_others() -> None:
    """What is played stands at its own time, and the clock still says so."""
    plan: tuple[tuple[int, Input], ...] = (
        (milliseconds(30), Type("ps\r")),
        (milliseconds(60), Type("ver\r")),
    )
    ahead = InlinePlayer("macos")
    ahead.send(Replay(plan))
    ahead.send(RunTo(milliseconds(90), in_company=True))
    ahead.send(Rejoin(milliseconds(40)))
    assert ahead.frame.inputs == plan[:1]

    ahead.send(RunTo(milliseconds(90)))
    assert ahead.frame.inputs == plan
    assert ahead.frame.is_played
    ahead.close()


def test_a_step_to_the_next_event_shows_every_event_of_every_machine() -> None:
    """All machines go to the earliest: nobody's story passes unseen."""
    conductor = two()
    conductor.running = False
    conductor.send(Push(BAD))
    seen = []
    for _ in range(40):
        conductor.step("event", 0)
        first, second = conductor.frames
        assert first.t == second.t
        assert conductor.stopped_in is not None
        seen.append(conductor.frames[conductor.stopped_in].log[-1])

    assert [it.t for it in seen] == sorted(it.t for it in seen)
    for frame in conductor.frames:
        told = [it for it in seen if it.world == frame.world]
        assert told == [it for it in frame.log if not isinstance(it, events.Pushed)]
    assert {it.world for it in seen} == {"windows", "macos"}
    conductor.close()


@pytest.mark.parametrize("chosen", [0, 1])
def test_a_step_to_the_next_event_lets_nobody_run_far_past_it(chosen: int) -> None:
    """A machine in which nothing happens would run for a minute, and come back."""
    conductor = two()
    conductor.run_to(milliseconds(305))
    calm = conductor.players[0]
    came_to = []
    send = calm.send

    def noted(order: Order) -> None:
        send(order)
        came_to.append(conductor.frames[0].t)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calm, "send", noted)
        conductor.send(Push(BAD), 1)
        conductor.step("event", chosen)

    first, second = conductor.frames
    assert isinstance(second.log[-1], events.UpdateStored)
    assert first.t == second.t == conductor.now > milliseconds(305)
    assert max(came_to) <= milliseconds(405)
    conductor.close()


def test_a_step_to_an_event_that_does_not_come_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For all machines, after a minute; here after less."""
    monkeypatch.setattr(of_conductor, "_LONGEST_STEP", milliseconds(450))
    calm = Setup("macos", options={"event_ms": "0"})
    conductor = Conductor([InlinePlayer(calm), InlinePlayer(calm)])
    conductor.run_to(seconds(1))
    conductor.step("event", 1)

    assert {frame.t for frame in conductor.frames} == {milliseconds(1450)}
    assert conductor.stopped_in == 1
    conductor.close()


class Later:
    """Does one thing when the test says so, as a thread that takes its time."""

    def __init__(self, setup: Setup) -> None:
        self._player = InlinePlayer(setup)
        self._orders: list[Order] = []
        self.world = self._player.world
        self.failure = None
        self.close = self._player.close

    @property
    def frame(self) -> Frame:
        """The newest one."""
        return self._player.frame

    @property
    def waiting(self) -> int:
        """How many orders it has not done."""
        return len(self._orders)

    def send(self, order: Order) -> None:
        """Note it."""
        self._orders.append(order)

    def do(self) -> None:
        """Do it."""
        self._player.send(self._orders.pop(0))


def test_a_pause_ends_a_step_to_an_event() -> None:
    """Nobody waits until the whole minute is over."""
    player = Later(Setup("macos", options={"event_ms": "0"}))
    conductor = Conductor([player])
    conductor.run_to(seconds(1))
    player.do()
    conductor.step("event", 0)
    player.do()
    conductor.tick()
    conductor.pause()
    player.do()
    conductor.tick()

    assert not conductor.busy
    assert not conductor.running
    assert milliseconds(1000) < conductor.now < milliseconds(1500)
    assert conductor.because[0].startswith("paused by you")
    conductor.close()


def test_a_step_to_an_event_is_why_time_is_paused() -> None:
    """Also where the event is one at which its user wants to stop anyway."""
    conductor = two()
    conductor.breaks = frozenset(RECORDS)
    conductor.step("event", 0)

    assert "paused after a run to the next event" in conductor.because
    assert not conductor.stopped_by
    conductor.close()


@pytest.mark.parametrize("unit", ["instruction", "line", "crossing"])
def test_the_others_come_to_the_moment_of_a_step(unit: StepUnit) -> None:
    """One clock: they do not lag behind until time goes on."""
    conductor = two()
    conductor.tick()
    for _ in range(3):
        conductor.step(unit, 1)
        first, second = conductor.frames
        assert abs(first.t - second.t) < 2 * NS_PER_INSTRUCTION
    assert conductor.stopped_in == 1
    conductor.close()


def test_a_machine_that_is_off_moves_nobody() -> None:
    """A step of it is refused; the others stay where they are."""
    conductor = two()
    conductor.tick()
    windows = conductor.players[0]
    windows.send(Type("off\r"))
    conductor.run_to(seconds(1))
    assert conductor.frames[0].status.off
    conductor.run_to(seconds(2))
    before = [(frame.t, len(frame.log)) for frame in conductor.frames]

    for unit in ("instruction", "event"):
        conductor.step(unit, 0)
        assert [(frame.t, len(frame.log)) for frame in conductor.frames] == before
        assert "is switched off" in conductor.frames[0].error

    conductor.step("event", 1)
    assert conductor.frames[1].t > before[1][0]
    assert conductor.frames[0].t == before[0][0]
    conductor.close()


def test_a_machine_that_is_off_complains_at_no_tick() -> None:
    """At the paces of single instructions, too, only the others are stepped."""
    conductor = two()
    conductor.players[0].send(Type("off\r"))
    conductor.run_to(seconds(1))
    conductor.faster(-99)
    before = conductor.frames[1].instructions
    for _ in range(40):
        conductor.tick()

    assert conductor.frames[0].status.off
    assert conductor.frames[0].error == ""
    assert conductor.frames[1].instructions == before + 2
    conductor.close()


def test_a_stop_is_not_lost_behind_an_order_that_moves_no_time() -> None:
    """Somebody looks or marks before the other machines are there."""
    conductor = two()
    conductor.breaks = frozenset({"ready"})
    conductor.run_to(seconds(1))
    conductor.send(Look())
    conductor.send(MarkHere("here"))

    assert conductor.halt_at_stop()
    assert "all services are running in " in conductor.stopped_by
    conductor.close()


def test_a_pause_brings_all_machines_to_one_moment() -> None:
    """Those behind come to the one in front; nobody goes back."""
    conductor = two()
    conductor.players[1].send(RunTo(milliseconds(50)))
    conductor.pause()

    assert [frame.t for frame in conductor.frames] == [milliseconds(50)] * 2
    assert not conductor.running
    assert not conductor.halt_at_stop()
    conductor.close()


def test_all_who_stop_at_the_same_instant_are_named() -> None:
    """Two machines of one model do the same."""
    conductor = Conductor([InlinePlayer("windows"), InlinePlayer("windows")])
    conductor.breaks = frozenset({"bugcheck"})
    conductor.send(Push(BAD))
    until_it_stops(conductor)

    assert conductor.stopped_by == (
        "a bugcheck in 1 windows and a bugcheck in 2 windows"
    )
    conductor.close()


def test_every_kind_of_record_can_be_stopped_at() -> None:
    """Also those that the dialog of stops does not offer."""
    conductor = two()
    conductor.breaks = frozenset({"sensor_up"})
    until_it_stops(conductor)

    assert conductor.stopped_by.startswith("sensor up in ")
    conductor.close()


def test_a_start_in_another_mode_survives_a_meeting() -> None:
    """The answer to the recovery environment is typed when it asks, not before."""
    conductor = two()
    conductor.run_to(milliseconds(20))
    conductor.send(BootInto("safe"), 0)
    assert conductor.frames[0].t > conductor.frames[1].t
    conductor.step("instruction", 1)
    first, second = conductor.frames
    assert abs(first.t - second.t) <= NS_PER_INSTRUCTION

    conductor.run_to(seconds(5))
    assert conductor.frames[0].status.mode == "safe"
    conductor.close()


@pytest.mark.parametrize("unit", ["instruction", "event"])
def test_a_step_gives_the_inputs_of_a_recording_at_their_own_times(
    unit: StepUnit,
) -> None:
    """Stepped or run, a replay is the same."""
    plan: tuple[tuple[int, Input], ...] = ((milliseconds(30), Push(BAD)),)
    player = InlinePlayer("macos")
    player.send(Replay(plan))
    player.send(RunTo(milliseconds(30) - NS_PER_INSTRUCTION))
    for _ in range(3):
        player.send(Step(unit))

    ((moment, given),) = player.frame.inputs
    assert given == Push(BAD)
    assert moment - milliseconds(30) <= NS_PER_INSTRUCTION
    player.close()
