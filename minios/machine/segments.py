"""Descriptors, gates and the task state segment, as far as 64-bit mode uses them.

A 64-bit gate of the IDT (Intel SDM vol. 3A, "64-Bit Mode IDT"):

     127   96 95   64 63   48 47 46-45 44 43-40 39-35 34-32 31     16 15    0
    +--------+-------+-------+--+-----+--+-----+-----+-----+---------+-------+
    |reserved| offset| offset|P | DPL | 0| type|  0  | IST | selector| offset|
    |        | 63-32 | 31-16 |  |     |  |     |     |     |         | 15-0  |
    +--------+-------+-------+--+-----+--+-----+-----+-----+---------+-------+

A code or data descriptor, high half: G D/B L AVL ... P DPL S type.

Left out: 16- and 32-bit gates, call gates, task gates, expand-down segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

GATE_BYTES: Final = 16
INTERRUPT_GATE: Final = 0xE
TRAP_GATE: Final = 0xF

# Bits of the high half of a descriptor.
TYPE_CODE: Final = 1 << 11
TYPE_CONFORMING: Final = 1 << 10
NOT_SYSTEM: Final = 1 << 12
PRESENT: Final = 1 << 15
LONG: Final = 1 << 21
DEFAULT_32: Final = 1 << 22
GRANULARITY: Final = 1 << 23
DPL_SHIFT: Final = 13

# What `syscall` loads into the hidden parts (SDM vol. 2B, SYSCALL): flat, 64-bit.
FLAT_CODE64: Final = 0x00A09B00
FLAT_CODE32: Final = 0x00CF9B00
FLAT_DATA: Final = 0x00CF9300
BUSY_TSS: Final = 0x00008B00

# Bits 1 and 0 of an error code that names a descriptor (SDM vol. 3A, "Error Code").
ERROR_EXT: Final = 1
ERROR_IDT: Final = 2

TSS_RSP0: Final = 4
TSS_IST1: Final = 36
TSS_IO_MAP_BASE: Final = 102


@dataclass(frozen=True, slots=True)
class Gate:
    """One entry of the IDT."""

    offset: int
    selector: int
    ist: int
    kind: int
    dpl: int
    present: bool

    @classmethod
    def decode(cls, low: int, high: int) -> Gate:
        """Decode a gate from the two 64-bit words of its entry."""
        return cls(
            offset=low & 0xFFFF | low >> 32 & 0xFFFF0000 | (high & 0xFFFFFFFF) << 32,
            selector=low >> 16 & 0xFFFF,
            ist=low >> 32 & 7,
            kind=low >> 40 & 0x1F,
            dpl=low >> 45 & 3,
            present=bool(low >> 47 & 1),
        )

    def encode(self) -> bytes:
        """The 16 bytes of the entry."""
        low = (
            self.offset & 0xFFFF
            | self.selector << 16
            | self.ist << 32
            | self.kind << 40
            | self.dpl << 45
            | int(self.present) << 47
            | (self.offset >> 16 & 0xFFFF) << 48
        )
        return (low | self.offset >> 32 << 64).to_bytes(GATE_BYTES, "little")


decode_gate = lru_cache(maxsize=1024)(Gate.decode)


def descriptor_base(descriptor: int) -> int:
    """The base of an 8-byte descriptor."""
    return descriptor >> 16 & 0xFFFFFF | descriptor >> 32 & 0xFF000000


def descriptor_limit(descriptor: int) -> int:
    """The limit of an 8-byte descriptor: the offset of its last byte."""
    limit = descriptor & 0xFFFF | descriptor >> 32 & 0xF0000
    return limit << 12 | 0xFFF if descriptor >> 32 & GRANULARITY else limit


@lru_cache(maxsize=64)
def hidden_part(descriptor: int) -> tuple[int, int, int]:
    """The part of a descriptor that the CPU keeps: base, limit, and the high half."""
    return descriptor_base(descriptor), descriptor_limit(descriptor), descriptor >> 32


def error_code(selector: int, *, idt: bool, external: bool) -> int:
    """The error code that names a descriptor (SDM vol. 3A, "Error Code").

    Args:
        selector: the selector, or 8 times the vector for a gate.
        idt: whether the index refers to a gate.
        external: whether an event outside of the program caused it (EXT).
    """
    return selector & 0xFFFC | ERROR_IDT * idt | ERROR_EXT * external
