"""Decode as much of an instruction as is needed to say why it was refused.

An instruction in 64-bit mode (Intel SDM vol. 2A, "Instruction Format"):

    prefixes  REX  opcode               ModR/M            SIB  displacement  immediate
    0 to 14   4x   xx, 0F xx, 0F 38 xx  mod 2 reg 3 rm 3  ...  0, 1 or 4

Left out: VEX, EVEX and XOP; immediates; 16- and 32-bit modes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from minios.machine import cpu_state as cpu
from minios.machine.cpu_state import CpuState

LONGEST: Final = 15  # bytes of an instruction
LOCK: Final = 0xF0
OPERAND_SIZE: Final = 0x66
ADDRESS_SIZE: Final = 0x67
_FS: Final = 0x64
_GS: Final = 0x65
_LEGACY: Final = frozenset(
    (0x26, 0x2E, 0x36, 0x3E, _FS, _GS, OPERAND_SIZE, ADDRESS_SIZE, LOCK, 0xF2, 0xF3)
)
_REX: Final = range(0x40, 0x50)
PREFIXES: Final = _LEGACY.union(_REX)
_ARITHMETIC: Final = tuple(row + n for row in range(0, 0x40, 8) for n in range(4))
_MODRM: Final = frozenset(
    [
        *(*_ARITHMETIC, 0x63, 0x69, 0x6B, *range(0x80, 0x90), 0xC0, 0xC1, 0xC6, 0xC7),
        *(*range(0xD0, 0xD4), *range(0xD8, 0xE0), 0xF6, 0xF7, 0xFE, 0xFF),
    ]
)
_NO_MODRM_0F: Final = frozenset(
    [
        *(*range(0x04, 0x0D), 0x0E, *range(0x30, 0x38), 0x77, *range(0x80, 0x90)),
        *(*range(0xA0, 0xA3), *range(0xA8, 0xAB), *range(0xC8, 0xD0)),
    ]
)
_NEITHER: Final = frozenset({0x62, 0xC4, 0xC5})  # EVEX and VEX

# The last bytes of what may set IF: STI, POPF, IRET, SYSRET (0F 07).
MAY_SET_IF: Final = frozenset({0xFB, 0x9D, 0xCF, 0x07})

# Instructions that read their memory operand in order to write it: for each opcode, the
# values of `reg` for which that is so.
_ALL: Final = frozenset(range(8))
_READ_MODIFY_WRITE: Final = {
    **{row + n: _ALL for row in range(0, 0x38, 8) for n in (0, 1)},  # not CMP
    **dict.fromkeys((0x80, 0x81, 0x83), frozenset(range(7))),  # not CMP
    **dict.fromkeys((0x86, 0x87), _ALL),  # XCHG
    **dict.fromkeys((0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3), _ALL),  # shifts
    **dict.fromkeys((0xF6, 0xF7), frozenset({2, 3})),  # NOT, NEG
    **dict.fromkeys((0xFE, 0xFF), frozenset({0, 1})),  # INC, DEC
    **dict.fromkeys((0x0FA4, 0x0FA5, 0x0FAC, 0x0FAD), _ALL),  # SHLD, SHRD
    **dict.fromkeys((0x0FAB, 0x0FB3, 0x0FBB), _ALL),  # BTS, BTR, BTC
    0x0FBA: frozenset({5, 6, 7}),  # the same with a number
    **dict.fromkeys((0x0FB0, 0x0FB1, 0x0FC0, 0x0FC1), _ALL),  # CMPXCHG, XADD
    0x0FC7: frozenset({1}),  # CMPXCHG8B, CMPXCHG16B
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """What could be decoded of one instruction.

    Attributes:
        prefixes: all prefixes in order, with REX.
        rex: the REX prefix that counts, or 0.
        opcode: as the manual writes it: 0x0FA4 for 0F A4; -1 if unknown.
        modrm: the ModR/M byte, or -1.
        sib: the SIB byte, or -1.
        displacement: signed.
        length: bytes up to the immediate operand, including missing bytes.
    """

    prefixes: bytes
    rex: int
    opcode: int
    modrm: int = -1
    sib: int = -1
    displacement: int = 0
    length: int = 0

    @property
    def reg(self) -> int:
        """The middle field of ModR/M: a register, or one of eight instructions."""
        return self.modrm >> 3 & 7

    @property
    def has_memory_operand(self) -> bool:
        """Whether ModR/M names memory."""
        return self.modrm >= 0 and self.modrm < 0xC0

    @property
    def is_read_modify_write(self) -> bool:
        """Whether the instruction reads its memory operand and then writes it."""
        kinds = _READ_MODIFY_WRITE.get(self.opcode, frozenset())
        return self.has_memory_operand and self.reg in kinds

    def register(self) -> int:
        """The number of the register that `rm` names."""
        return self.modrm & 7 | (self.rex & 1) << 3

    def address(self, state: CpuState) -> int | None:
        """The linear address of the memory operand. None if it is relative to RIP."""
        if not self.has_memory_operand or self.modrm & 0xC7 == 5:
            return None
        at = self._base(state) + self._index(state) + self.displacement
        if ADDRESS_SIZE in self.prefixes:
            at &= 0xFFFFFFFF
        for prefix, segment in ((_FS, cpu.FS), (_GS, cpu.GS)):
            if prefix in self.prefixes:
                at += state.base(segment)
        return at & cpu.MASK64

    def _base(self, state: CpuState) -> int:
        if self.sib < 0:
            return state.general(self.register())
        if self.sib & 7 == 5 and self.modrm < 0x40:
            return 0
        return state.general(self.sib & 7 | (self.rex & 1) << 3)

    def _index(self, state: CpuState) -> int:
        index = self.sib >> 3 & 7 | (self.rex & 2) << 2
        if self.sib < 0 or index == cpu.RSP:
            return 0
        return state.general(index) << (self.sib >> 6)


def prefixes_of(code: bytes) -> bytes:
    """The prefixes of the instruction that begins here, REX included."""
    at = 0
    while at < len(code) and code[at] in PREFIXES:
        at += 1
    return code[:at]


@lru_cache(maxsize=1024)
def decode(code: bytes) -> Instruction:
    """Decode the instruction that begins here, as far as there are bytes."""
    prefixes = prefixes_of(code)
    at = len(prefixes)
    # A REX prefix counts only where it is the last one.
    rex = prefixes[-1] if prefixes and prefixes[-1] in _REX else 0
    if code[at : at + 2] in (b"\x0f\x38", b"\x0f\x3a"):
        size, has_modrm = 3, True
    elif code[at : at + 1] == b"\x0f":
        size = 2
        has_modrm = len(code) > at + 1 and code[at + 1] not in _NO_MODRM_0F
    else:
        size = 1
        has_modrm = len(code) > at and code[at] in _MODRM
    if len(code) < at + size or code[at] in _NEITHER:
        return Instruction(prefixes, rex, -1, length=at + size)
    opcode = int.from_bytes(code[at : at + size])
    at += size
    if not has_modrm or at >= len(code):
        return Instruction(prefixes, rex, opcode, length=at + has_modrm)
    return _with_operand(Instruction(prefixes, rex, opcode, code[at]), code, at + 1)


def _with_operand(it: Instruction, code: bytes, at: int) -> Instruction:
    """Read the SIB byte and the displacement, if ModR/M says that they follow."""
    sib, size = -1, 0
    if it.has_memory_operand:
        if it.modrm & 7 == 4 and at < len(code):
            sib, at = code[at], at + 1
        mod = it.modrm >> 6
        size = (0, 1, 4)[mod]
        if mod == 0 and (it.modrm & 7 == 5 or (sib >= 0 and sib & 7 == 5)):
            size = 4
    displacement = int.from_bytes(code[at : at + size], "little", signed=True)
    return replace(it, sib=sib, displacement=displacement, length=at + size)
