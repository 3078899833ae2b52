"""8259A programmable interrupt controllers, a pair in cascade.

Registers (Intel 8259A datasheet); offset 0/1 the master, 2/3 the slave:

    offset  write                                          read
    0, 2    bit 4 = 1: ICW1, begins ICW2, ICW3, [ICW4]     IRR, or ISR after OCW3 = 0x0b
            bits 4-3 = 00: OCW2, end of interrupt
            bits 4-3 = 01: OCW3, what to read
    1, 3    ICW2-4 while being initialized, else IMR       IMR

IRQ 0 has the highest priority; the slave hangs on IRQ 2. Inputs are edge triggered: a
rising edge is remembered in IRR until it is acknowledged, as in QEMU. An acknowledge
with nothing requested gives the spurious IRQ 7 and sets no ISR bit.

Left out: level triggering (ELCR), special fully nested mode, rotating priorities,
special mask mode, polled mode, buffered mode, the 8080's CALL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from minios.devices.stateful import Stateful
from minios.machine.device import Untimed

SPURIOUS: Final = 7
_CASCADE: Final = 2
_ICW1: Final = 0x10
_ICW1_ICW4: Final = 0x01
_ICW4_AUTO_EOI: Final = 0x02
_OCW3: Final = 0x08
_EOI: Final = 0x20
_SPECIFIC: Final = 0x40


@dataclass(slots=True)
class ChipState:
    """One 8259A."""

    irr: int = 0
    isr: int = 0
    imr: int = 0xFF
    lines: int = 0
    base: int = 0
    reads_isr: bool = False
    auto_eoi: bool = False
    expecting: list[int] = field(default_factory=list)  # which ICWs are still to come


def _highest(bits: int) -> int:
    """Number of the lowest set bit, which has the highest priority; 8 for none."""
    return (bits & -bits).bit_length() - 1 if bits else 8


class Chip:
    """The logic of one 8259A over its state."""

    def __init__(self, state: ChipState) -> None:
        self.state = state

    def set_line(self, number: int, *, level: bool) -> None:
        """An input has changed."""
        bit = 1 << number
        state = self.state
        if level and not state.lines & bit:
            state.irr |= bit
        state.lines = state.lines | bit if level else state.lines & ~bit

    def requested(self) -> int:
        """The input to serve now; 8 for none."""
        state = self.state
        waiting = state.irr & ~state.imr
        if not waiting:
            return 8
        number = _highest(waiting)
        return number if number < _highest(state.isr) else 8

    def acknowledge(self) -> int:
        """The CPU takes the interrupt. Returns the number of the input."""
        number = self.requested()
        if number == 8:
            return SPURIOUS
        bit = 1 << number
        self.state.irr &= ~bit
        if not self.state.auto_eoi:
            self.state.isr |= bit
        return number

    def read(self, register: int) -> int:
        """Read one of the two registers."""
        if register:
            return self.state.imr
        return self.state.isr if self.state.reads_isr else self.state.irr

    def write(self, register: int, value: int) -> None:
        """Write one of the two registers."""
        state = self.state
        if register:
            self._write_data(value)
        elif value & _ICW1:
            state.irr = state.isr = state.imr = 0
            state.reads_isr = state.auto_eoi = False
            state.expecting = [2, 3, 4] if value & _ICW1_ICW4 else [2, 3]
        elif value & _OCW3:
            if value & 2:
                state.reads_isr = bool(value & 1)
        elif value & _EOI:
            number = value & 7 if value & _SPECIFIC else _highest(state.isr)
            state.isr &= ~(1 << number) & 0xFF

    def _write_data(self, value: int) -> None:
        state = self.state
        word = state.expecting.pop(0) if state.expecting else 0
        if word == 0:
            state.imr = value
        elif word == 2:
            state.base = value & 0xF8
        elif word == 4:
            state.auto_eoi = bool(value & _ICW4_AUTO_EOI)


@dataclass(slots=True)
class PicState:
    """The state of both chips."""

    master: ChipState = field(default_factory=ChipState)
    slave: ChipState = field(default_factory=ChipState)


class Pic(Untimed, Stateful[PicState]):
    """The pair of chips: sixteen inputs and one output."""

    name = "pic"

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Mask everything and drop all requests. The wires keep their levels."""
        self.state = PicState()
        self._bind()

    def load(self, state: object) -> None:
        """Set a saved state."""
        super().load(state)
        self._bind()

    def _bind(self) -> None:
        self._master = Chip(self.state.master)
        self._slave = Chip(self.state.slave)

    def set_line(self, irq: int, level: bool) -> None:
        """A device sets one of the sixteen wires."""
        chip = self._slave if irq >= 8 else self._master
        chip.set_line(irq & 7, level=level)
        self._cascade()

    def _cascade(self) -> None:
        """Connect the slave's output to the master's input 2."""
        self._master.set_line(_CASCADE, level=False)
        if self._slave.requested() < 8:
            self._master.set_line(_CASCADE, level=True)
        else:
            self.state.master.irr &= ~(1 << _CASCADE)

    def is_pending(self) -> bool:
        """Whether the output is high."""
        return self._master.requested() < 8

    def acknowledge(self) -> int:
        """The vector of the interrupt that the CPU takes."""
        number = self._master.acknowledge()
        if number != _CASCADE:
            return self.state.master.base + number
        number = self._slave.acknowledge()
        self._cascade()
        return self.state.slave.base + number

    def read(self, offset: int, size: int) -> int:
        """Read a register, which is one byte wide."""
        del size
        chip = self._slave if offset & 2 else self._master
        return chip.read(offset & 1)

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register, which is one byte wide."""
        del size
        chip = self._slave if offset & 2 else self._master
        chip.write(offset & 1, value & 0xFF)
        self._cascade()
