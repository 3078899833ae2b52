"""SYSCALL and SYSENTER: ring 0 is entered where the kernel says, and nowhere beside it.

Prefixes make the instruction longer, and a debugger's single step ends behind it. What
the kernel sees is the same: RIP is LSTAR, and RCX the address of the next instruction
(SDM vol. 2B, SYSCALL and SYSENTER).
"""

from __future__ import annotations

import itertools
import struct

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import rules
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    KERNEL_CODE,
    RING3_STACK,
    Bare,
)
from minios.machine.paging import Controls

DB, UD, GP = 1, 6, 13
RAX, RCX, RDX, R11 = 0, 1, 2, 11
TF, IF, RF = 1 << 8, 1 << 9, 1 << 16
STAR, LSTAR, FMASK = 0xC0000081, 0xC0000082, 0xC0000084
SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP = 0x174, 0x175, 0x176
ENTRY, ENTRY_STACK = CODE0 + 0x200, 0x8F00
SYSCALL, SYSENTER = b"\x0f\x05", b"\x0f\x34"
USER_CODE32 = 0x3B  # the last entry of the GDT, made here
STEPPING = CONTROLS._replace(rflags=TF)
SEGMENTS = b"\x26\x2e\x36\x3e\x64\x65"
HARMLESS = [
    b"",
    *(bytes((prefix,)) for prefix in b"\x66\x67\xf2\xf3" + SEGMENTS),
    *(bytes((rex,)) for rex in (0x40, 0x41, 0x44, 0x45, 0x48, 0x4F)),
    b"\x2e" * 8,
    b"\x66" * 13,
    b"\x48" * 13,
    *map(bytes, itertools.permutations(b"\x66\x2e\xf2\x48")),
]
LOCKED = [
    *map(bytes, itertools.permutations(b"\xf0\x2e\x66")),
    *(b"\xf0", b"\xf0\x48", b"\x48\xf0", b"\xf0" * 13, b"\xf2\xf0"),
]
VEX = [
    *(b"\xc5\x26", b"\xc5\xc1", b"\xc5\xe4", b"\xc5\xf8", b"\xc5\xfc"),
    *(b"\xc4\xe1\x78", b"\xc4\x61\x78", b"\xc4\xc1\xfc", b"\x2e\xc5\xf8"),
]


def ids(code: bytes) -> str:
    """Bytes as a name."""
    return code.hex() or "none"


def with_doors() -> Bare:
    """A CPU whose registers lead all fast doors to ENTRY."""
    bare = Bare()
    for msr, value in (
        (STAR, KERNEL_CODE << 32),
        (LSTAR, ENTRY),
        (FMASK, IF),
        (SYSENTER_CS, KERNEL_CODE),
        (SYSENTER_ESP, ENTRY_STACK),
        (SYSENTER_EIP, ENTRY),
    ):
        write_msr(bare, msr, value)
    bare.faults.clear()
    return bare


def write_msr(bare: Bare, msr: int, value: int) -> None:
    """As ring 0 does it."""
    bare.put(b"\x0f\x30", 0)
    bare.enter(0)
    bare.state.set_general(RCX, msr)
    bare.state.set_general(RAX, value & 0xFFFFFFFF)
    bare.state.set_general(RDX, value >> 32)
    bare.run(1)


def first_word(bare: Bare) -> int:
    """RIP in the frame of an exception without an error code."""
    (word,) = struct.unpack("<Q", bare.memory.read(bare.state.rsp, 8))
    return int(word)


@pytest.mark.parametrize("prefixes", HARMLESS, ids=ids)
@pytest.mark.parametrize("again", [1, 2])
def test_prefixes_do_not_move_the_entry_of_syscall(prefixes: bytes, again: int) -> None:
    """LSTAR and the next instruction, also where the door is known already."""
    bare = with_doors()
    bare.put(prefixes + SYSCALL, 3)

    for _ in range(again):
        bare.enter(3)
        assert bare.run(1) is None
        assert (bare.state.cpl, bare.state.rip) == (0, ENTRY)
        assert bare.state.general(RCX) == CODE3 + len(prefixes) + 2


@pytest.mark.parametrize("prefixes", [b"\x66", b"\x48", b"\x2e" * 8], ids=ids)
def test_a_longer_door_in_the_place_of_a_short_one_is_measured(prefixes: bytes) -> None:
    """The place was learnt with another instruction in it."""
    bare = with_doors()
    for code in (SYSCALL, prefixes + SYSCALL, SYSCALL):
        bare.put(code, 3)
        bare.enter(3)
        bare.run(1)
        assert bare.state.rip == ENTRY
        assert bare.state.general(RCX) == CODE3 + len(code)


@pytest.mark.parametrize("code", [SYSCALL, SYSENTER], ids=["syscall", "sysenter"])
@pytest.mark.parametrize("prefixes", LOCKED + VEX, ids=ids)
@pytest.mark.parametrize("controls", [CONTROLS, STEPPING], ids=["", "stepping"])
def test_lock_and_vex_make_a_door_an_invalid_instruction(
    prefixes: bytes, code: bytes, controls: Controls
) -> None:
    """#UD at its first byte, and no single step is reported."""
    bare = with_doors()
    bare.put(prefixes + code[-1:] if prefixes in VEX else prefixes + code, 3)
    bare.enter(3, controls=controls)

    bare.run(1)

    assert [(f.vector, f.ring, f.rip) for f in bare.faults] == [(UD, 3, CODE3)]
    assert bare.state.rip == bare.handler(UD)


@pytest.mark.parametrize("prefixes", HARMLESS, ids=ids)
def test_prefixes_do_not_move_the_entry_of_sysenter(prefixes: bytes) -> None:
    """IA32_SYSENTER_EIP and _ESP; with an operand-size prefix there is none."""
    bare = with_doors()
    bare.put(prefixes + SYSENTER, 3)
    bare.enter(3, controls=CONTROLS._replace(rflags=IF))

    fault = bare.run(1)

    if 0x66 in prefixes:
        assert fault is not None
        assert (fault.vector, fault.rip) == (UD, CODE3)
    else:
        assert fault is None
        assert (bare.state.cpl, bare.state.rip) == (0, ENTRY)
        assert (bare.state.rsp, bare.state.selector(cpu.CS)) == (ENTRY_STACK, 8)
        assert not bare.state.system_flags & IF


@pytest.mark.parametrize("prefixes", HARMLESS, ids=ids)
def test_a_closed_sysenter_faults_once(prefixes: bytes) -> None:
    """#GP(0) at its first byte; stepping adds nothing to it."""
    bare = Bare()
    bare.put(prefixes + SYSENTER, 3)
    for controls in (CONTROLS, STEPPING):
        bare.enter(3, controls=controls)
        bare.run(1)
        seen = [(fault.vector, fault.ring, fault.rip) for fault in bare.faults]
        vector = UD if 0x66 in prefixes else GP
        assert seen == [(vector, 3, CODE3)]
        assert bare.state.rip == bare.handler(vector)
    if vector == GP:
        assert bare.faults[0].rule == rules.SYSENTER


@pytest.mark.parametrize("prefixes", HARMLESS, ids=ids)
def test_a_step_over_syscall_is_reported_at_the_kernels_entry(prefixes: bytes) -> None:
    """TF stays set, because FMASK does not clear it: #DB before the first instruction.

    SDM vol. 3B, "Single-Step Exception Condition". R11 keeps TF.
    """
    bare = with_doors()
    bare.put(prefixes + SYSCALL, 3)
    bare.enter(3, controls=STEPPING)

    bare.run(1)

    assert [(fault.vector, fault.ring) for fault in bare.faults] == [(DB, 0)]
    assert first_word(bare) == ENTRY
    assert bare.state.general(RCX) == CODE3 + len(prefixes) + 2
    assert bare.state.general(R11) & TF


def test_a_kernel_that_masks_tf_is_not_stepped() -> None:
    """FMASK has TF: the step ends at the door."""
    bare = with_doors()
    write_msr(bare, FMASK, TF | IF)
    bare.put(SYSCALL, 3)
    bare.enter(3, controls=STEPPING)

    assert bare.run(1) is None
    assert (bare.state.rip, bare.state.system_flags & TF) == (ENTRY, 0)
    assert bare.state.general(R11) & TF


def test_the_frame_of_a_step_has_ring_0_and_tf() -> None:
    """It goes to the stack that RSP still names: the program's."""
    bare = with_doors()
    bare.put(SYSCALL, 3)
    bare.enter(3, controls=STEPPING)

    bare.run(1)

    words = struct.unpack("<5Q", bare.memory.read(bare.state.rsp, 40))
    assert words == (ENTRY, KERNEL_CODE, TF | 2, RING3_STACK, KERNEL_CODE + 8)


@pytest.mark.parametrize("code", [SYSCALL, b"\x67" + SYSCALL, b"\x66\xf2" + SYSCALL])
@pytest.mark.parametrize("controls", [CONTROLS, STEPPING], ids=["", "stepping"])
def test_syscall_does_not_exist_in_32_bit_code(code: bytes, controls: Controls) -> None:
    """A compatibility segment of ring 3: #UD, on Intel's CPUs."""
    bare = with_doors()
    bare.put(code, 3)
    bare.enter(3, controls=controls)
    bare.state.load_segment(cpu.CS, USER_CODE32, 0, 0xFFFFFFFF, 0x00CFFB00)
    bare.state.hflags &= ~cpu.HF_CS64

    bare.run(1)

    seen = [(fault.vector, fault.ring, fault.rip) for fault in bare.faults]
    assert seen == [(UD, 3, CODE3)]


@pytest.mark.parametrize("selector", [0, 1, 2, 3])
def test_sysenter_with_a_null_segment_is_refused(selector: int) -> None:
    """Bits 1 and 0 of IA32_SYSENTER_CS do not count."""
    bare = with_doors()
    write_msr(bare, SYSENTER_CS, selector)
    bare.put(SYSENTER, 3)
    bare.enter(3)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.rule) == (GP, 0, rules.SYSENTER)
