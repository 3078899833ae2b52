"""Which rule a #GP(0) broke, as far as the instruction and its operands prove it.

The CPU says only that it refused the instruction. So this module reads the instruction
again, and checks each rule that it could have broken. The answer is the first rule that
it did break, or "not known" (Intel SDM vol. 3A, "Exception and Interrupt Reference",
#GP).

Left out: VEX and EVEX, operands relative to RIP, reserved bits of control registers and
of model-specific registers, and what virtualization forbids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine import paging, rules
from minios.machine.cpu_state import CpuState
from minios.machine.instruction import (
    ADDRESS_SIZE,
    LONGEST,
    OPERAND_SIZE,
    Instruction,
    decode,
)
from minios.machine.rules import Rule

Read = Callable[[int, int], bytes]  # up to so many bytes at a linear address

_PORTS: Final = frozenset({*range(0x6C, 0x70), *range(0xE4, 0xE8), *range(0xEC, 0xF0)})
_CLI_STI: Final = frozenset({0xFA, 0xFB})
_SYSENTER: Final = 0x0F34
_MOV_TO_SEGMENT: Final = 0x8E
_IRET: Final = 0xCF
_FAR_RETURNS: Final = frozenset({0xCA, 0xCB})
_GROUP_5: Final = 0xFF  # /3 and /5: CALL and JMP to a far pointer in memory
_FAR: Final = frozenset({3, 5})
_CR4_TSD: Final = 1 << 2
_CR4_PCE: Final = 1 << 8
# HLT; CLTS, SYSRET, INVD, WBINVD, MOV to and from CR and DR, WRMSR, RDMSR, SYSEXIT.
_RING0: Final = frozenset(
    {0xF4, 0x0F06, 0x0F07, 0x0F08, 0x0F09, 0x0F30, 0x0F32, 0x0F35}
    | set(range(0x0F20, 0x0F24))
)
_RDTSC: Final = 0x0F31
_RDPMC: Final = 0x0F33
_GROUP_6: Final = 0x0F00
_LOAD_TABLES: Final = frozenset({2, 3})  # LLDT, LTR
_GROUP_7: Final = 0x0F01
_RING0_OF_7: Final = frozenset({2, 3, 6, 7})  # LGDT, LIDT, LMSW, INVLPG
_SWAPGS: Final = 0xF8  # ModR/M of group 7
_XSETBV: Final = 0xD1
_RDTSCP: Final = 0xF9
_WHOLE_ADDRESSES: Final = range(0xA0, 0xA4)  # MOV with an address as immediate operand
# String instructions, by whether they use RSI and RDI.
_STRINGS: Final = {
    **dict.fromkeys((0xA4, 0xA5, 0xA6, 0xA7), (cpu.RSI, cpu.RDI)),
    **dict.fromkeys((0xAC, 0xAD, 0x6E, 0x6F), (cpu.RSI,)),
    **dict.fromkeys((0xAA, 0xAB, 0xAE, 0xAF, 0x6C, 0x6D), (cpu.RDI,)),
}


def broken_rule(state: CpuState, read: Read) -> Rule:
    """The rule that the instruction at RIP broke.

    Args:
        state: the state before the delivery.
        read: reads memory, whoever may access it.
    """
    if not paging.is_canonical(state.rip):
        return rules.NOT_CANONICAL
    it = decode(read(state.rip, LONGEST))
    if it.length > LONGEST or len(it.prefixes) == LONGEST:
        return rules.TOO_LONG
    if it.opcode == _SYSENTER:
        return rules.SYSENTER
    return (
        (_rule_of_ring(state, it) if state.cpl else None)
        or _rule_of_selector(state, it, read)
        or _rule_of_address(state, it, read)
        or rules.UNKNOWN
    )


def _rule_of_ring(state: CpuState, it: Instruction) -> Rule | None:
    """Instructions that only ring 0 may execute, or a ring that ring 0 allows."""
    if state.cpl > state.system_flags >> 12 & 3:  # IOPL
        if it.opcode in _PORTS:
            return rules.IO_PRIVILEGE
        if it.opcode in _CLI_STI:
            return rules.INTERRUPT_FLAG
    is_ring0 = (
        it.opcode in _RING0
        or (it.opcode == _GROUP_6 and it.reg in _LOAD_TABLES)
        or (it.opcode == _GROUP_7 and _is_ring0_of_7(it, state))
        or (it.opcode == _RDTSC and state.cr(4) & _CR4_TSD)
        or (it.opcode == _RDPMC and not state.cr(4) & _CR4_PCE)
    )
    return rules.PRIVILEGED if is_ring0 else None


def _is_ring0_of_7(it: Instruction, state: CpuState) -> bool:
    if it.has_memory_operand or it.reg == 6:
        return it.reg in _RING0_OF_7
    is_rdtscp = it.modrm == _RDTSCP and bool(state.cr(4) & _CR4_TSD)
    return it.modrm in (_SWAPGS, _XSETBV) or is_rdtscp


def _rule_of_selector(state: CpuState, it: Instruction, read: Read) -> Rule | None:
    """A null selector for CS or SS."""
    selector = None
    if it.opcode == _MOV_TO_SEGMENT and it.reg == cpu.SS:
        selector = _operand(state, it, read, 0)
    elif it.opcode == _IRET or it.opcode in _FAR_RETURNS:
        selector = _word(read, state.rsp + _operand_bytes(it))
    elif it.opcode == _GROUP_5 and it.reg in _FAR:
        selector = _operand(state, it, read, _operand_bytes(it))
    if selector is not None and not selector & 0xFFFC:
        return rules.NULL_SELECTOR
    return None


def _rule_of_address(state: CpuState, it: Instruction, read: Read) -> Rule | None:
    """An operand at an address that is not canonical."""
    addresses = [state.general(n) for n in _STRINGS.get(it.opcode, ())]
    if it.opcode in _WHOLE_ADDRESSES and ADDRESS_SIZE not in it.prefixes:
        raw = read(state.rip + it.length, 8)
        addresses.append(int.from_bytes(raw, "little"))
    operand = it.address(state)
    if operand is not None:
        addresses.append(operand)
    if all(map(paging.is_canonical, addresses)):
        return None
    return rules.NOT_CANONICAL


def _operand_bytes(it: Instruction) -> int:
    """The size of RIP in memory: 4 without a prefix, as for IRET and far RET or JMP."""
    if it.rex & 8:
        return 8
    return 2 if OPERAND_SIZE in it.prefixes else 4


def _operand(state: CpuState, it: Instruction, read: Read, offset: int) -> int | None:
    """The selector in a register, or in memory behind an offset."""
    if not it.has_memory_operand:
        return state.general(it.register()) & 0xFFFF
    address = it.address(state)
    return None if address is None else _word(read, address + offset)


def _word(read: Read, address: int) -> int | None:
    raw = read(address & cpu.MASK64, 2)
    return int.from_bytes(raw, "little") if len(raw) == 2 else None
