"""Machines in step: paces, lingering at a dump, breakpoints; threads do the same."""

from __future__ import annotations

import threading

from minios.lab import content_files, events, milliseconds, seconds
from minios.session.conductor import PACES, Conductor
from minios.session.frames import Reached
from minios.session.orders import Push, RunTo
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
    conductor.breaks = frozenset({events.ReadyEvent})
    for _ in range(4):
        conductor.tick()

    assert not conductor.running
    assert "all services are up in " in conductor.stopped_by
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
    conductor.breaks = frozenset({events.ReadyEvent})
    conductor.run_to(seconds(1))

    assert conductor.halt_at_stop()
    conductor.send(Push(BAD))
    assert not conductor.running
    assert "all services are up" in conductor.stopped_by
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
    while worker.busy:
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
    assert not worker.busy
    worker.close()
