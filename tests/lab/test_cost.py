"""What isolation costs, measured, and counted a second time from the machine's trace.

The second count knows nothing of the first: it hears every event of the machine, and
looks only at their times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from minios import paths
from minios.image import symbols
from minios.lab import Lab, cost, seconds
from minios.lab.cost import Arrangement, Cost, Operation
from minios.machine.events import Door, RingCrossing

ALL: Final = [(at, how) for at in Operation for how in Arrangement]


@cache
def costs() -> dict[tuple[Operation, Arrangement], Cost]:
    """Everything that is measured."""
    return {(it.operation, it.arrangement): it for it in cost.measure()}


@pytest.mark.parametrize("operation", Operation)
def test_a_driver_costs_no_change_of_the_ring(operation: Operation) -> None:
    """Told or asked, it is called by the kernel, as a part of it."""
    nobody = costs()[operation, Arrangement.NOBODY].counts.crossings
    for how in (Arrangement.DRIVER_TOLD, Arrangement.DRIVER_ASKED):
        assert costs()[operation, how].counts.crossings == nobody


@pytest.mark.parametrize("operation", Operation)
def test_an_extension_that_is_told_costs_its_sender_no_change_of_the_ring(
    operation: Operation,
) -> None:
    """At most two would be allowed. The receiver pays: it takes each message."""
    nobody = costs()[operation, Arrangement.NOBODY].counts
    told = costs()[operation, Arrangement.EXTENSION_TOLD].counts

    assert told.own_crossings == nobody.own_crossings
    assert told.crossings - nobody.crossings == 2 * operation.count


@pytest.mark.parametrize("operation", Operation)
def test_an_extension_that_is_asked_costs_four_changes_and_two_switches(
    operation: Operation,
) -> None:
    """It takes the question and gives the answer: two system calls, each in and out."""
    nobody = costs()[operation, Arrangement.NOBODY].counts
    asked = costs()[operation, Arrangement.EXTENSION_ASKED].counts

    assert asked.crossings - nobody.crossings == 4 * operation.count
    assert asked.switches - nobody.switches == 2 * operation.count


@pytest.mark.parametrize(("operation", "how"), ALL)
def test_who_waits_for_more_is_busy_for_longer(
    operation: Operation, how: Arrangement
) -> None:
    """Nothing is for nothing, and an instruction takes ten nanoseconds."""
    nobody = costs()[operation, Arrangement.NOBODY].counts
    counts = costs()[operation, how].counts

    assert counts.time >= nobody.time
    assert counts.instructions >= nobody.instructions
    assert counts.time <= 10 * (counts.instructions + 100)


@pytest.fixture(name="lab", scope="module")
def shared_lab() -> Iterator[Lab]:
    """A machine whose toll is an extension that is asked."""
    with cost.machine("macos", 1) as lab:
        lab.boot()
        lab.console("echo")
        cost.arrange(lab, Arrangement.EXTENSION_ASKED)
        yield lab


def test_the_counts_agree_with_the_trace(lab: Lab) -> None:
    """Each change of the ring, by its door, between two moments of the program."""
    start = lab.snapshot()
    found = cost.count_work(lab, Operation.PIPES, 20)
    lab.restore(start)
    trace: list[RingCrossing] = []
    with lab.machine.observe(RingCrossing, trace.append):
        lab.type("tell errand pipes 20\r")
        lab.run_to("errand!errand_begins", within=seconds(1))
        begins = lab.machine.instructions
        lab.run_to("errand!errand_is_over", within=seconds(1))
        is_over = lab.machine.instructions
    lab.restore(start)

    counted = [it for it in trace if begins < it.instructions <= is_over]
    assert found.crossings == len(counted)
    assert found.instructions == is_over - begins
    calls = [it for it in counted if it.door is Door.SYSCALL]
    assert len(calls) == 20 * (2 + 2) + 1  # open, close; receive, respond; and a sleep


def test_an_event_that_nobody_wants_costs_almost_nothing() -> None:
    """At most a twentieth of what it costs to open and close a file.

    Every instruction of it is looked at: those that the compiler made of a line of the
    events' code are for them, also where they are part of another function.
    """
    kernel = symbols.load(paths.guest_file("kernel.elf"))
    ran: Counter[str] = Counter()
    with cost.machine("macos", 1) as lab:
        lab.boot()
        lab.type("tell errand files 1\r")
        lab.run_to("errand!errand_begins", within=seconds(1))
        end = lab.address_of("errand!errand_has_done")
        while (rip := lab.machine.registers()["rip"]) != end:
            place = kernel.locate(rip) if lab.machine.ring == 0 else None
            ran[place.file if place else ""] += 1
            lab.machine.step()
    of_events = sum(count for file, count in ran.items() if "event" in file)

    assert of_events > 0
    assert of_events <= sum(ran.values()) / 20
