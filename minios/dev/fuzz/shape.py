"""The parts of an instruction that can be told without knowing what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEGACY_PREFIXES: Final = bytes.fromhex("f0f2f3 2e363e266465 6667")
_ESCAPES: Final = {b"\x0f\x38": 0, b"\x0f\x3a": 0, b"\x0f": 0} | {
    b"\xc4": 2,  # VEX, and how many bytes of payload follow
    b"\xc5": 1,
    b"\x62": 3,  # EVEX
}
_PRIVILEGED: Final = bytes.fromhex(
    "cf cb ca cc cd f1 ce 8e f4 e4 e5 e6 e7 ec ed ee ef 6c 6d 6e 6f 9d ff fb"
)
_PRIVILEGED_0F: Final = bytes.fromhex(
    "00 01 05 06 07 08 09 20 21 22 23 30 31 32 33 34 35 a1 a9 ae b2 b4 b5 c7"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the bytes of an instruction say about it before any operand.

    Attributes:
        prefixes: legacy prefixes, in order.
        rex: the REX prefix in force, or 0.
        stray_rex: there is one in front of a legacy prefix, where it is ignored.
        escape: 0F, 0F 38, 0F 3A, or the first byte of VEX, EVEX and XOP.
        opcode: the byte behind the escape and its payload.
        modrm: the byte behind the opcode, whether it is a ModR/M or not.
    """

    prefixes: bytes
    rex: int
    stray_rex: bool
    escape: bytes
    opcode: int
    modrm: int

    @classmethod
    def of(cls, code: bytes) -> Shape:
        """Look at the bytes; where they end, `int3` follows."""
        padded = code + b"\xcc" * 6
        at = rex = 0
        stray_rex = False
        while padded[at] in LEGACY_PREFIXES or padded[at] >> 4 == 4:
            is_rex = padded[at] >> 4 == 4
            stray_rex = stray_rex or (rex != 0 and not is_rex)
            rex = padded[at] if is_rex else 0
            at += 1
        prefixes = bytes(it for it in code[:at] if it in LEGACY_PREFIXES)
        escape = next((it for it in _ESCAPES if padded.startswith(it, at)), b"")
        at += len(escape) + _ESCAPES.get(escape, 0)
        opcode, modrm = padded[at], padded[at + 1]
        return cls(prefixes, rex, stray_rex, escape, opcode, modrm)

    @property
    def reg(self) -> int:
        """The field in the middle of ModR/M: often a part of the opcode."""
        return self.modrm >> 3 & 7

    @property
    def is_register(self) -> bool:
        """Whether ModR/M names a register, not memory."""
        return self.modrm >= 0xC0

    @property
    def is_xop(self) -> bool:
        """Whether it is an escape of AMD's, that Intel has not."""
        return self.escape == b"" and self.opcode == 0x8F and self.reg != 0

    @property
    def is_privileged(self) -> bool:
        """Whether in ring 0 it may do what only a kernel can foresee."""
        opcodes = _PRIVILEGED_0F if self.escape else _PRIVILEGED
        return len(self.escape) < 2 and self.opcode in opcodes
