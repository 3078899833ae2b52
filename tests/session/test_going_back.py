"""Before the fault: the machine stands before the instruction that the CPU refuses."""

from __future__ import annotations

import pytest

from minios.lab import content_files, events, milliseconds
from minios.lab.inputs import Push
from minios.lab.setup import Setup
from minios.session import going_back
from minios.session.conductor import Conductor
from minios.session.going_back import Target, targets
from minios.session.orders import MarkHere, RunTo, Step
from minios.session.paces import PACES, USUAL
from minios.session.timeline import Entry
from tests.session.standing import standing

BAD = content_files.find("channel-291-bad")
NAMES = ("windows", "macos")


def suffered() -> Conductor:
    """Both worlds, a while after the bad file has done its work."""
    early, late = RunTo(milliseconds(180)), RunTo(milliseconds(320))
    return Conductor(standing(tuple(map(Setup, NAMES)), early, Push(BAD), late))


def entry_of(conductor: Conductor, world: int, kind: type[events.Event]) -> Entry:
    """The first entry of this kind in the log of a machine."""
    log = conductor.frames[world].log
    number = next(n for n, it in enumerate(log) if isinstance(it, kind))
    return Entry(log[number].t, world, number)


@pytest.mark.parametrize(
    ("world", "kind"),
    [(0, events.BugcheckEvent), (1, events.DeathEvent), (0, events.Faulted)],
)
def test_before_the_fault_rip_is_the_refused_instruction(
    world: int, kind: type[events.Event]
) -> None:
    """Of a crash, of a death, of the fault itself; one step, and there it is."""
    conductor = suffered()
    chosen = entry_of(conductor, world, kind)
    event = conductor.frames[world].log[chosen.number]
    assert isinstance(event, events.FaultRecord)
    first, *_ = targets(conductor.frames, NAMES, chosen)
    conductor.go_back(first.t, words=first.arrival)

    frame = conductor.frames[world]
    assert frame.registers["rip"] == int(str(event.rip), 16)
    assert not any(isinstance(it, events.Faulted) for it in frame.log)
    assert first.words.startswith(f"before the fault of {NAMES[world]}, at 0.31")
    conductor.send(Step("instruction"), world)
    fault = conductor.frames[world].log[-1]
    assert isinstance(fault, events.Faulted)
    assert (fault.rip, fault.address) == (event.rip, event.address)
    conductor.close()


def test_the_report_of_a_crash_comes_later_than_its_fault() -> None:
    """So both moments are offered, the fault first; of a fault there is only one."""
    conductor = suffered()
    crash = entry_of(conductor, 0, events.BugcheckEvent)
    fault = entry_of(conductor, 0, events.Faulted)
    ready = entry_of(conductor, 0, events.ReadyEvent)
    of_crash = targets(conductor.frames, NAMES, crash)

    assert [it.t for it in of_crash] == [fault.t - 10, crash.t - 10]
    assert [it.t for it in targets(conductor.frames, NAMES, fault)] == [fault.t - 10]
    assert targets(conductor.frames, NAMES, ready) == (
        Target(
            "before this event: all services are running",
            "back before an event of windows",
            ready.t - 10,
        ),
    )
    conductor.close()


def test_without_a_choice_the_latest_faults_come_first_then_the_snapshots() -> None:
    """Of each machine; a snapshot of all machines is offered once."""
    conductor = suffered()
    conductor.send(MarkHere("marked"))
    offered = targets(conductor.frames, NAMES, None)

    assert [it.words.split(",")[0] for it in offered[:2]] == [
        "before the fault of windows",
        "before the fault of macos",
    ]
    snapshots = [it.words for it in offered[2:]]
    assert sum(it.endswith(": marked") for it in snapshots) == 1
    assert snapshots[-1] == "to the snapshot at 0.000000 s: power on"
    assert [it.t for it in offered[2:]] == sorted(
        (it.t for it in offered[2:]), reverse=True
    )
    conductor.close()


def test_a_crash_without_a_fault_has_no_moment_before_it() -> None:
    """A check of the kernel's own: only before the event can be gone back to."""
    conductor = suffered()
    log = conductor.frames[0].log
    chosen = entry_of(conductor, 0, events.ReadyEvent)

    assert going_back.fault_of(log, log[chosen.number]) is None
    conductor.close()


@pytest.mark.parametrize("pace", [0, USUAL, len(PACES) - 1])
def test_after_going_back_time_goes_on_at_the_usual_pace_at_most(pace: int) -> None:
    """Flat out, the moment that was gone back to would rush past again."""
    conductor = suffered()
    conductor.pace_number = pace
    conductor.go_back(milliseconds(5))

    assert conductor.pace_number == min(pace, USUAL)
    assert conductor.because[0] == "back at 0.005000 s; space goes on"
    conductor.close()
