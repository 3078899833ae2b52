"""A look behind each instruction sees what single steps show, and can end the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minios.lab.lab import Lab
from minios.machine import events, stops
from minios.machine.bare import CODE3, Bare
from minios.machine.events import MachineEvent
from minios.machine.machine import Machine

Start = Callable[..., Machine]
ENTRY = 0x100000
SECOND = 1_000_000_000
NOWHERE = 0x555000
RAX = 0
# mov eax, 0; again: inc eax; nop; jmp again
COUNT = "b800000000 40 90 ebfc"
MOST = 20_000  # instructions that are compared
WATCHED = (events.RingCrossing, events.FaultRaised, events.InterruptDelivered)
Stand = tuple[int, int, int, int]


def test_the_run_ends_behind_the_instruction_that_made_it_so(start: Start) -> None:
    """`mov`, three rounds of three, and the fourth `inc`."""
    machine = start(COUNT)

    stop = machine.step_until(
        lambda: machine.registers()["rax"] == 4, most=100, limit_ns=SECOND
    )

    assert stop == stops.LimitReached(110, 11)
    assert (machine.instructions, machine.now) == (11, 110)
    assert machine.registers()["rip"] == ENTRY + 6


@pytest.mark.parametrize(("most", "limit"), [(7, SECOND), (1000, 70)])
def test_each_instruction_is_looked_at_once_the_last_one_too(
    start: Start, most: int, limit: int
) -> None:
    """Whether the run ends by its count or by its time; the next one goes on there."""
    machine = start(COUNT)
    seen: list[int] = []

    def look() -> bool:
        seen.append(machine.pointers[0] - ENTRY)
        return False

    machine.step_until(look, most=most, limit_ns=limit)
    machine.step_until(look, most=2, limit_ns=SECOND)

    assert seen == [5, 6, 7, 5, 6, 7, 5, 6, 7]


def test_a_halted_cpu_is_looked_at_before_it_wakes(start: Start) -> None:
    """`hlt` ends the run, and nobody looks at what has not been executed."""
    machine = start("90f4")
    seen: list[int] = []

    def look() -> bool:
        seen.append(machine.pointers[0] - ENTRY)
        return False

    machine.step_until(look, most=100, limit_ns=SECOND)

    assert (machine.is_halted, seen) == (True, [1, 2])


def test_who_does_not_look_any_more_is_not_asked(start: Start) -> None:
    """Neither by a step nor by a run."""
    machine = start(COUNT)
    asked = 0

    def look() -> bool:
        nonlocal asked
        asked += 1
        return False

    machine.step_until(look, most=5, limit_ns=SECOND)
    machine.step(10)
    machine.run_until(None, limit_ns=1000)

    assert asked == 5


def test_code_that_cannot_be_fetched_is_looked_at_before_its_fault() -> None:
    """The jump has been done; the run may end there, and the fault comes later."""
    bare = Bare()
    engine = bare.processor.engine
    bare.put(b"\xff\xe0", 3)  # jmp rax
    bare.enter(3)
    bare.state.set_general(RAX, NOWHERE)

    engine.look_at_each(lambda executed: executed == 1)
    left = engine.run(10)
    assert (left.executed, bare.state.rip, bare.faults) == (1, NOWHERE, [])
    assert not bare.state.exception_in_flight

    engine.stop_looking()
    fault = bare.run(1)
    assert fault is not None
    assert (fault.rip, fault.address) == (NOWHERE, NOWHERE)
    assert bare.state.rip != CODE3


def stand(machine: Machine) -> Stand:
    """Where the machine stands, and in which ring."""
    return (*machine.pointers, machine.ring)


def in_single_steps(machine: Machine, look: Callable[[], bool], most: int) -> None:
    """The run that the other one is compared with."""
    for _ in range(most):
        machine.step()
        look()


def in_looks(machine: Machine, look: Callable[[], bool], most: int) -> None:
    """The same in as few runs as there are halts."""
    last = machine.instructions + most
    while machine.instructions < last:
        left = last - machine.instructions
        machine.step_until(look, most=left, limit_ns=SECOND)


def seen(
    way: Callable[[Machine, Callable[[], bool], int], None], content: str
) -> tuple[list[Stand], list[MachineEvent]]:
    """What is looked at and heard while a file is loaded: the sensor, idle, a fault."""
    stands: list[Stand] = []
    heard: list[MachineEvent] = []
    with Lab("windows") as lab:
        machine = lab.machine
        lab.boot()
        lab.push(content)
        machine.run_until(
            lambda it: isinstance(it, events.FaultRaised), limit_ns=SECOND // 20
        )
        for kind in WATCHED:
            machine.observe(kind, heard.append)

        def look() -> bool:
            stands.append(stand(machine))
            return False

        way(machine, look, MOST)
    return stands, heard


@pytest.mark.parametrize("content", ["channel-291-good", "channel-291-bad"])
def test_the_looks_are_those_of_single_steps(content: str) -> None:
    """Rings, stacks and page tables; and what is heard is at the same instruction."""
    stands, heard = seen(in_looks, content)

    assert (stands, heard) == seen(in_single_steps, content)
    assert len(stands) == MOST
    assert heard
