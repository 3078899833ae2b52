"""The settings in which the CPU runs random instructions, and the way to reach them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from minios.dev.fuzz import cases
from minios.machine import bare

SYSCALL_DOOR: Final = 0xE800
SYSENTER_DOOR: Final = 0xEC00
USER_CODE32: Final = 0x1B
FMASK: Final = 0x257FD5  # all flags that are not reserved
_PAE, _FXSR, _SIMD, _FSGSBASE, _XSAVE = 1 << 5, 1 << 9, 1 << 10, 1 << 16, 1 << 18
_SMEP, _SMAP, _PKE, _UMIP, _TSD = 1 << 20, 1 << 21, 1 << 22, 1 << 11, 1 << 2
_CR0: Final = 0x80050033  # PG, AM, WP, NE, ET, MP, PE
_EM, _TS = 1 << 2, 1 << 3
SETTINGS: Final = 28  # instructions in `settings`
INTO_RING3: Final = 11  # ... and in `into_ring3`


@dataclass(frozen=True, slots=True)
class Mode:
    """Settings of the CPU."""

    name: str
    cr4: int
    cr0: int = _CR0
    code: int = bare.USER_CODE  # the selector of ring 3


MODES: Final = (
    Mode("everything on", _PAE | _FXSR | _SIMD | _FSGSBASE | _XSAVE),
    Mode("guarded", _PAE | _FXSR | _SIMD | _SMEP | _SMAP | _PKE | _UMIP | _TSD),
    Mode("no vectors", _PAE, cr0=_CR0 | _EM),
    Mode("lazy vectors", _PAE | _FXSR | _SIMD, cr0=_CR0 | _TS),
    Mode("32 bits in ring 3", _PAE | _FXSR | _SIMD | _XSAVE, code=USER_CODE32),
)


def _wrmsr(number: int, value: int) -> bytes:
    low, high = value & 0xFFFFFFFF, value >> 32
    return struct.pack("<BIBIBI2s", 0xB9, number, 0xB8, low, 0xBA, high, b"\x0f\x30")


def _mov_rax(value: int) -> bytes:
    return b"\x48\xb8" + struct.pack("<Q", value)


def settings(mode: Mode) -> bytes:
    """Code of ring 0 that sets what `Bare` leaves alone."""
    return (
        _wrmsr(0xC0000081, bare.KERNEL_CODE << 32 | 0x1B << 48)  # STAR
        + _wrmsr(0xC0000082, SYSCALL_DOOR)
        + _wrmsr(0xC0000084, FMASK)
        + _wrmsr(0x174, bare.KERNEL_CODE)
        + _wrmsr(0x175, bare.RING0_STACK)
        + _wrmsr(0x176, SYSENTER_DOOR)
        + (_mov_rax(mode.cr4) + b"\x0f\x22\xe0")  # mov cr4, rax
        + (_mov_rax(mode.cr0) + b"\x0f\x22\xc0")  # mov cr0, rax
    )


def into_ring3(mode: Mode) -> bytes:
    """Code of ring 0 that goes to ring 3 with `iretq`."""
    frame = (bare.USER_DATA, bare.RING3_STACK, 2, mode.code, cases.USER_CODE)
    return b"".join(_mov_rax(word) + b"\x50" for word in frame) + b"\x48\xcf"
