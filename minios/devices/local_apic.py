"""The local APIC, as far as a CPU with one 8259 pair needs it.

Registers (Intel SDM vol. 3A, "The Local APIC Block Diagram"), 32 bits each:

    offset  name
    0x020   ID
    0x030   version: 0x14, 6 LVT entries
    0x080   task priority (kept, without effect)
    0x0b0   EOI (accepted)
    0x0f0   spurious-interrupt vector: bit 8 enables the APIC
    0x350   LVT LINT0: bits 10-8 delivery mode (7 = ExtINT), bit 16 masked
    0x360   LVT LINT1 (kept)

The 8259's output is LINT0. It reaches the CPU only if the APIC is enabled and LINT0 is
unmasked and in ExtINT mode. While the APIC is disabled the mask bits are set and cannot
be cleared ("Local APIC State After It Has Been Software Disabled"): enable first, then
unmask.

Left out: the timer, interrupts between processors, IRR and ISR, fixed delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from minios.devices.pic import Pic
from minios.devices.stateful import Stateful
from minios.machine.device import Untimed

ID: Final = 0x20
VERSION: Final = 0x30
EOI: Final = 0xB0
SPURIOUS: Final = 0xF0
LINT0: Final = 0x350
LVT: Final = (0x320, 0x330, 0x340, LINT0, 0x360, 0x370)
ENABLED: Final = 1 << 8
MASKED: Final = 1 << 16
EXT_INT: Final = 7 << 8
_VERSION: Final = 0x14 | (len(LVT) - 1) << 16
_KEPT: Final = (0x80, 0xD0, 0xE0, SPURIOUS, *LVT)


@dataclass(slots=True)
class ApicState:
    """The registers that keep what is written."""

    registers: dict[int, int] = field(default_factory=dict)


class LocalApic(Untimed, Stateful[ApicState]):
    """The way by which the interrupts of the 8259 reach the CPU."""

    name = "local_apic"

    def __init__(self, pic: Pic) -> None:
        self._pic = pic
        self.reset()

    def reset(self) -> None:
        """Disabled, everything masked.

        SDM vol. 3A, "Local APIC State After Power-Up or Reset".
        """
        self.state = ApicState(
            {SPURIOUS: 0xFF, 0xE0: 0xFFFFFFFF, **dict.fromkeys(LVT, MASKED)}
        )

    def set_line(self, irq: int, level: bool) -> None:
        """No device is connected directly, so this is a bug."""
        raise AssertionError(f"IRQ {irq} belongs to the 8259, not {level}")

    def is_open(self) -> bool:
        """Whether the interrupts of the 8259 reach the CPU."""
        registers = self.state.registers
        lint0 = registers[LINT0] & (MASKED | 0x700)
        return bool(registers[SPURIOUS] & ENABLED) and lint0 == EXT_INT

    def is_pending(self) -> bool:
        """Whether the CPU's interrupt pin is high."""
        return self._pic.is_pending() and self.is_open()

    def acknowledge(self) -> int:
        """Ask the 8259 for the vector, as an ExtINT does."""
        return self._pic.acknowledge()

    def read(self, offset: int, size: int) -> int:
        """Read a register.

        Registers are 16 bytes apart; the bytes between them read as 0.
        """
        del size
        if offset == VERSION:
            return _VERSION
        return self.state.registers.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register."""
        del size
        registers = self.state.registers
        if offset not in _KEPT:
            return
        if offset in LVT and not registers[SPURIOUS] & ENABLED:
            value |= MASKED
        registers[offset] = value
        if offset == SPURIOUS and not value & ENABLED:
            for lvt in LVT:
                registers[lvt] |= MASKED
