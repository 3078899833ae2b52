"""Random x86-64 instructions: some follow the grammar, some are plain noise.

An instruction is put together from its parts, in the order of the manual (Intel SDM
vol. 2A, "Instruction Format"), and each part is sometimes wrong on purpose:

    +-----------------+-----+---------------------+--------+-----+------+-----------+
    | legacy prefixes | REX | escape, then opcode | ModR/M | SIB | disp | immediate |
    +-----------------+-----+---------------------+--------+-----+------+-----------+
     any, in any order,     one byte; 0F; 0F 38; 0F 3A;
     up to fourteen         VEX; EVEX; XOP

The same generator (`random.Random`) always makes the same instructions.

Left out: a list of which instructions exist. Most opcodes that are made here do exist;
those that do not must raise #UD, which is worth a test as well.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from minios.dev.fuzz.shape import LEGACY_PREFIXES

LONGEST: Final = 15  # bytes; the CPU refuses an instruction that is longer

# Which opcodes have a ModR/M byte, and how many bytes of immediate operand follow
# (SDM vol. 2D, appendix A). "z" is 4 bytes, or 2 behind the prefix 66.
_ALU: Final = frozenset(range(0x40))
_MODRM: Final = frozenset(
    {code for code in _ALU if code % 8 < 4}
    | {0x63, 0x69, 0x6B, 0xC0, 0xC1, 0xC6, 0xC7, 0xF6, 0xF7, 0xFE, 0xFF}
    | {*range(0x80, 0x90), *range(0xD0, 0xD4), *range(0xD8, 0xE0)}
)
_IMMEDIATE_8: Final = frozenset(
    {code for code in _ALU if code % 8 == 4}
    | {0x6A, 0x6B, 0x80, 0x82, 0x83, 0xA8, 0xC0, 0xC1, 0xC6, 0xCD, 0xEB}
    | {*range(0x70, 0x80), *range(0xB0, 0xB8), *range(0xE0, 0xE8)}
)
_IMMEDIATE_Z: Final = frozenset(
    {code for code in _ALU if code % 8 == 5}
    | {0x68, 0x69, 0x81, 0xA9, 0xC7, 0xE8, 0xE9, *range(0xB8, 0xC0)}
)
_IMMEDIATE_OTHER: Final = {
    0xC2: 2,
    0xCA: 2,
    0xC8: 3,
    **dict.fromkeys(range(0xA0, 0xA4), 8),
}
_NO_MODRM_0F: Final = frozenset(
    {0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x0E, 0x77, 0xA0, 0xA1, 0xA2, 0xA8, 0xA9, 0xAA}
    | {*range(0x30, 0x38), *range(0x80, 0x90), *range(0xC8, 0xD0)}
)
_IMMEDIATE_8_0F: Final = frozenset(
    {0x70, 0x71, 0x72, 0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6}
)

# Opcodes that touch rings, tables, flags or strings come more often than by chance.
_SYSTEM: Final = bytes.fromhex(
    "cf cb ca cc cd f1 8e 8c 9c 9d fa fb f4 ff e4 e6 ec ed ee ef 6c 6d 6e 6f"
    "a4 a5 a6 a7 aa ab ac ad ae af 86 87 c2 c3 c8 c9 e2 e3 63 8f 9b f6 f7"
)
_SYSTEM_0F: Final = bytes.fromhex(
    "00 01 02 03 05 06 07 08 09 0b 0d 18 1e 20 21 22 23 30 31 32 33 34 35 a0 a1 a2"
    "a3 ab b3 bb ba ae c7 b0 b1 b2 b4 b5 b9 c0 c1 c3 ff"
)
_EDGES: Final = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def _few(rng: Random, most: int) -> int:
    """A number up to `most`; half of the time 0, a quarter of the time 1, ..."""
    number = 0
    while number < most and rng.random() < 0.5:
        number += 1
    return number


def prefixes(rng: Random) -> bytes:
    """Legacy prefixes in any order and number."""
    if rng.random() < 0.02:
        return bytes(rng.choices(LEGACY_PREFIXES, k=rng.randrange(LONGEST)))
    if rng.random() < 0.02:
        return bytes([rng.choice(LEGACY_PREFIXES)]) * rng.randrange(LONGEST)
    return bytes(rng.choices(LEGACY_PREFIXES, k=_few(rng, 6)))


def _rex(rng: Random) -> bytes:
    """Mostly none, mostly one; before an opcode only the last one counts."""
    kind = rng.random()
    if kind < 0.5:
        return b""
    if kind < 0.7:
        return b"\x48"
    return bytes(rng.choices(range(0x40, 0x50), k=1 + _few(rng, 2)))


def number(rng: Random, size: int) -> bytes:
    """An operand of `size` bytes that is near an edge, or anything."""
    value = rng.choice(_EDGES) if rng.random() < 0.6 else rng.getrandbits(8 * size)
    return (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def modrm(rng: Random, reg: int | None = None) -> bytes:
    """ModR/M, and the SIB byte and displacement that it asks for."""
    first = rng.randrange(256)
    if rng.random() < 0.3:
        first |= 0xC0
    if reg is not None:
        first = first & 0xC7 | reg << 3
    mode, rm = first >> 6, first & 7
    sib = bytes([rng.randrange(256)]) if mode != 3 and rm == 4 else b""
    far = mode == 2 or (mode == 0 and (rm == 5 or (sib and sib[0] & 7 == 5)))
    size = 4 if far else int(mode == 1)
    return bytes([first]) + sib + number(rng, size)


def _immediate_size(opcode: int, operand: bytes, *, is_word: bool) -> int:
    """Bytes of immediate operand of a one-byte opcode."""
    if opcode in (0xF6, 0xF7):
        has_one = operand[0] >> 3 & 7 < 2
        return has_one * (1 if opcode == 0xF6 else 2 if is_word else 4)
    if opcode in _IMMEDIATE_Z:
        return 2 if is_word else 4
    return _IMMEDIATE_OTHER.get(opcode, int(opcode in _IMMEDIATE_8))


def _one_byte(rng: Random, before: bytes) -> bytes:
    opcode = rng.choice(_SYSTEM) if rng.random() < 0.4 else rng.randrange(256)
    operand = modrm(rng) if opcode in _MODRM else b""
    is_word = b"\x66" in before
    size = _immediate_size(opcode, operand, is_word=is_word)
    if 0xB8 <= opcode < 0xC0 and before[-1:] >= b"\x48" and before[-1:] < b"\x50":
        size = 8
    return bytes([opcode]) + operand + number(rng, size)


def _two_bytes(rng: Random, before: bytes) -> bytes:
    opcode = rng.choice(_SYSTEM_0F) if rng.random() < 0.5 else rng.randrange(256)
    operand = b"" if opcode in _NO_MODRM_0F else modrm(rng)
    size = int(opcode in _IMMEDIATE_8_0F)
    if 0x80 <= opcode < 0x90:
        size = 2 if b"\x66" in before else 4
    return b"\x0f" + bytes([opcode]) + operand + number(rng, size)


def _three_bytes_38(rng: Random, _before: bytes) -> bytes:
    return b"\x0f\x38" + rng.randbytes(1) + modrm(rng)


def _three_bytes_3a(rng: Random, _before: bytes) -> bytes:
    return b"\x0f\x3a" + rng.randbytes(1) + modrm(rng) + number(rng, 1)


def _vector(escape: bytes, payload: int) -> Callable[[Random, bytes], bytes]:
    """Instructions behind an escape that has so many bytes of payload."""

    def make(rng: Random, _before: bytes) -> bytes:
        middle = bytearray(rng.randbytes(payload))
        if payload > 1 and rng.random() < 0.8:  # a map of opcodes that exists
            middle[0] = middle[0] & 0xE0 | rng.choice((1, 2, 3, 8, 9, 10))
        tail = number(rng, 1) if rng.random() < 0.3 else b""
        return escape + bytes(middle) + rng.randbytes(1) + modrm(rng) + tail

    return make


_vex2: Final = _vector(b"\xc5", 1)
_vex3: Final = _vector(b"\xc4", 2)
_evex: Final = _vector(b"\x62", 3)
_xop: Final = _vector(b"\x8f", 2)

_ENCODINGS: Final = (
    *(_one_byte, _two_bytes, _three_bytes_38, _three_bytes_3a),
    *(_vex2, _vex3, _evex, _xop),
)
_WEIGHTS: Final = (38, 36, 8, 6, 3, 4, 4, 1)


def from_grammar(rng: Random) -> bytes:
    """One instruction, put together from its parts."""
    before = prefixes(rng)
    rex = _rex(rng)
    if rng.random() < 0.1:  # REX in front of a legacy prefix counts for nothing
        before = rex + before
    else:
        before += rex
    (encode,) = rng.choices(_ENCODINGS, _WEIGHTS)
    return before + encode(rng, before)


def from_noise(rng: Random) -> bytes:
    """Bytes without any meaning."""
    return rng.randbytes(1 + rng.randrange(LONGEST))


def instruction(rng: Random) -> bytes:
    """One instruction, or what should have been one."""
    return from_noise(rng) if rng.random() < 0.15 else from_grammar(rng)


def sequence(rng: Random) -> bytes:
    """Mostly one instruction, sometimes up to four in a row."""
    return b"".join(
        instruction(rng) for _ in range(1 + _few(rng, 3) * (rng.random() < 0.4))
    )
