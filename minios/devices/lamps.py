"""A bank of eight lamps with a heat sensor. The device is ours: QEMU does not have it.

Registers, each one byte:

    offset  name     read                            write
    0       ID       0x4c ("L")                      -
    1       STATUS   BUSY, HOT, ERROR, DONE          1 clears HOT, ERROR, DONE
    2       CONTROL  INT, ON                         QUIESCE, INT, ON
    3       LAMPS    the lamps that glow, a bit each the lamps that shall glow
    4       HEAT     tenths of a degree, low byte    -
    5       HEAT     the high byte, see below        -
    6       LIMIT    degrees                         degrees from which on it is HOT
    7       BURNT    the lamps that are broken       -

               7         6    5    4    3    2     1     0
    STATUS   | BUSY    | 0  | 0  | 0  | 0  | HOT | ERROR | DONE |
    CONTROL  | QUIESCE | 0  | 0  | 0  | 0  | 0   | INT   | ON   |

ON gives the lamps power. INT lets the device interrupt.

A change of the lamps takes 2 ms. During this time it is BUSY. Then DONE is set. If
LAMPS is written while the device is BUSY, or not ON, ERROR is set and nothing else
happens.

QUIESCE brings the device to rest, at once and in any state: all lamps are off, INT, ON
and all bits of STATUS are clear, the interrupt line is low, and LIMIT is 80 again. The
bit itself always reads as 0.

The sensor is read ten times a second. Each lamp that glows makes the lamps 12 degrees
warmer than the room, which has 20; it takes some seconds until they are so warm. If a
reading is LIMIT or more, HOT is set. **Nothing but its driver protects the lamps**: at
100 degrees each lamp that glows burns out, and glows no more. The heat has 16 bits, so
reading its low byte keeps the high byte of the same moment for the next read.

The interrupt line is high while INT is set and one of HOT, ERROR and DONE. A write to
STATUS makes it low for a moment, even if one of them is left: so an edge-triggered
interrupt controller gets another edge.

Left out: a reset of the machine cools the lamps, and replaces the broken ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi.ports import LAMPS_ID
from minios.devices.stateful import Stateful
from minios.machine.device import IrqLine

LAMPS: Final = 8

ID: Final = 0
STATUS: Final = 1
CONTROL: Final = 2
GLOWING: Final = 3
HEAT_LOW: Final = 4
HEAT_HIGH: Final = 5
LIMIT: Final = 6
BURNT: Final = 7

STATUS_DONE: Final = 0x01
STATUS_ERROR: Final = 0x02
STATUS_HOT: Final = 0x04
STATUS_BUSY: Final = 0x80
CONTROL_ON: Final = 0x01
CONTROL_INT: Final = 0x02
CONTROL_QUIESCE: Final = 0x80

CHANGE_NS: Final = 2_000_000
READING_NS: Final = 100_000_000
_ROOM: Final = 20_000  # thousandths of a degree, as all heat below
_PER_LAMP: Final = 12_000
_BURNS: Final = 100_000
_INERTIA: Final = 16  # a reading is so much of the way nearer to where the heat goes
_LIMIT_DEGREES: Final = 80


@dataclass(slots=True)
class LampsState:
    """The registers, the change that is being made, and how warm the lamps are."""

    now: int = 0
    control: int = 0
    causes: int = 0  # HOT, ERROR and DONE
    glowing: int = 0
    wanted: int = 0  # what will glow after the change that is being made
    change_ends: int | None = None
    heat: int = _ROOM
    reading: int = 0  # how many readings of the sensor there were
    limit: int = _LIMIT_DEGREES
    high_byte: int = 0
    burnt: int = 0
    irq_high: bool = False


class Lamps(Stateful[LampsState]):
    """Eight lamps and their sensor."""

    name = "lamps"

    def __init__(self, irq: IrqLine) -> None:
        self._irq = irq
        self.state = LampsState()

    @property
    def degrees(self) -> float:
        """How warm the lamps were at the last reading."""
        return self.state.heat / 1000

    def reset(self) -> None:
        """Switch everything off. The lamps are cold and whole."""
        now = self.state.now
        self.state = LampsState(now=now, reading=now // READING_NS)
        self._irq.lower()

    def _quiesce(self) -> None:
        state = self.state
        state.control = state.causes = state.glowing = state.wanted = 0
        state.change_ends = None
        state.limit = _LIMIT_DEGREES

    def _update(self) -> None:
        """Set the interrupt line as the registers say."""
        state = self.state
        high = bool(state.control & CONTROL_INT and state.causes)
        if high != state.irq_high:
            state.irq_high = high
            self._irq.set(high)

    def read(self, offset: int, size: int) -> int:
        """Read a register."""
        del size
        state = self.state
        if offset == HEAT_LOW:
            tenths = state.heat // 100
            state.high_byte = tenths >> 8
            return tenths & 0xFF
        busy = STATUS_BUSY if state.change_ends is not None else 0
        return {
            ID: LAMPS_ID,
            STATUS: busy | state.causes,
            CONTROL: state.control,
            GLOWING: state.glowing,
            HEAT_HIGH: state.high_byte,
            LIMIT: state.limit,
            BURNT: state.burnt,
        }[offset]

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register."""
        del size
        state = self.state
        value &= 0xFF
        if offset == STATUS:
            state.causes &= ~value
            state.irq_high = False
            self._irq.lower()
        elif offset == CONTROL and value & CONTROL_QUIESCE:
            self._quiesce()
        elif offset == CONTROL:
            self._switch(value & (CONTROL_INT | CONTROL_ON))
        elif offset == GLOWING:
            self._change(value)
        elif offset == LIMIT:
            state.limit = value
        self._update()

    def _switch(self, control: int) -> None:
        state = self.state
        state.control = control
        if not control & CONTROL_ON:
            state.glowing = state.wanted = 0
            state.change_ends = None

    def _change(self, wanted: int) -> None:
        state = self.state
        if state.change_ends is not None or not state.control & CONTROL_ON:
            state.causes |= STATUS_ERROR
            return
        state.wanted = wanted
        state.change_ends = state.now + CHANGE_NS

    def _goal(self) -> int:
        """How warm the lamps become if nothing changes."""
        return _ROOM + _PER_LAMP * self.state.glowing.bit_count()

    def next_deadline(self) -> int | None:
        """When a change is done, or a reading may be too hot.

        What else depends on time is worked out when somebody looks.
        """
        state = self.state
        first = state.change_ends
        may_interrupt = state.control & CONTROL_INT and not state.causes & STATUS_HOT
        limit = state.limit * 1000
        if may_interrupt and (state.heat >= limit or self._goal() > limit):
            reading = (state.reading + 1) * READING_NS
            first = reading if first is None else min(first, reading)
        return first

    def advance(self, now: int) -> None:
        """Make the change that is due, and the readings, in the order of time."""
        state = self.state
        if state.change_ends is not None and state.change_ends <= now:
            self._read_sensor(state.change_ends)
            state.glowing = state.wanted & ~state.burnt
            state.causes |= STATUS_DONE
            state.change_ends = None
        self._read_sensor(now)
        state.now = now
        self._update()

    def _read_sensor(self, now: int) -> None:
        """Make the readings up to a time. Where nothing changes any more, skip them."""
        state = self.state
        for reading in range(state.reading + 1, now // READING_NS + 1):
            step = (self._goal() - state.heat) // _INERTIA
            state.heat += step
            state.reading = reading
            if state.heat >= _BURNS:
                state.burnt |= state.glowing
                state.glowing = 0
            if state.heat >= state.limit * 1000:
                state.causes |= STATUS_HOT
            if step == 0:
                break
        state.reading = now // READING_NS
