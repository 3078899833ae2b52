"""A run ends before the instruction at a breakpoint, once each time it is come to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minios import paths
from minios.errors import MachineError
from minios.image import symbols
from minios.lab.conditions import Happened
from minios.lab.events import ReadyEvent
from minios.lab.lab import Lab
from minios.machine import events, stops
from minios.machine.breakpoints import Breakpoint
from minios.machine.machine import Machine

Start = Callable[..., Machine]
ENTRY = 0x100000
SECOND = 1_000_000_000
# mov eax, 0; again: inc eax; nop; jmp again
COUNT = "b800000000 40 90 ebfc"
AGAIN, NOP = ENTRY + 5, ENTRY + 6


def test_the_instruction_has_not_run_and_is_not_counted(start: Start) -> None:
    """Two instructions before it: `mov` and `inc`."""
    machine = start(COUNT)

    stop = machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP])

    assert stop == stops.BreakpointReached(20, 2, NOP)
    assert machine.registers()["rip"] == NOP
    assert (machine.instructions, machine.now) == (2, 20)
    assert machine.registers()["rax"] == 1


def test_going_on_gets_past_it(start: Start) -> None:
    """Each round of the loop once."""
    machine = start(COUNT)

    hits = [
        machine.run_until(None, limit_ns=SECOND, breakpoints=[AGAIN]) for _ in range(3)
    ]

    assert hits == [
        stops.BreakpointReached(10, 1, AGAIN),
        stops.BreakpointReached(40, 4, AGAIN),
        stops.BreakpointReached(70, 7, AGAIN),
    ]


def test_a_jump_to_itself_comes_to_its_breakpoint_each_time(start: Start) -> None:
    """It is another execution of the same instruction."""
    machine = start("ebfe")

    hits = [
        machine.run_until(None, limit_ns=SECOND, breakpoints=[ENTRY]) for _ in range(3)
    ]

    assert [stop.instructions for stop in hits] == [0, 1, 2]


def test_time_that_is_over_comes_first_and_the_breakpoint_next(start: Start) -> None:
    """A limit just before the breakpoint hides nothing."""
    machine = start(COUNT)

    first = machine.run_until(None, limit_ns=20, breakpoints=[NOP])
    second = machine.run_until(None, limit_ns=20, breakpoints=[NOP])

    assert first == stops.LimitReached(20, 2)
    assert second == stops.BreakpointReached(20, 2, NOP)


def test_code_that_has_run_already_is_stopped_at_too(start: Start) -> None:
    """Its translation knows nothing of the breakpoint, and is dropped."""
    machine = start(COUNT)
    machine.run_until(None, limit_ns=10_000)

    stop = machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP])

    assert isinstance(stop, stops.BreakpointReached)
    assert machine.registers()["rip"] == NOP


def test_a_run_without_breakpoints_stops_at_none(start: Start) -> None:
    """Those of the run before are gone, and `step` never minds them."""
    machine = start(COUNT)
    machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP])

    assert isinstance(machine.step(10), stops.LimitReached)
    assert machine.instructions == 12
    assert machine.run_until(None, limit_ns=100) == stops.LimitReached(220, 22)


def test_code_that_is_loaded_later_is_stopped_at(start: Start) -> None:
    """The breakpoint is at an address, whatever comes to be there."""
    # mov word [0x200000], 0xfeeb (jmp to itself); mov eax, 0x200000; jmp eax
    machine = start("66c70500002000ebfe b800002000 ffe0")

    stop = machine.run_until(None, limit_ns=SECOND, breakpoints=[0x200000])

    assert stop == stops.BreakpointReached(30, 3, 0x200000)


def test_a_condition_before_the_breakpoint_comes_first(start: Start) -> None:
    """The `out` ends the run; the breakpoint behind it ends the next."""
    # mov dx, 0x3f8; out dx, al; nop; hlt
    machine = start("66baf803 ee 90 f4")
    behind = ENTRY + 5

    first, second = (
        machine.run_until(
            lambda event: isinstance(event, events.ConsoleOutput),
            limit_ns=SECOND,
            breakpoints=[behind],
        )
        for _ in range(2)
    )

    assert isinstance(first, stops.ConditionMet)
    assert second == stops.BreakpointReached(20, 2, behind)


def test_a_reset_comes_to_the_breakpoint_anew(start: Start) -> None:
    """At the kernel's very first instruction, before and after."""
    machine = start(COUNT)
    first = machine.run_until(None, limit_ns=SECOND, breakpoints=[ENTRY])
    machine.reset()

    second = machine.run_until(None, limit_ns=SECOND, breakpoints=[ENTRY])

    assert first == second == stops.BreakpointReached(0, 0, ENTRY)


def test_a_snapshot_at_a_breakpoint_goes_on_as_the_machine_does(start: Start) -> None:
    """Past it: it was told of already."""
    machine, other = start(COUNT), start(COUNT)
    machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP])
    other.restore(machine.snapshot())

    here, there = (
        it.run_until(None, limit_ns=SECOND, breakpoints=[NOP])
        for it in (machine, other)
    )

    assert here == there == stops.BreakpointReached(50, 5, NOP)


def test_a_restored_machine_comes_to_what_lies_before_it(start: Start) -> None:
    """Back to a moment before the breakpoint."""
    machine = start(COUNT)
    saved = machine.snapshot()
    first = machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP])
    machine.restore(saved)

    assert machine.run_until(None, limit_ns=SECOND, breakpoints=[NOP]) == first


def test_letting_go_of_a_place_that_is_gone_leaves_the_cpu_alone(windows: Lab) -> None:
    """A driver's function, after the reset that took the driver away."""
    place = windows.address_of("sentinel.sys!interpreter_matches")
    machine = windows.machine
    windows.push("channel-291-bad")
    stop = machine.run_until(None, limit_ns=SECOND, breakpoints=[place])
    assert isinstance(stop, stops.BreakpointReached)
    windows.reset()
    machine.run_until(None, limit_ns=SECOND // 1000, breakpoints=[place])
    before = machine.registers()
    assert machine.read_virtual(place, 1) is None

    machine.run_until(None, limit_ns=0)

    assert machine.registers() == before
    windows.run_until(Happened(ReadyEvent), within=SECOND)


def test_an_address_out_of_range_is_refused(start: Start) -> None:
    """The author's mistake, not the guest's."""
    with pytest.raises(MachineError, match="no address"):
        start(COUNT).run_until(None, limit_ns=1, breakpoints=[1 << 64])


def test_one_address_in_two_address_spaces() -> None:
    """Every program begins at the same address; CR3 says which one is meant."""
    start = symbols.load(paths.GUEST / "bin" / "init").address("_start")
    with Lab(model="macos") as lab:
        spaces = []
        for _ in range(3):
            stop = lab.machine.run_until(None, limit_ns=SECOND, breakpoints=[start])
            assert isinstance(stop, stops.BreakpointReached)
            assert lab.machine.ring == 3
            spaces.append(lab.machine.registers()["cr3"])
    assert len(set(spaces)) == 3

    with Lab(model="macos") as lab:
        third = Breakpoint(start, cr3=spaces[2])
        stop = lab.machine.run_until(None, limit_ns=SECOND, breakpoints=[third])

        assert isinstance(stop, stops.BreakpointReached)
        assert lab.machine.registers()["cr3"] == spaces[2]


def test_who_watches_the_instruction_sees_it_once() -> None:
    """A return to ring 3 is reported when it happens, not when it is stopped at."""
    with Lab(model="macos") as lab:
        machine = lab.machine
        heard: list[events.RingCrossing] = []
        machine.observe(events.RingCrossing, heard.append)
        start = machine.snapshot()
        machine.run_until(None, limit_ns=SECOND // 100)
        returned = next(event for event in heard if event.door is events.Door.IRETQ)
        machine.restore(start)
        heard.clear()

        places = [returned.rip]
        while machine.instructions + 1 < returned.instructions:
            machine.run_until(None, limit_ns=SECOND, breakpoints=places)
        assert returned not in heard
        machine.step()

        assert heard[-1:] == [returned]
        assert heard.count(returned) == 1


REPEATED = {
    "rep stosb": "f3aa",
    "repe cmpsb": "f3a6",
    "repne scasb": "f2ae",
    "rep outsb": "f36e",
}


@pytest.mark.parametrize("code", REPEATED.values(), ids=REPEATED)
def test_every_kind_of_repetition_is_come_to_each_time(start: Start, code: str) -> None:
    """As it is counted, too; and once more, to find that RCX is 0.

    STOSB, CMPSB of zeros, SCASB for a 1 among zeros, OUTSB to a port that is none.
    """
    # mov ecx, 3; mov esi, 0x200000; mov edi, 0x201000; mov al, 1; xor edx, edx
    setup = "b903000000 be00002000 bf00102000 b001 31d2"
    machine = start(f"{setup} {code} 90 ebfe")
    place = ENTRY + 19

    seen = []
    for _ in range(5):
        stop = machine.run_until(
            None, limit_ns=SECOND, breakpoints=[place, place + len(code) // 2]
        )
        assert isinstance(stop, stops.BreakpointReached)
        left = machine.registers()["rcx"]
        seen.append((stop.instructions, stop.address - place, left))

    assert seen == [(5, 0, 3), (6, 0, 2), (7, 0, 1), (8, 0, 0), (9, 2, 0)]
