"""The text screen: 80 x 25 cells in RAM at 0xb8000.

A cell is two bytes (IBM VGA, mode 3):

     15     14-12        11-8         7-0
    +------+------------+------------+-----------+
    |blink | background | foreground | character |
    +------+------------+------------+-----------+

The screen has no registers. The guest writes RAM, and the viewer reads RAM. Left out:
the cursor, fonts, other modes, blinking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi.memory_map import SCREEN_PHYSICAL
from minios.devices.stateless import Stateless
from minios.machine.memory import PhysicalMemory

COLUMNS: Final = 80
ROWS: Final = 25
# The sixteen colours of the VGA's default palette, as RGB.
PALETTE: Final = (
    (0x00, 0x00, 0x00),
    (0x00, 0x00, 0xAA),
    (0x00, 0xAA, 0x00),
    (0x00, 0xAA, 0xAA),
    (0xAA, 0x00, 0x00),
    (0xAA, 0x00, 0xAA),
    (0xAA, 0x55, 0x00),
    (0xAA, 0xAA, 0xAA),
    (0x55, 0x55, 0x55),
    (0x55, 0x55, 0xFF),
    (0x55, 0xFF, 0x55),
    (0x55, 0xFF, 0xFF),
    (0xFF, 0x55, 0x55),
    (0xFF, 0x55, 0xFF),
    (0xFF, 0xFF, 0x55),
    (0xFF, 0xFF, 0xFF),
)
# Code page 437 has graphics where other sets have control characters.
_CONTROL: Final = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
_CHARACTERS: Final = _CONTROL + bytes(range(32, 256)).decode("cp437").replace(
    "\x7f", "⌂"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One character and its colours, as indices into the palette."""

    character: str
    foreground: int
    background: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The screen at a moment: rows of cells."""

    rows: tuple[tuple[Cell, ...], ...]

    def lines(self) -> tuple[str, ...]:
        """The text alone, without the blanks at the ends of the lines."""
        return tuple(
            "".join(cell.character for cell in row).rstrip() for row in self.rows
        )


class TextScreen(Stateless):
    """A view of the RAM that the screen shows."""

    name = "screen"

    def __init__(self, memory: PhysicalMemory) -> None:
        self._memory = memory

    def read(self, offset: int, size: int) -> int:
        """Always 0: the screen has no registers."""
        del offset
        return (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int) -> None:
        """Ignored: the screen has no registers."""

    def raw(self) -> bytes:
        """The 4000 bytes of the screen."""
        return self._memory.read(SCREEN_PHYSICAL, COLUMNS * ROWS * 2)

    def is_blank(self) -> bool:
        """Whether nothing has been written since power on."""
        return not any(self.raw())

    def lines(self) -> tuple[str, ...]:
        """The text, one line for each row."""
        text = self.raw()[::2]
        return tuple(
            "".join(
                _CHARACTERS[c] for c in text[row * COLUMNS : (row + 1) * COLUMNS]
            ).rstrip()
            for row in range(ROWS)
        )

    def picture(self) -> Picture:
        """The screen with its colours, as a value."""
        raw = self.raw()
        cells = [
            Cell(_CHARACTERS[raw[at]], raw[at + 1] & 15, raw[at + 1] >> 4 & 7)
            for at in range(0, len(raw), 2)
        ]
        return Picture(
            tuple(
                tuple(cells[row * COLUMNS : (row + 1) * COLUMNS]) for row in range(ROWS)
            )
        )
