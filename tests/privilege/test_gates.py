"""Gates: who may come in by which, what lies on the stack, and what goes wrong."""

from __future__ import annotations

import struct

import pytest

from minios.machine import rules
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    IST1_STACK,
    KERNEL_CODE,
    RING0_STACK,
    RING3_STACK,
    USER_CODE,
    USER_DATA,
    Bare,
)
from minios.machine.events import Door, RingCrossing
from minios.machine.segments import INTERRUPT_GATE, TRAP_GATE
from minios.machine.traps import Cause, Delivery

DF, GP, NP, PF, UD = 8, 13, 11, 14, 6
IF, TF, NT, RF = 1 << 9, 1 << 8, 1 << 14, 1 << 16
VECTOR = 0x80


def frame(bare: Bare, words: int = 5) -> tuple[int, ...]:
    """The topmost words of the handler's stack."""
    return struct.unpack(f"<{words}Q", bare.memory.read(bare.state.rsp, 8 * words))


@pytest.mark.parametrize("dpl", range(4))
@pytest.mark.parametrize("ring", [0, 3])
def test_int_n_needs_a_gate_that_is_open_to_the_ring(ring: int, dpl: int) -> None:
    """CPL <= DPL of the gate, else #GP with the vector in the error code."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=dpl)

    fault = bare.attempt(bytes((0xCD, VECTOR)), ring)

    if ring <= dpl:
        assert fault is None
        assert bare.state.rip == bare.handler(VECTOR)
    else:
        assert fault is not None
        assert (fault.vector, fault.error_code) == (GP, VECTOR * 8 + 2)
        assert (fault.ring, fault.rip, fault.rule) == (3, CODE3, rules.GATE_DPL)


@pytest.mark.parametrize("vector", range(32))
def test_ring3_cannot_forge_an_exception(vector: int) -> None:
    """`int n` does not reach the handler of an exception whose gate has DPL 0."""
    bare = Bare()

    fault = bare.attempt(bytes((0xCD, vector)), 3)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, vector * 8 + 2)


def test_exceptions_do_not_ask_for_the_dpl() -> None:
    """The gate of #UD is closed to ring 3, and ring 3's #UD goes through it."""
    bare = Bare()

    bare.attempt(b"\x0f\x0b", 3)

    assert bare.state.rip == bare.handler(UD)
    assert bare.state.cpl == 0


def test_int3_of_ring3_needs_its_gate_too() -> None:
    """INT3 is software: DPL 0 refuses it, and RIP in the frame is the INT3 itself."""
    bare = Bare()

    fault = bare.attempt(b"\xcc", 3)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.rip) == (GP, 3 * 8 + 2, CODE3)
    assert frame(bare)[1] == CODE3


def test_a_gate_that_is_not_present_raises_np() -> None:
    """#NP with the vector, the IDT bit, and EXT clear for `int n`."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=3, present=False)

    fault = bare.attempt(bytes((0xCD, VECTOR)), 3)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (NP, VECTOR * 8 + 2)


def test_a_call_gate_in_the_idt_raises_gp() -> None:
    """Only interrupt and trap gates are allowed there."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=3, kind=0xC)

    fault = bare.attempt(bytes((0xCD, VECTOR)), 3)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, VECTOR * 8 + 2)


def test_the_frame_of_a_trap_from_ring3() -> None:
    """SS, RSP, RFLAGS, CS, RIP on the stack of RSP0; `int n` returns behind itself."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=3)

    bare.attempt(bytes((0xCD, VECTOR)), 3, controls=CONTROLS._replace(rflags=IF))

    assert bare.state.rsp == RING0_STACK - 40
    assert frame(bare) == (CODE3 + 2, USER_CODE, IF | 2, RING3_STACK, USER_DATA)


def test_the_frame_of_a_fault_has_error_code_and_rf() -> None:
    """A fault returns to its instruction; RF lets it pass a breakpoint there."""
    bare = Bare()

    bare.attempt(bytes.fromhex("8a042500000009"), 3)  # mov al, [0x9000000]

    expected = (4, CODE3, USER_CODE, RF | 2, RING3_STACK, USER_DATA)
    assert frame(bare, 6) == expected
    assert bare.state.cr(2) == 0x9000000


def test_a_trap_within_ring0_keeps_the_stack_and_aligns_it() -> None:
    """No ring change, no stack switch, but the frame begins at a multiple of 16."""
    bare = Bare()
    bare.put(bytes((0xCD, VECTOR)), 0)
    bare.enter(0)
    bare.state.rsp = RING0_STACK - 0x105

    bare.run(1)

    assert bare.state.rsp == RING0_STACK - 0x110 - 40
    assert frame(bare)[3] == RING0_STACK - 0x105


def test_ist_gives_a_stack_of_its_own_even_within_ring0() -> None:
    """A gate with IST 1 lands on the stack that the TSS names, whatever RSP is."""
    bare = Bare()
    bare.set_gate(VECTOR, ist=1)
    bare.put(bytes((0xCD, VECTOR)), 0)
    bare.enter(0)
    bare.state.rsp = 0x123  # nothing that could be pushed to

    assert bare.run(1) is None
    assert bare.state.rsp == IST1_STACK - 40


@pytest.mark.parametrize(
    ("kind", "stays"), [(INTERRUPT_GATE, False), (TRAP_GATE, True)], ids=["int", "trap"]
)
def test_only_an_interrupt_gate_clears_if(kind: int, *, stays: bool) -> None:
    """Both clear TF and NT."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=3, kind=kind)
    controls = CONTROLS._replace(rflags=IF | NT)

    bare.attempt(bytes((0xCD, VECTOR)), 3, controls=controls)

    assert bare.state.system_flags & (IF | TF | NT) == (IF if stays else 0)


def test_a_hardware_interrupt_ignores_the_dpl() -> None:
    """DPL is for `int n` alone (see the rule that `GATE_DPL` cites)."""
    bare = Bare()
    bare.enter(3)

    bare.processor.deliver(Delivery(VECTOR, Cause.EXTERNAL))

    assert bare.faults == []
    assert bare.state.rip == bare.handler(VECTOR)
    assert frame(bare)[0] == CODE3


def test_a_supervisor_stack_in_user_pages_is_refused_by_smap() -> None:
    """Pushing is an implicit access: AC does not help, and #PF becomes #DF."""
    bare = Bare()
    bare.set_gate(DF, ist=1)
    bare.map(0x8000, 0x8000, 0x7)
    controls = CONTROLS._replace(cr4=CONTROLS.cr4 | 1 << 21, rflags=1 << 18)

    bare.attempt(bytes.fromhex("8a042500000009"), 3, controls=controls)

    assert [fault.vector for fault in bare.faults] == [PF, PF, DF]
    own = bare.faults[1]
    assert (own.ring, own.rule) == (3, rules.SMAP)
    assert own.walk is not None  # with the rights of ring 0, not of the program
    assert own.walk.refusal is not None
    assert own.walk.refusal.rule == rules.SMAP
    assert bare.state.rip == bare.handler(DF)
    assert frame(bare)[0] == 0  # the error code of #DF


def test_a_page_fault_on_a_bad_stack_is_a_double_fault() -> None:
    """The guard page below a kernel stack: #PF, again #PF while pushing, then #DF."""
    bare = Bare()
    bare.set_gate(DF, ist=1)
    bare.put(bytes.fromhex("50"), 0)  # push rax
    bare.enter(0)
    bare.state.rsp = 0x9000000

    bare.run(1)

    assert [fault.vector for fault in bare.faults] == [PF, PF, DF]
    first, *others = bare.faults
    assert first.during is None
    for fault in others:  # while the CPU delivered the first one
        assert fault.during is not None
        assert (fault.during.vector, fault.during.address) == (PF, first.address)
    assert bare.state.rsp == IST1_STACK - 48
    assert bare.state.rip == bare.handler(DF)


def test_a_double_fault_that_cannot_be_delivered_shuts_down() -> None:
    """The third fault in a row: the CPU gives up, and the machine resets."""
    bare = Bare()
    bare.put(bytes.fromhex("50"), 0)
    bare.enter(0)
    bare.state.rsp = 0x9000000

    bare.run(1)

    assert bare.processor.triple_fault
    assert bare.state.rip == CODE0


def test_a_gp_after_a_ud_is_just_a_gp() -> None:
    """#UD is benign: what goes wrong in its delivery is delivered instead."""
    bare = Bare()
    bare.set_gate(UD, kind=0)

    bare.attempt(b"\x0f\x0b", 3)

    assert [fault.vector for fault in bare.faults] == [UD, GP]
    assert bare.faults[1].error_code == UD * 8 + 2 + 1  # EXT: not the program's doing
    assert bare.state.rip == bare.handler(GP)


def test_an_idt_of_no_length_turns_any_trap_into_a_reset() -> None:
    """The classic way to reset a PC."""
    bare = Bare()
    bare.put(b"\xcc", 0)
    bare.enter(0)
    bare.state.load_segment(9, 0, 0, 0, 0)  # IDTR

    bare.run(1)

    assert bare.processor.triple_fault


def test_iretq_cannot_raise_the_ring() -> None:
    """Ring 3 that returns "to ring 0" gets #GP with the selector."""
    bare = Bare()
    bare.put(bytes.fromhex("48cf"), 3)
    bare.enter(3)
    bare.state.rsp = RING3_STACK - 0x100
    words = struct.pack("<5Q", CODE0, KERNEL_CODE, 2, RING0_STACK, 0)
    bare.memory.write(bare.state.rsp, words)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.ring) == (GP, KERNEL_CODE, 3)


def test_a_far_jump_cannot_raise_the_ring() -> None:
    """Jumping to a ring-0 code segment is #GP with the selector."""
    bare = Bare()
    bare.put(bytes.fromhex("48ff2b"), 3)  # jmp far [rbx]
    bare.enter(3)
    place = RING3_STACK - 0x100
    bare.memory.write(place, struct.pack("<QH", CODE0, KERNEL_CODE))
    bare.state.set_general(3, place)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, KERNEL_CODE)


def test_crossings_are_told() -> None:
    """Through the gate and the vector, with the place it came from."""
    bare = Bare()
    bare.set_gate(VECTOR, dpl=3)
    seen: list[RingCrossing] = []
    bare.listeners.subscribe(RingCrossing, seen.append)

    bare.attempt(bytes((0xCD, VECTOR)), 3)

    assert [(e.from_ring, e.to_ring, e.door, e.vector) for e in seen] == [
        (3, 0, Door.SOFTWARE, VECTOR)
    ]
