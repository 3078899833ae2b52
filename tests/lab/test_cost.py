"""What isolation costs, measured, and counted a second time from the machine's trace.

The second count knows nothing of the first: it hears every event of the machine, and
looks only at their times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from minios import paths
from minios.image import symbols
from minios.lab import Lab, cost, seconds
from minios.lab.cost import (
    EVERYWHERE,
    AnyArrangement,
    Arrangement,
    Cost,
    LinuxArrangement,
    Operation,
)
from minios.machine.events import Door, RingCrossing

ALL: Final = [(at, how) for at in Operation for how in Arrangement]


@cache
def costs() -> dict[tuple[Operation, AnyArrangement], Cost]:
    """Everything that is measured."""
    measured = cost.measure(arrangements=EVERYWHERE)
    return {(it.operation, it.arrangement): it for it in measured}


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


@pytest.mark.parametrize("operation", [Operation.PIPES, Operation.PROGRAMS])
@pytest.mark.parametrize("how", LinuxArrangement)
def test_on_linux_nothing_leaves_ring_0(
    operation: Operation, how: LinuxArrangement
) -> None:
    """Module and program are called on the thread that does it: no switch either."""
    nobody = costs()[operation, LinuxArrangement.NOBODY].counts
    counts = costs()[operation, how].counts

    assert counts.crossings == nobody.crossings
    assert counts.switches == nobody.switches
    if how is not LinuxArrangement.NOBODY:
        assert counts.instructions > nobody.instructions


def test_a_program_costs_more_than_a_module_and_less_than_a_process() -> None:
    """An interpreter for two instructions, against a call, and against two messages."""
    for operation in (Operation.PIPES, Operation.PROGRAMS):
        nobody = costs()[operation, LinuxArrangement.NOBODY].counts.instructions
        module = costs()[operation, LinuxArrangement.MODULE_ASKED].counts.instructions
        program = costs()[operation, LinuxArrangement.PROGRAM_ASKED].counts.instructions
        alone = costs()[operation, Arrangement.NOBODY].counts.instructions
        asked = costs()[operation, Arrangement.EXTENSION_ASKED].counts.instructions

        assert module < program
        assert program - nobody < asked - alone


def test_no_program_hears_of_the_opening_of_a_file() -> None:
    """There is no such hook, so there is nothing to measure."""
    programs = [it for it in LinuxArrangement if it.is_program]
    assert not {(Operation.FILES, it) for it in programs} & costs().keys()


@pytest.mark.parametrize("how", ["PROGRAM_TOLD", "PROGRAM_ASKED"])
def test_the_calls_of_a_program_agree_with_the_trace(how: str) -> None:
    """The kernel has counted a call for each pipe that was opened."""

    def calls(count: int) -> int:
        lab.restore(start)
        cost.count_work(lab, Operation.PIPES, count)
        (runs,) = re.findall(r"toll0 +\S+ +(\d+)", lab.console("bpf list"))
        return int(runs)

    with cost.machine("linux", 1) as lab:
        lab.boot()
        lab.console("echo")
        cost.arrange(lab, LinuxArrangement[how])
        start = lab.snapshot()

        assert calls(20) - calls(0) == 20


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
