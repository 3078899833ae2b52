"""The machine's own text screen, from its memory, in its own sixteen colours.

Where the pane is smaller than 80 x 25, the part that holds the text is shown, and a
sign at the end of each row that goes on.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from minios.devices.text_screen import COLUMNS, PALETTE, ROWS
from minios.tui.frames import Frame
from minios.tui.widgets.pane import CUT, FramePane

_ROW_BYTES = COLUMNS * 2
_BLANKS = b"\x00 "
_CHARACTERS = "".join(
    character if character.isprintable() else " "
    for character in bytes(range(256)).decode("cp437")
)


@lru_cache(maxsize=256)
def _style(attribute: int) -> Style:
    foreground, background = PALETTE[attribute & 15], PALETTE[attribute >> 4 & 7]
    return Style(
        color="#{:02x}{:02x}{:02x}".format(*foreground),
        bgcolor="#{:02x}{:02x}{:02x}".format(*background),
    )


@lru_cache(maxsize=512)
def row_segments(row: bytes) -> tuple[Segment, ...]:
    """One row of text memory; neighbours of one colour together."""
    cells = zip(row[::2], row[1::2], strict=True)
    return tuple(
        Segment("".join(_CHARACTERS[code] for code, _ in run), _style(attribute))
        for attribute, run in groupby(cells, key=lambda cell: cell[1])
    )


def first_row(screen: bytes, height: int) -> int:
    """Which row is on top, so that as much text as possible can be seen."""
    used = [
        row
        for row in range(ROWS)
        if screen[row * _ROW_BYTES : (row + 1) * _ROW_BYTES : 2].strip(_BLANKS)
    ]
    if height >= ROWS or not used:
        return 0
    if used[-1] - used[0] < height:
        return min(used[0], ROWS - height)
    return max(0, used[-1] + 1 - height)


class GuestScreen(FramePane):
    """80 x 25 cells."""

    TITLE: ClassVar[str] = "screen"
    HELP: ClassVar[str] = (
        "The machine's own screen. It is 4000 bytes of the machine's memory, at "
        "0xb8000: the kernel wrote them, minios only shows them. When the kernel "
        "cannot go on, it paints its last words here and resets the machine. » marks a "
        "row that goes on to the right: z shows one machine alone, with more room."
    )

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        old, self.frame = self.frame, frame
        if old is None:
            self.refresh()
        elif old.screen != frame.screen:
            self._repaint(old.screen, frame.screen)

    def _repaint(self, old: bytes, new: bytes) -> None:
        """Only the rows that differ, unless others come into view."""
        height = self.size.height
        top = first_row(new, height)
        if first_row(old, height) != top:
            self.refresh()
            return
        self.refresh_rows(
            row - top
            for row in range(top, min(ROWS, top + height))
            if old[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
            != new[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
        )

    def redraw(self) -> None:
        """After another size."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the guest's screen."""
        width, height = self.size
        base = self.rich_style
        if self.frame is None:
            return Strip.blank(width, base)
        top = first_row(self.frame.screen, height)
        row = top + y
        if row >= ROWS:
            return Strip.blank(width, base)
        memory = self.frame.screen[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
        drawn, end = Strip(row_segments(memory)), self.left + width
        if 0 < end < COLUMNS and memory[2 * end :: 2].strip(_BLANKS):
            cut = Segment(CUT, _style(memory[2 * end - 1]))
            return Strip([*drawn.crop(self.left, end - 1), cut])
        return drawn.crop_extend(self.left, end, base)

    def longest(self) -> int:
        """Cells of a row."""
        return COLUMNS
