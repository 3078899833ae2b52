"""Code that cannot be fetched: the right place, and time that passes."""

from __future__ import annotations

import struct

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import segments
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    IDT,
    KERNEL_CODE,
    KERNEL_DATA,
    RAM_BYTES,
    RING0_STACK,
    Bare,
)
from minios.machine.segments import Gate

UD, PF = 6, 14
FETCH = 1 << 4
USER_PAGE = 7
SUPERVISOR_PAGE = 3
NO_RAM = 0xFEB00000
PAGE = 0x1000
INC_RAX = bytes.fromhex("48ffc0")
NOWHERE = 0x555000
RAX, RBX = 0, 3
NXE = 1 << 11


def at_the_end_of_a_page(code: bytes) -> Bare:
    """Ring 3, in front of code whose last byte is the last of a page; none follows."""
    bare = Bare()
    bare.map(CODE3 + PAGE, 0, 0)
    start = CODE3 + PAGE - len(code)
    bare.memory.write(start, code)
    bare.enter(3, rip=start)
    return bare


@pytest.mark.parametrize("before", [0, 1, 5, 200])
def test_code_that_ends_with_its_page_runs_before_the_next_page_is_missed(
    before: int,
) -> None:
    """The fault is that of the first byte of the next page, and all before is done."""
    bare = at_the_end_of_a_page(b"\x90" * before + INC_RAX)

    fault = bare.run(300)

    assert fault is not None
    assert (fault.vector, fault.rip) == (PF, CODE3 + PAGE)
    assert (fault.address, fault.error_code) == (CODE3 + PAGE, FETCH | 4)
    assert bare.state.general(RAX) == 1


def test_an_instruction_across_the_border_faults_at_its_first_byte() -> None:
    """Its second half is what is missed; CR2 says so."""
    bare = at_the_end_of_a_page(INC_RAX + b"\x48\xff")

    fault = bare.run(10)

    assert fault is not None
    assert (fault.vector, fault.rip) == (PF, CODE3 + PAGE - 2)
    assert fault.address == CODE3 + PAGE
    assert bare.state.general(RAX) == 1


def test_code_that_jumps_away_does_not_miss_the_next_page() -> None:
    """A jump in the last two bytes of a page."""
    bare = at_the_end_of_a_page(INC_RAX + b"\xeb\xfe")

    assert bare.run(10) is None
    assert bare.state.general(RAX) == 1


def test_a_handler_that_cannot_be_fetched_costs_time() -> None:
    """Each page fault raises the next one; a run of 100 instructions still ends."""
    bare = Bare()
    interrupt_gate = segments.INTERRUPT_GATE
    gate = Gate(NOWHERE, KERNEL_CODE, 1, interrupt_gate, 0, present=True)
    bare.memory.write(IDT + PF * segments.GATE_BYTES, gate.encode())
    bare.put(b"\xa1" + bytes(8), 3)
    bare.enter(3)

    bare.run(100)

    assert bare.clock.instructions == 100


@pytest.mark.parametrize("slices", [[12], [1] * 12, [2, 3, 7]])
def test_each_failed_fetch_is_one_instruction_however_the_run_is_cut(
    slices: list[int],
) -> None:
    """A UD2, and a handler of #PF that is not there; the CPU does not halt."""
    bare = Bare()
    for vector in (UD, PF):
        gate = Gate(NOWHERE, KERNEL_CODE, 1, segments.INTERRUPT_GATE, 0, present=True)
        bare.memory.write(IDT + vector * segments.GATE_BYTES, gate.encode())
    bare.put(b"\x0f\x0b", 3)
    bare.enter(3)

    for size in slices:
        bare.run(size)

        assert not bare.processor.halted
        assert len(bare.faults) == bare.clock.instructions
    assert bare.clock.instructions == 12


def test_an_interrupt_may_come_before_a_failed_fetch() -> None:
    """The jump has been done, and the fault is not yet there."""
    bare = Bare()
    bare.put(b"\xff\xe0", 3)
    bare.enter(3)
    bare.state.set_general(RAX, NOWHERE)

    assert bare.run(1) is None
    assert bare.state.rip == NOWHERE
    fault = bare.run(1)
    assert fault is not None
    assert (fault.vector, fault.rip, bare.clock.instructions) == (PF, NOWHERE, 2)


def test_code_where_no_memory_is_costs_time_too() -> None:
    """The handler of #UD lies there itself, so that each leads to the next."""
    bare = Bare()
    beyond = CODE0 + 2 * PAGE
    bare.map(beyond, RAM_BYTES, 3)
    interrupt_gate = segments.INTERRUPT_GATE
    gate = Gate(beyond, KERNEL_CODE, 1, interrupt_gate, 0, present=True)
    bare.memory.write(IDT + UD * segments.GATE_BYTES, gate.encode())
    bare.enter(0, rip=beyond)

    bare.run(100)

    assert bare.clock.instructions == 100
    assert {fault.vector for fault in bare.faults} == {UD}


def test_page_tables_beyond_ram_are_no_mistake_of_ours() -> None:
    """Two invalid instructions on a page whose tables were moved to where no RAM is."""
    bare = Bare()
    bare.put(bytes.fromhex("0f22d8 0f0b"), 0)  # mov cr3, rax; ud2
    for _ in range(2):
        bare.enter(0)
        bare.state.set_general(RAX, 1 << 38)
        bare.run(4)

    assert bare.processor.triple_fault


@pytest.mark.parametrize("cut", [1, 100])
def test_an_open_window_comes_before_code_that_cannot_be_fetched(cut: int) -> None:
    """Behind IRETQ an interrupt is due first, wherever the run is cut."""
    bare = Bare()
    bare.map(NOWHERE, NO_RAM, SUPERVISOR_PAGE)
    bare.put(bytes.fromhex("eb00 48cf"), 0)
    bare.enter(0)
    frame = (NOWHERE, KERNEL_CODE, cpu.FLAG_IF | 2, RING0_STACK, KERNEL_DATA)
    bare.state.rsp = RING0_STACK - 40
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *frame))
    bare.processor.interrupt_pending = True
    while bare.state.rip != NOWHERE and not bare.faults:
        bare.processor.run(cut)

    assert not bare.faults
    assert (bare.state.rip, bare.clock.instructions) == (NOWHERE, 2)


def test_time_passes_where_each_frame_is_pushed_over_code() -> None:
    """Each push ends the run, and no error code says that it was a fetch (no NX)."""
    bare = Bare()
    gate = Gate(NOWHERE, KERNEL_CODE, 0, segments.INTERRUPT_GATE, 0, present=True)
    bare.memory.write(IDT + PF * segments.GATE_BYTES, gate.encode())
    bare.put(bytes.fromhex("90 488b03"), 0)  # nop; mov rax, [rbx]
    bare.enter(0, controls=CONTROLS._replace(efer=CONTROLS.efer & ~NXE))
    bare.state.set_general(RBX, NOWHERE)
    bare.run(1)
    bare.state.rsp = CODE0 + PAGE  # in the page that has just become code

    bare.run(100)

    assert bare.clock.instructions == 101
    assert len(bare.faults) <= 101
