"""The decisive moment waits once; waiting can be skipped; all at one instant.

Deep: the paces but for the usual one and flat out, and a slow pass in a second world.
"""

from __future__ import annotations

import threading

import pytest

from minios.lab import content_files, events, milliseconds, seconds
from minios.lab.inputs import PressReset, Push, Type
from minios.lab.setup import Setup
from minios.session import catalogue, waits
from minios.session.conductor import Conductor
from minios.session.explained import latest_explanation
from minios.session.orders import RunTo
from minios.session.paces import PACES, USUAL
from minios.session.slow_pass.steps import MOST_STEPS
from minios.session.status import Health, State
from minios.session.worker import InlinePlayer, Worker
from tests.session.standing import standing

BAD = content_files.find("channel-291-bad")
TWO = catalogue.find("two-worlds")
FLAT_OUT = len(PACES) - 1
BY_TIME = [n for n, pace in enumerate(PACES) if pace.slice >= milliseconds(1) // 2]
FAST_ENOUGH = [
    pytest.param(n, marks=[pytest.mark.deep] * (n not in {USUAL, FLAT_OUT}))
    for n in (*BY_TIME, FLAT_OUT)
]


def hit(*setups: Setup) -> Conductor:
    """Machines that are up; the bad file is on its way."""
    return Conductor(standing(setups, RunTo(milliseconds(305)), Push(BAD)))


def pushed(pace: int) -> Conductor:
    """Both worlds, which wait for the first of each; the bad file is on its way."""
    conductor = hit(*TWO.machines)
    conductor.awaited = frozenset({0, 1})
    conductor.pace_number = pace
    conductor.running = True
    return conductor


def until_paused(conductor: Conductor) -> None:
    """Go on until time is paused."""
    for _ in range(2000):
        if not conductor.running and not conductor.busy:
            return
        conductor.tick()
    pytest.fail("time has not been paused")


@pytest.mark.parametrize("pace", FAST_ENOUGH)
def test_the_first_crash_and_the_first_death_wait_once_at_every_pace(pace: int) -> None:
    """Both machines stand at the instant of the record; then they go on for good."""
    conductor = pushed(pace)
    seen = []
    for _ in range(2):
        until_paused(conductor)
        first, second = conductor.frames
        assert first.t == second.t
        assert conductor.stopped_in is not None
        seen.append(conductor.frames[conductor.stopped_in].log[-1])
        assert seen[-1].t == first.t
        assert conductor.decisive
        assert conductor.because[1].endswith("; press w to ask why, space to go on")
        conductor.go_on()
    conductor.run_to(seconds(2))

    assert [type(it) for it in seen] == [events.DeathEvent, events.BugcheckEvent]
    assert conductor.running
    assert conductor.frames[0].status.crashes == 2
    assert conductor.frames[1].status.deaths > 1
    conductor.close()


@pytest.mark.parametrize("pace", FAST_ENOUGH)
def test_machines_in_threads_stop_at_one_instant_at_every_pace(pace: int) -> None:
    """As in the interface: each has a thread of its own, and some run ahead."""
    fresh = threading.Event()
    conductor = Conductor([Worker(it, notify=fresh.set) for it in TWO.machines])
    conductor.run_to(milliseconds(308))
    conductor.send(Push(BAD))
    conductor.breaks = frozenset({"bugcheck"})
    conductor.pace_number, conductor.running = pace, True
    while not conductor.stopped_by or conductor.busy:
        conductor.tick()
        fresh.wait(0.05)  # a tick of the host
        fresh.clear()
    first, second = conductor.frames
    conductor.close()

    assert first.t == second.t == first.log[-1].t
    assert isinstance(first.log[-1], events.BugcheckEvent)
    assert conductor.stopped_in == 0


def test_the_notice_says_what_has_happened_to_whom() -> None:
    """From the records, for both ends."""
    conductor = pushed(FLAT_OUT)
    until_paused(conductor)
    died = conductor.decisive
    conductor.go_on()
    until_paused(conductor)

    assert died == (
        "sentinel.ext has died in macos; the machine runs on. Press w to ask why."
    )
    assert conductor.decisive == (
        "windows has stopped: its kernel cannot go on. Press w to ask why."
    )
    assert conductor.stopped_by == "a bugcheck in windows"
    conductor.close()


# ---- Skipping.


def skipped(conductor: Conductor) -> list[int]:
    """Skip once; the virtual times of all machines where that ends."""
    conductor.skip()
    for _ in range(2000):
        if not conductor.is_skipping:
            return [frame.t for frame in conductor.frames]
        conductor.tick()
    pytest.fail("the waiting has no end")


def test_a_skip_ends_at_the_next_record_of_any_machine_and_no_later() -> None:
    """One after the other they are the records that each machine makes alone."""
    conductor = pushed(FLAT_OUT)
    conductor.awaited = frozenset()
    conductor.faster(-2)
    pace = conductor.pace
    found = []
    while conductor.now < seconds(3):
        first, second = skipped(conductor)
        assert first == second
        found.append(first)
        assert conductor.running
        assert conductor.pace is pace
    conductor.close()

    expected = set()
    for setup in TWO.machines:
        (player,) = standing([setup], RunTo(milliseconds(305)), Push(BAD))
        player.send(RunTo(found[-1]))
        expected |= {it.t for it in player.frame.log if it.t > milliseconds(305)}
        player.close()
    assert sorted(set(found)) == sorted(expected)


def test_after_a_skip_time_is_paused_if_it_was() -> None:
    """And somebody who pauses on the way is obeyed."""
    conductor = pushed(FLAT_OUT)
    conductor.pause()
    skipped(conductor)
    assert not conductor.running
    assert conductor.because[0] == "paused after the waiting; space goes on"

    conductor.skip()
    conductor.pause()
    assert not conductor.is_skipping
    assert not conductor.running
    conductor.close()


def test_a_skip_stops_where_its_user_wants_to_stop() -> None:
    """A decisive moment is not skipped, nor a place."""
    conductor = pushed(0)
    while conductor.running:
        skipped(conductor)

    assert conductor.stopped_by == "the death of a process in macos"
    conductor.close()


# ---- How long there is to wait.


def to_recovery(conductor: Conductor) -> None:
    """Until the first machine is in the recovery environment."""
    while not conductor.frames[0].status.recovering:
        conductor.step("event", 0)


def test_the_countdown_of_recovery_is_a_wait_until_a_key_is_pressed() -> None:
    """Thirty seconds, or as many as the machine was told."""
    setup = Setup("windows", options={"recovery_s": "20"})
    conductor = hit(setup)
    to_recovery(conductor)
    entered = conductor.now

    assert waits.left(conductor.frames, [setup]) == seconds(20)
    conductor.run_to(entered + seconds(5))
    left = waits.left(conductor.frames, [setup])
    assert seconds(14) < left <= seconds(15)
    conductor.run_to(conductor.now + left + milliseconds(100))
    chosen = [it for it in conductor.frames[0].log if type(it) is events.RecoveryChosen]
    assert [it.choice for it in chosen] == ["continue"]

    to_recovery(conductor)
    conductor.send(Type("4"))
    assert waits.left(conductor.frames, [setup]) == 0
    conductor.close()


def test_a_planned_restart_is_a_wait_and_a_start_is_none() -> None:
    """What is told is when the supervisor starts the extension again."""
    setup = Setup("macos")
    conductor = hit(setup)
    assert waits.left(conductor.frames, [setup]) == 0
    for _ in range(100):
        conductor.step("event", 0)
        if wait := waits.left(conductor.frames, [setup]):
            break
    end = conductor.now + wait
    (planned,) = (
        it for it in conductor.frames[0].log if isinstance(it, events.RestartPlanned)
    )
    assert wait == planned.delay - (conductor.now - (end - planned.delay))
    (first,) = skipped(conductor)
    assert 0 <= first - end < milliseconds(50)

    conductor.send(PressReset())
    conductor.run_to(conductor.now + milliseconds(1))
    assert waits.left(conductor.frames, [setup]) == 0
    conductor.close()


def test_a_wait_is_offered_only_where_it_would_be_long_to_watch() -> None:
    """Two seconds of the host's at the current pace; flat out nothing is long."""
    setup = Setup("windows")
    conductor = hit(setup)
    to_recovery(conductor)
    offers = {}
    for number, pace in enumerate(PACES):
        conductor.pace_number = number
        offers[pace.short] = waits.worth_skipping(conductor, [setup]) > 0
    conductor.close()

    assert [short for short, is_offered in offers.items() if not is_offered] == [
        "flat out"
    ]


# ---- Several, and those that were seen in another way.


def test_all_who_stop_at_one_instant_are_told() -> None:
    """Two machines of one model do the same: a sentence for each."""
    setup = Setup("windows")
    conductor = Conductor([InlinePlayer(setup), InlinePlayer(setup)])
    conductor.send(Push(BAD))
    conductor.awaited, conductor.running = frozenset({0, 1}), True
    until_paused(conductor)
    conductor.close()

    for name in ("1 windows", "2 windows"):
        assert f"{name} has stopped: its kernel cannot go on" in conductor.decisive
        assert f"{name} has stopped" in conductor.because[0]
    assert not conductor.awaited


def followed(conductor: Conductor) -> None:
    """A slow pass of all machines to its end."""
    for _ in range(MOST_STEPS):
        conductor.slow_step()
        found = [frame.slow_pass for frame in conductor.frames]
        if all(it is not None and it.is_over for it in found):
            break
    conductor.leave_slow_pass()


@pytest.mark.parametrize(
    "world", ["windows", pytest.param("macos", marks=pytest.mark.deep)]
)
def test_a_crash_in_a_slow_pass_is_the_decisive_moment_of_its_machine(
    world: str,
) -> None:
    """It was seen there, step by step: the next one does not stop time."""
    conductor = hit(Setup(world))
    conductor.awaited = frozenset({0})
    conductor.run_to(milliseconds(320))
    assert not decisive_so_far(conductor)
    followed(conductor)
    assert decisive_so_far(conductor)
    assert not conductor.awaited

    conductor.close()


def decisive_so_far(conductor: Conductor) -> int:
    """How many crashes and deaths the first machine has had."""
    status = conductor.frames[0].status
    return status.crashes + status.deaths


def test_a_slow_pass_without_a_crash_leaves_the_decisive_moment_to_come() -> None:
    """Nothing has happened that a learner could have seen."""
    conductor = Conductor(standing([Setup("macos")], RunTo(milliseconds(305))))
    conductor.awaited = frozenset({0})
    followed(conductor)
    conductor.close()

    assert conductor.awaited == {0}


def test_a_fault_after_which_the_kernel_goes_on_waits_once_too() -> None:
    """The sensor's driver is dead, the machine runs on and is not protected."""
    setup = Setup("windows", options={"after_fault": "end_plugin"})
    conductor = hit(setup)
    conductor.awaited = frozenset({0})
    conductor.pace_number, conductor.running = FLAT_OUT, True
    until_paused(conductor)

    (frame,) = conductor.frames
    assert isinstance(frame.log[-1], events.Oops)
    assert conductor.decisive == (
        "windows has a fault in its kernel; the machine runs on. Press w to ask why."
    )
    assert frame.status.sensor is not None
    assert frame.status.sensor.state is State.DIED
    assert frame.status.health is Health.UNPROTECTED
    assert latest_explanation(frame) is not None
    conductor.close()
