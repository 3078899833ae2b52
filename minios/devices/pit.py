"""8254 programmable interval timer, channel 0.

Registers (Intel 8254 datasheet):

    offset  write                              read
    0       reload value of channel 0          its count, or what was latched
    1, 2    (channels 1 and 2: ignored)        all ones
    3       control word:                      all ones
            bits 7-6 channel, 5-4 access (00 latch, 01 low, 10 high, 11 low then high),
            3-1 mode, 0 BCD

The clock is 1193182 Hz of virtual time. Mode 2 (rate generator) and mode 3 (square
wave) count down and begin again, mode 0 counts once. The output of channel 0 is IRQ 0:
a rising edge at the end of each period; a reload value of 0 means 65536. A new reload
value takes effect at once, as in QEMU; after a mode is set, counting begins with the
value.

Left out: modes 1, 4 and 5, BCD, the read-back command, channels 1 and 2, the speaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi.ports import PIT_HZ
from minios.devices.stateful import Stateful
from minios.machine.device import IrqLine

_NS: Final = 1_000_000_000
_ONE_SHOT: Final = 0
_SQUARE_WAVE: Final = 3
_BYTES: Final = {1: (0,), 2: (8,), 3: (0, 8)}


@dataclass(slots=True)
class PitState:
    """The state of channel 0."""

    now: int = 0
    mode: int = _SQUARE_WAVE
    access: int = 3
    reload: int = 0  # 0 = not started
    start: int = 0  # when counting began, ns
    edges: int = 0  # rising edges delivered since then
    half_written: int | None = None
    reads_high: bool = False
    latch: list[int] | None = None


class Pit(Stateful[PitState]):
    """The timer."""

    name = "pit"

    def __init__(self, irq: IrqLine) -> None:
        self._irq = irq
        self.state = PitState()

    def reset(self) -> None:
        """Stop counting."""
        self.state = PitState(now=self.state.now)
        self._irq.lower()

    def _ticks(self) -> int:
        """Clock pulses since the counting began."""
        return (self.state.now - self.state.start) * PIT_HZ // _NS

    def _count(self) -> int:
        """The current value of the counter."""
        state = self.state
        if not state.reload:
            return 0
        ticks = self._ticks()
        if state.mode == _ONE_SHOT:
            return (state.reload - ticks) & 0xFFFF
        if state.mode == _SQUARE_WAVE:
            return state.reload - (2 * ticks) % state.reload & 0xFFFF
        return state.reload - ticks % state.reload & 0xFFFF

    def read(self, offset: int, size: int) -> int:
        """Read one byte of the count: low, high or in turn, by the control word."""
        del size
        if offset:
            return 0xFF
        state = self.state
        if state.latch:
            return state.latch.pop(0)
        count = self._count()
        shifts = _BYTES[state.access]
        shift = shifts[state.reads_high and len(shifts) == 2]
        state.reads_high = not state.reads_high
        return count >> shift & 0xFF

    def write(self, offset: int, size: int, value: int) -> None:
        """Write the control word, or one byte of the reload value."""
        del size
        if offset == 3:
            self._control(value)
        elif offset == 0:
            self._reload(value & 0xFF)

    def _control(self, value: int) -> None:
        state = self.state
        if value >> 6:
            return  # another channel
        access = value >> 4 & 3
        if access == 0:
            count = self._count()
            if not state.latch:
                state.latch = [count >> shift & 0xFF for shift in _BYTES[state.access]]
            return
        state.access = access
        mode = value >> 1 & 7
        state.mode = mode & 3 if mode > 5 else mode
        state.reload = 0
        state.half_written = state.latch = None
        state.reads_high = False
        self._irq.set(state.mode != _ONE_SHOT)

    def _reload(self, value: int) -> None:
        state = self.state
        if state.access == 3 and state.half_written is None:
            state.half_written = value
            return
        if state.access == 3:
            assert state.half_written is not None
            value = state.half_written | value << 8
            state.half_written = None
        elif state.access == 2:
            value <<= 8
        state.reload = value or 0x10000
        state.start = state.now
        state.edges = 0

    def next_deadline(self) -> int | None:
        """The next rising edge of the output, in ns, rounded up."""
        state = self.state
        if not state.reload or (state.mode == _ONE_SHOT and state.edges):
            return None
        ticks = (state.edges + 1) * state.reload
        return state.start - (-ticks * _NS // PIT_HZ)

    def advance(self, now: int) -> None:
        """Give the edges that are due. Several edges at once count as one."""
        state = self.state
        state.now = now
        due = self.next_deadline()
        if due is None or due > now:
            return
        state.edges = self._ticks() // state.reload
        if state.mode == _ONE_SHOT:
            state.edges = 1
        self._irq.lower()
        self._irq.raise_()
