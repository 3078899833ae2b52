"""Two processes fault before the first death is told: each keeps its own fault."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from minios.abi.events import RECORD as KIND
from minios.abi.structures import RECORD
from minios.lab import Lab, beacon, events, seconds
from minios.lab.memory import Memory

PROGRAMS = ("null", "wild")  # two page faults
STAMP = {"world": "windows", "t": 1, "instructions": 1}


@pytest.fixture(name="lab", scope="module")
def lab_of_two_deaths() -> Iterator[Lab]:
    """A machine in which two programs have died of a fault."""
    with Lab(options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        for program in PROGRAMS:
            lab.console(f"run {program}", within=seconds(5))
        yield lab


def deaths_in(lab: Lab) -> list[events.DeathEvent]:
    """How the two ended."""
    found = [it for it in lab.events if isinstance(it, events.DeathEvent)]
    assert len(found) == len(PROGRAMS)
    return found


def report(died: events.DeathEvent) -> bytes:
    """What the kernel tells of this death."""
    values = (died.process_id, died.vector, died.error_code, died.address, died.rip, 1)
    numbers = tuple(it or 0 for it in values)
    return RECORD.pack(kind=KIND["DEATH"], name=died.name, values=numbers)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_death_is_joined_to_its_own_fault(lab: Lab, order: tuple[int]) -> None:
    """In whichever order the kernel comes to tell of them."""
    deaths, memory = deaths_in(lab), Memory()
    memory.faults += [it for it in lab.events if isinstance(it, events.Faulted)]

    told = [beacon.read(report(deaths[number]), STAMP, memory) for number in order]

    assert told == [msgspec.structs.replace(deaths[it], **STAMP) for it in order]
    assert memory.faults == []


def test_a_bugcheck_takes_no_fault_of_ring_3(lab: Lab) -> None:
    """The kernel stops for a reason of its own while a death is still to be told."""
    memory = Memory()
    memory.faults += [it for it in lab.events if isinstance(it, events.Faulted)]
    stop = RECORD.pack(kind=KIND["BUGCHECK"], name="kernel", values=(0xE2,) + (0,) * 5)

    told = beacon.read(stop, STAMP, memory)

    assert isinstance(told, events.BugcheckEvent)
    assert told.rip is None
    assert len(memory.faults) == len(PROGRAMS)


def test_a_late_report_has_the_picture_of_its_own_fault(lab: Lab) -> None:
    """Not the latest picture before it, which is another process's."""
    first, second = deaths_in(lab)
    late = msgspec.structs.replace(first, instructions=second.instructions + 1)
    picture = lab.picture_of(late)

    assert picture is not None
    assert picture.fault.rip == first.rip != second.rip
