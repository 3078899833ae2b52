"""The inputs for the CPU: code, registers, flags, and a mode.

Case number N of a seed is always the same, and can be made without the cases before it.
Cases come in blocks, because a block shares one image of memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from minios.dev.fuzz import instructions
from minios.machine import bare
from minios.machine import cpu_state as cpu

BLOCK: Final = 62
USER_CODE: Final = bare.CODE3  # and the page behind it, then nothing
USER_DEVICE: Final = 0x14000  # open to ring 3, but no RAM is there
USER_CONSTANT: Final = 0x15000  # open to ring 3 for reading
KERNEL_CODE: Final = 0x18000  # and the page behind it, then nothing
HIGH_PAGE: Final = 0xFFFF_8000_0000_0000  # of ring 0
HIGH_FRAME: Final = 0x1B000
LAST_PAGE: Final = 0xFFFF_FFFF_FFFF_F000  # of ring 3: addresses wrap behind it
LAST_FRAME: Final = 0x1C000

_ADDRESSES: Final = (
    *(USER_CODE, USER_CODE + 0x1FFC, bare.RING3_STACK - 8, bare.RING3_STACK - 0x800),
    *(bare.RING3_STACK - 0x1000, bare.RING3_STACK - 0x1001, USER_DEVICE, USER_CONSTANT),
    *(bare.PML4, 0x2000, bare.GDT + 8, bare.TSS + 4, bare.IDT + 0xE0, bare.HANDLERS),
    *(
        bare.RING0_STACK - 8,
        bare.RING0_STACK,
        KERNEL_CODE + 0x800,
        HIGH_PAGE,
        LAST_PAGE,
    ),
    *(LAST_PAGE + 0xFFC, 0x40000, 0x200000, 0xFEE00000, 0x7FFF_FFFF_FFF8),
    *(0x8000_0000_0000, 0xFFFF_7FFF_FFFF_FFFF, 0x4141_4141_4141_4141),
)
_NUMBERS: Final = (
    *(0, 1, 2, 3, 8, 0x10, 0x1B, 0x23, 0x2B, 0x30, 0x7F, 0x80, 0xFF, 0x3F8, 0x1000),
    *(0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xC0000080, 0xC0000082, 0x174, 0x10, 0x277),
    *(0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, cpu.MASK64, cpu.MASK64 - 7),
)
_STACKS: Final = {3: bare.RING3_STACK - 0x400, 0: bare.RING0_STACK - 0x400}
_FLAGS: Final = (
    *(1 << bit for bit in (0, 2, 4, 6, 7, 9, 10, 11, 18, 21)),
    *(cpu.FLAG_TF, cpu.FLAG_IOPL, cpu.FLAG_NT, cpu.FLAG_RF),
)
_RARE_FLAGS: Final = 10  # from this one on


@dataclass(frozen=True, slots=True)
class Case:
    """One input.

    Attributes:
        number: its number, in the sequence of its seed.
        code: one instruction, or a few.
        registers: the sixteen general registers; RSP is replaced unless `wild_stack`.
        rflags: RFLAGS at the first instruction.
        mode: which settings of the CPU (`modes.MODES`).
        wild_stack: whether RSP is as random as the others.
    """

    number: int
    code: bytes
    registers: tuple[int, ...]
    rflags: int
    mode: int
    wild_stack: bool

    def general(self, ring: int) -> tuple[int, ...]:
        """The general registers for a ring."""
        if self.wild_stack:
            return self.registers
        return (*self.registers[:4], _STACKS[ring], *self.registers[5:])


def _register(rng: Random) -> int:
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(_ADDRESSES)
    return rng.choice(_NUMBERS) if kind < 0.9 else rng.getrandbits(64)


def _rflags(rng: Random) -> int:
    """Random flags, mostly without TF, IOPL, NT and RF, which would change each run."""
    value = 2
    for place, flag in enumerate(_FLAGS):
        if rng.random() < (0.3 if place < _RARE_FLAGS else 0.05):
            value |= flag
    return value


def _case(rng: Random, number: int, modes: int) -> Case:
    registers = tuple(_register(rng) for _ in range(16))
    wild_stack = rng.random() < 0.1
    mode = rng.randrange(modes)
    return Case(
        number, instructions.sequence(rng), registers, _rflags(rng), mode, wild_stack
    )


def block(seed: int, number: int, modes: int) -> list[Case]:
    """The cases of a block."""
    rng = Random(f"{seed} {number}")  # noqa: S311  (no secret)
    first = number * BLOCK
    return [_case(rng, first + place, modes) for place in range(BLOCK)]
