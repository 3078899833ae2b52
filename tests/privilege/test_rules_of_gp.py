"""Which rule a #GP(0) broke: one that its operands prove, or none that is known.

The CPU says no more than "refused". An explanation that guesses would be worse than
none, so each rule is asked for, and so is what looks like it and is another.
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
    IDT,
    KERNEL_DATA,
    RING0_STACK,
    RING3_STACK,
    USER_CODE,
    USER_DATA,
    Bare,
)
from minios.machine.faults import Fault
from minios.machine.rules import Rule

GP = 13
NOT_CANONICAL = 0x4141_4141_4141_4141
DATA = RING3_STACK - 0x800


def refused(code: str, ring: int = 3, **registers: int) -> Fault:
    """The #GP of one instruction."""
    bare = Bare()
    bare.put(bytes.fromhex(code), ring)
    bare.enter(ring)
    for name, value in registers.items():
        bare.state.set_general(cpu.GENERAL.index(name), value)
    fault = bare.run(1)
    assert fault is not None
    assert fault.vector == GP
    return fault


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("f4", rules.PRIVILEGED),  # hlt
        ("2ef4", rules.PRIVILEGED),
        ("0f22d8", rules.PRIVILEGED),  # mov cr3, rax
        ("0f0113", rules.PRIVILEGED),  # lgdt [rbx]
        ("0f01f8", rules.PRIVILEGED),  # swapgs
        ("0f00d0", rules.PRIVILEGED),  # lldt ax
        ("fa", rules.INTERRUPT_FLAG),
        ("e420", rules.IO_PRIVILEGE),
        ("0f34", rules.SYSENTER),
    ],
)
def test_what_is_for_ring_0_is_told_so(code: str, rule: Rule) -> None:
    """By the instruction alone, with a prefix or without."""
    assert refused(code, rbx=NOT_CANONICAL).rule == rule


@pytest.mark.parametrize("ring", [0, 3])
@pytest.mark.parametrize(
    "code",
    [
        "8b03",  # mov eax, [rbx]
        "8903",
        "488b4308",  # mov rax, [rbx+8]
        "48a14141414141414141",  # mov rax, [0x4141414141414141]
        "f30fb803",  # popcnt
        "0fb603",  # movzx
        "ff33",  # push [rbx]
    ],
)
def test_an_operand_where_no_address_is(code: str, ring: int) -> None:
    """In either ring."""
    assert refused(code, ring, rbx=NOT_CANONICAL).rule == rules.NOT_CANONICAL


@pytest.mark.parametrize("code", ["a4", "f3a4", "aa", "ac", "ae", "a6"])
def test_a_string_where_no_address_is(code: str) -> None:
    """RSI and RDI are its operands, though no ModR/M says so."""
    fault = refused(code, rsi=NOT_CANONICAL, rdi=NOT_CANONICAL, rcx=1)

    assert fault.rule == rules.NOT_CANONICAL


@pytest.mark.parametrize("code", ["50", "6a00", "5b"])
def test_a_stack_where_no_address_is_is_not_known(code: str) -> None:
    """PUSH and POP name no operand: nothing is claimed."""
    assert refused(code, rsp=NOT_CANONICAL).rule == rules.UNKNOWN


@pytest.mark.parametrize("ring", [0, 3])
@pytest.mark.parametrize("target", [NOT_CANONICAL, 1 << 47])
def test_a_jump_where_no_address_is(ring: int, target: int) -> None:
    """RIP itself is the address."""
    bare = Bare()
    bare.put(b"\xff\xe0", ring)  # jmp rax
    bare.enter(ring)
    bare.state.set_general(0, target)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.ring) == (GP, 0, ring)
    assert fault.rule == rules.NOT_CANONICAL


@pytest.mark.parametrize("selector", [0, 1, 2, 3])
def test_a_null_selector_for_the_stack(selector: int) -> None:
    """MOV to SS in ring 3, from a register and from memory."""
    assert refused("8ed0", rax=selector).rule == rules.NULL_SELECTOR
    bare = Bare()
    bare.put(b"\x8e\x13", 3)  # mov ss, [rbx]
    bare.enter(3)
    bare.state.set_general(3, DATA)
    bare.memory.write(DATA, struct.pack("<H", selector))
    fault = bare.run(1)
    assert fault is not None
    assert (fault.vector, fault.rule) == (GP, rules.NULL_SELECTOR)


@pytest.mark.parametrize("ring", [0, 3])
def test_a_return_to_a_null_code_segment(ring: int) -> None:
    """IRETQ with CS = 0."""
    bare = Bare()
    bare.put(b"\x48\xcf", ring)
    bare.enter(ring)
    bare.state.rsp -= 0x100
    words = CODE3, 0, 2, RING3_STACK, USER_DATA
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *words))

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code) == (GP, 0)
    assert fault.rule == rules.NULL_SELECTOR


def test_another_segment_is_not_told_as_null() -> None:
    """Ring 3 asks for a segment of ring 0: an error code names it."""
    fault = refused("8ed0", rax=KERNEL_DATA)

    assert (fault.error_code, fault.rule) == (KERNEL_DATA, rules.SELECTOR)


@pytest.mark.parametrize(
    "code",
    ["66" * 15 + "90", "2e" * 14 + "8b03", "2e" * 13 + "8b4300", "f3" * 15 + "c3"],
)
def test_an_instruction_that_is_too_long(code: str) -> None:
    """More than 15 bytes, wherever the sixteenth belongs to."""
    assert refused(code, rbx=DATA).rule == rules.TOO_LONG


def test_fifteen_bytes_are_not_too_long() -> None:
    """The same with one prefix less runs."""
    assert Bare().attempt(bytes.fromhex("66" * 14 + "90"), 3) is None


def test_what_no_rule_explains_is_not_explained() -> None:
    """FXSAVE to an address that is not a multiple of 16."""
    bare = Bare()
    bare.put(b"\x0f\xae\x03", 3)
    bare.enter(3)
    bare.state.set_general(3, DATA + 1)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.rule) == (GP, rules.UNKNOWN)


def test_a_vector_beyond_the_table_is_not_told_as_closed() -> None:
    """The IDT ends before it."""
    bare = Bare()
    bare.put(b"\xcd\x80", 3)
    bare.enter(3)
    bare.state.load_segment(cpu.IDTR, 0, IDT, 32 * 16 - 1, 0)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.error_code, fault.rule) == (0x80 * 8 + 2, rules.IDT_LIMIT)


@pytest.mark.parametrize("kind", [0, 5, 0xC])
def test_an_entry_that_is_no_gate_is_not_told_as_closed(kind: int) -> None:
    """Empty, a task gate, a call gate; all with DPL 3."""
    bare = Bare()
    bare.set_gate(0x80, dpl=3, kind=kind)

    fault = bare.attempt(b"\xcd\x80", 3)

    assert fault is not None
    assert (fault.error_code, fault.rule) == (0x80 * 8 + 2, rules.GATE_KIND)


@pytest.mark.parametrize("rip", [NOT_CANONICAL, 1 << 47, (1 << 64) - (1 << 47) - 1])
def test_iretq_to_a_bad_address_faults_in_ring_0(rip: int) -> None:
    """From the top of the kernel's stack: the return is undone, and RSP is its frame's.

    SDM vol. 2A, IRET: the target is checked before the ring changes.
    """
    bare = Bare()
    bare.put(b"\x48\xcf", 0)
    bare.enter(0)
    bare.state.rsp = RING0_STACK - 40
    words = rip, USER_CODE, 0x202, RING3_STACK, USER_DATA
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *words))

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.ring) == (GP, 0, 0)
    assert fault.rule == rules.NOT_CANONICAL
    _, _, cs, _, rsp, _ = struct.unpack("<6Q", bare.memory.read(bare.state.rsp, 48))
    assert (cs & 3, rsp) == (0, RING0_STACK - 40)


def test_a_jump_of_ring_3_is_not_taken_for_a_return() -> None:
    """Though an old frame of another jump still lies on the kernel's stack."""
    bare = Bare()
    bare.put(b"\xff\xe0", 3)
    words = CODE3, USER_CODE, 0x202, RING3_STACK, USER_DATA
    bare.memory.write(RING0_STACK - 40, struct.pack("<5Q", *words))
    bare.enter(3)
    bare.state.set_general(0, NOT_CANONICAL)

    fault = bare.run(1)

    assert fault is not None
    assert fault.ring == 3


def test_ring_0_is_never_refused_for_its_ring() -> None:
    """HLT runs; MOV to a bad address is told by the address."""
    assert Bare().attempt(b"\xf4", 0, controls=CONTROLS) is None
    fault = refused("8b03", 0, rbx=NOT_CANONICAL)
    assert (fault.rip, fault.rule) == (CODE0, rules.NOT_CANONICAL)
