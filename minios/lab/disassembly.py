"""Instructions as text, and where the value of a register came from.

Capstone decodes. This module asks two questions after a fault: which instruction was
it, and which earlier instruction in the same function loaded the pointer that it used?
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import capstone
from capstone import x86


@dataclass(frozen=True, slots=True)
class MemoryOperand:
    """`[base + index*scale + displacement]`, by register names ("" for none)."""

    base: str
    index: str
    scale: int
    displacement: int

    def address(self, registers: dict[str, int]) -> int:
        """The effective address with these register values."""
        total = self.displacement
        total += registers.get(self.base, 0)
        total += registers.get(self.index, 0) * self.scale
        return total & (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Instruction:
    """One decoded instruction."""

    address: int
    raw: bytes
    text: str
    memory: MemoryOperand | None
    written: frozenset[str]  # 64-bit names of the registers that it changes


class _Decoders(threading.local):
    """One decoder for each thread, because threads cannot share a Capstone handle."""

    def __init__(self) -> None:
        self.own = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        self.own.detail = True


_DECODERS = _Decoders()


_WHOLE = {
    **{
        part: f"r{letter}x"
        for letter in "abcd"
        for part in (f"{letter}l", f"{letter}h", f"{letter}x", f"e{letter}x")
    },
    **{
        part: f"r{name}"
        for name in ("si", "di", "bp", "sp")
        for part in (name, f"{name}l", f"e{name}")
    },
    **{f"r{n}{suffix}": f"r{n}" for n in range(8, 16) for suffix in "bwd"},
}


def _whole(name: str) -> str:
    """The 64-bit register to which a part belongs: "r11d" is a part of "r11"."""
    return _WHOLE.get(name, name)


def _convert(raw: capstone.CsInsn) -> Instruction:
    memory = None
    for operand in raw.operands:
        if operand.type == x86.X86_OP_MEM:
            base = raw.reg_name(operand.mem.base) or ""
            index = raw.reg_name(operand.mem.index) or ""
            memory = MemoryOperand(base, index, operand.mem.scale, operand.mem.disp)
    written = frozenset(_whole(raw.reg_name(it)) for it in raw.regs_access()[1])
    text = f"{raw.mnemonic} {raw.op_str}".strip()
    return Instruction(raw.address, bytes(raw.bytes), text, memory, written)


def decode(code: bytes, address: int, *, count: int = 0) -> tuple[Instruction, ...]:
    """The instructions in these bytes, at most `count` if that is not 0."""
    return tuple(_convert(raw) for raw in _DECODERS.own.disasm(code, address, count))


def last_writer(
    code: tuple[Instruction, ...], register: str, before: int
) -> Instruction | None:
    """The nearest instruction before `before` that changes a register.

    It searches in the order of addresses, so a jump can mislead it. The caller must
    compare the result with the value in the register.
    """
    for instruction in reversed(code):
        if instruction.address < before and register in instruction.written:
            return instruction
    return None
