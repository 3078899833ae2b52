"""Interrupt vectors of the x86-64.

Source: Intel SDM vol. 3A, "Exception and Interrupt Vectors".

Vectors 0-31 belong to the CPU. The two 8259 interrupt controllers are set to the
vectors behind them, so IRQ n arrives as vector IRQ_BASE + n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Vector:
    """One exception of the CPU: its names, and whether it pushes an error code."""

    number: int
    mnemonic: str
    name: str
    has_error_code: bool

    def __str__(self) -> str:
        """The name as the manual writes it: ``#PF``. The NMI has no such name there."""
        return self.mnemonic if self.mnemonic == "NMI" else f"#{self.mnemonic}"


EXCEPTIONS: Final = (
    Vector(0, "DE", "divide error", False),
    Vector(1, "DB", "debug exception", False),
    Vector(2, "NMI", "non-maskable interrupt", False),
    Vector(3, "BP", "breakpoint", False),
    Vector(4, "OF", "overflow", False),
    Vector(5, "BR", "bound range exceeded", False),
    Vector(6, "UD", "invalid opcode", False),
    Vector(7, "NM", "device not available", False),
    Vector(8, "DF", "double fault", True),
    Vector(10, "TS", "invalid TSS", True),
    Vector(11, "NP", "segment not present", True),
    Vector(12, "SS", "stack-segment fault", True),
    Vector(13, "GP", "general protection", True),
    Vector(14, "PF", "page fault", True),
    Vector(16, "MF", "x87 floating-point error", False),
    Vector(17, "AC", "alignment check", True),
    Vector(18, "MC", "machine check", False),
    Vector(19, "XM", "SIMD floating-point exception", False),
    Vector(20, "VE", "virtualization exception", False),
    Vector(21, "CP", "control protection", True),
)

BY_NUMBER: Final = {vector.number: vector for vector in EXCEPTIONS}
HAS_ERROR_CODE: Final = frozenset(it.number for it in EXCEPTIONS if it.has_error_code)

# `int` with this vector is how code says that it must not go on: its gate is open to
# both rings, RCX holds the reason (FAIL_FAST_). Windows has 0x29, which is an IRQ here.
FAIL_FAST_VECTOR: Final = 0x99

IRQ_BASE: Final = 0x20
IRQ_TIMER: Final = 0
IRQ_CASCADE: Final = 2
IRQ_LINK: Final = 3
IRQ_CONSOLE: Final = 4
IRQ_LAMPS: Final = 14
IRQ_COUNT: Final = 16


def mnemonic(number: int) -> str:
    """The short name of a vector: ``#PF``, ``NMI``, ``IRQ 4`` or ``INT 0x80``."""
    if number in BY_NUMBER:
        return str(BY_NUMBER[number])
    if IRQ_BASE <= number < IRQ_BASE + IRQ_COUNT:
        return f"IRQ {number - IRQ_BASE}"
    return f"INT {number:#04x}"
