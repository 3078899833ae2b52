"""The segments of a handler, nested faults, and what `syscall` masks.

Expected values: Intel SDM vol. 2A, INT n, "64-Bit Mode Exceptions"; vol. 3A,
"Exception and Interrupt Handling in 64-bit Mode" and "Conditions for Generating a
Double Fault"; vol. 2B, SYSCALL.
"""

from __future__ import annotations

import struct

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import rules
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    GDT,
    IDT,
    IST1_STACK,
    KERNEL_DATA,
    RING0_STACK,
    RING3_STACK,
    TSS,
    USER_CODE,
    USER_DATA,
    Bare,
)
from minios.machine.events import Door, RingCrossing
from minios.machine.segments import GATE_BYTES, INTERRUPT_GATE, TSS_RSP0, Gate
from minios.machine.traps import Cause, Delivery

DF, TS, NP, GP, PF = 8, 10, 11, 13, 14
VECTOR = 0x80
INT = bytes((0xCD, VECTOR))
SPARE = 0x18  # a selector whose descriptor is empty in the bare GDT
CODE64 = 0x00209B00_00000000  # P, DPL 0, code, L
PRESENT, DPL = 1 << 47, 45
EXT = 1
CF, IF, DIRECTION, AC = 1 << 0, 1 << 9, 1 << 10, 1 << 18
STAR, LSTAR, FMASK = 0xC0000081, 0xC0000082, 0xC0000084
NOWHERE = 0x9000000


def use_segment(bare: Bare, descriptor: int, vector: int = VECTOR) -> None:
    """Let a gate that ring 3 may use name a code segment of our own."""
    bare.memory.write(GDT + SPARE, descriptor.to_bytes(8, "little"))
    gate = Gate(bare.handler(vector), SPARE, 0, INTERRUPT_GATE, 3, present=True)
    bare.memory.write(IDT + vector * GATE_BYTES, gate.encode())


@pytest.mark.parametrize("dpl", [1, 2, 3])
def test_a_handler_may_not_be_less_privileged_than_the_interrupted(dpl: int) -> None:
    """DPL of the code segment > CPL: #GP with its selector."""
    bare = Bare()
    use_segment(bare, CODE64 | dpl << DPL)

    fault = bare.attempt(INT, 0)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.rip) == (GP, SPARE, CODE0)
    assert bare.state.rip == bare.handler(GP)
    assert bare.state.cpl == 0


def test_a_handler_may_not_be_in_a_data_segment() -> None:
    """The gate must name 64-bit code: #GP with the selector."""
    bare = Bare()
    use_segment(bare, 0x00009300_00000000)

    fault = bare.attempt(INT, 3)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, SPARE)


@pytest.mark.parametrize("ring", [0, 3])
def test_a_handlers_segment_that_is_not_present_raises_np(ring: int) -> None:
    """#NP with the selector of the segment; not that of the gate."""
    bare = Bare()
    use_segment(bare, CODE64 & ~PRESENT)

    fault = bare.attempt(INT, ring)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (NP, SPARE)
    assert bare.state.rip == bare.handler(NP)


def test_an_interrupt_sets_ext_in_the_error_code_of_its_segment() -> None:
    """Bit 0: not the program's doing."""
    bare = Bare()
    use_segment(bare, CODE64 & ~PRESENT)
    bare.enter(3)

    bare.processor.deliver(Delivery(VECTOR, Cause.EXTERNAL))

    assert [(it.vector, it.error_code) for it in bare.faults] == [(NP, SPARE | EXT)]


@pytest.mark.parametrize("ring", [0, 1, 2])
def test_a_change_of_ring_loads_ss_with_a_null_selector(ring: int) -> None:
    """SS is null with RPL = the new CPL, on the stack that the TSS has for the ring."""
    bare = Bare()
    use_segment(bare, CODE64 | ring << DPL)
    stack = 0x8800
    bare.memory.write(TSS + TSS_RSP0 + 8 * ring, struct.pack("<Q", stack))

    assert bare.attempt(INT, 3) is None

    assert bare.state.cpl == ring
    assert bare.state.selector(cpu.SS) == ring
    assert bare.state.selector(cpu.CS) == SPARE | ring
    assert bare.state.rsp == stack - 40
    frame = struct.unpack("<5Q", bare.memory.read(bare.state.rsp, 40))
    assert frame == (CODE3 + 2, USER_CODE, 2, RING3_STACK, USER_DATA)


def test_without_a_change_of_ring_ss_stays() -> None:
    """A trap of ring 0 keeps its SS."""
    bare = Bare()

    assert bare.attempt(INT, 0) is None

    assert bare.state.selector(cpu.SS) == KERNEL_DATA


def test_an_interrupt_is_benign_though_its_vector_is_that_of_a_double_fault() -> None:
    """An interrupt at vector 8 that page-faults gives #PF, and no shutdown."""
    bare = Bare()
    bare.set_gate(PF, ist=1)
    bare.enter(0)
    bare.state.rsp = NOWHERE

    bare.processor.deliver(Delivery(DF, Cause.EXTERNAL))

    assert not bare.processor.triple_fault
    assert [fault.vector for fault in bare.faults] == [PF]
    assert bare.state.rip == bare.handler(PF)
    assert bare.state.rsp == IST1_STACK - 48


def test_an_interrupt_at_the_vector_of_a_page_fault_is_none() -> None:
    """At vector 14, too, the page fault of its delivery is the first, not a #DF."""
    bare = Bare()
    bare.set_gate(DF, ist=1)
    bare.enter(0)
    bare.state.rsp = NOWHERE

    bare.processor.deliver(Delivery(PF, Cause.EXTERNAL))

    # The interrupt's push, then the push for that #PF, and only then #DF.
    assert [fault.vector for fault in bare.faults] == [PF, PF, DF]


def test_int_n_with_a_contributory_vector_is_benign() -> None:
    """`int 10` whose gate is not present is #NP; an invalid TSS would make it #DF."""
    bare = Bare()
    bare.set_gate(TS, dpl=3, present=False)

    bare.attempt(bytes((0xCD, TS)), 3)

    assert [(it.vector, it.error_code) for it in bare.faults] == [(NP, TS * 8 + 2)]


def write_msr(bare: Bare, number: int, value: int) -> None:
    """`wrmsr` in ring 0."""
    bare.put(b"\x0f\x30", 0)
    bare.enter(0)
    for register, half in ((0, value & 0xFFFFFFFF), (1, number), (2, value >> 32)):
        bare.state.set_general(register, half)
    assert bare.run(1) is None


@pytest.mark.parametrize("mask", [0, IF, IF | DIRECTION, AC | CF, IF | AC])
def test_syscall_clears_the_flags_of_fmask_and_no_others(mask: int) -> None:
    """RFLAGS := RFLAGS AND NOT IA32_FMASK; R11 keeps what they were."""
    bare = Bare()
    for number, value in ((STAR, 0x08 << 32), (LSTAR, CODE0), (FMASK, mask)):
        write_msr(bare, number, value)
    bare.put(b"\xf9\xfd\x0f\x05", 3)  # stc; std; syscall
    bare.enter(3, controls=CONTROLS._replace(rflags=IF | AC))
    before = CF | 2 | IF | DIRECTION | AC

    assert bare.run(3) is None

    assert (bare.state.cpl, bare.state.rip) == (0, CODE0)
    assert bare.processor.engine.rflags == before & ~mask
    assert bare.state.general(11) == before
    assert bare.state.general(1) == CODE3 + 4
    assert (bare.state.selector(cpu.CS), bare.state.selector(cpu.SS)) == (0x08, 0x10)
    assert bare.state.rsp == RING3_STACK  # `syscall` does not switch stacks


def test_a_crossing_by_syscall_tells_what_was_in_rax() -> None:
    """One door for all calls: RAX says which."""
    bare = Bare()
    for number, value in ((STAR, 0x08 << 32), (LSTAR, CODE0), (FMASK, 0)):
        write_msr(bare, number, value)
    seen: list[RingCrossing] = []
    bare.listeners.subscribe(RingCrossing, seen.append)
    bare.put(bytes.fromhex("b807000000 0f05"), 3)  # mov eax, 7; syscall
    bare.enter(3)

    assert bare.run(2) is None

    assert [(e.door, e.to_ring, e.vector, e.rax) for e in seen] == [
        (Door.SYSCALL, 0, None, 7)
    ]


def test_a_selector_fault_names_its_rule() -> None:
    """A gate that is open, but whose segment is not: no word of the gate's DPL."""
    bare = Bare()
    use_segment(bare, CODE64 | 3 << DPL)

    fault = bare.attempt(INT, 0)

    assert fault is not None
    assert fault.rule == rules.SELECTOR
    assert RING0_STACK - 48 <= bare.state.rsp < RING0_STACK
