"""The machine's own text screen, from its memory, in its own sixteen colours.

If the pane is smaller than 80 x 25, it shows the part that has text. A sign marks each
row that goes on to the right, and other signs mark text above or below.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp
from textual.strip import Strip

from minios.devices.text_screen import COLUMNS, PALETTE, ROWS
from minios.session.frames import Frame
from minios.tui.drawing.lines import CUT
from minios.tui.widgets.pane import FramePane

_ROW_BYTES = COLUMNS * 2
_BLANKS = b"\x00 "
_STOP_CODE = b"Stop code:"  # the most important line on the screen after a bugcheck
_PAGE = 10  # rows
ABOVE, BELOW = "▲", "▼"
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
    """One row of text memory. Neighbours with the same colour are one segment."""
    cells = zip(row[::2], row[1::2], strict=True)
    return tuple(
        Segment("".join(_CHARACTERS[code] for code, _ in run), _style(attribute))
        for attribute, run in groupby(cells, key=lambda cell: cell[1])
    )


def _characters(screen: bytes, row: int) -> bytes:
    return screen[row * _ROW_BYTES : (row + 1) * _ROW_BYTES : 2]


@lru_cache(maxsize=16)
def used_rows(screen: bytes) -> tuple[int, ...]:
    """The rows that have text."""
    return tuple(row for row in range(ROWS) if _characters(screen, row).strip(_BLANKS))


def first_row(screen: bytes, height: int) -> int:
    """The row to show on top, so that as much text as possible is visible.

    If there is too much text, its last rows are shown. A stop code always stays in
    view, and as far as possible the sentence above it, which says what it means.
    """
    used = used_rows(screen)
    if height >= ROWS or not used:
        return 0
    if used[-1] - used[0] < height:
        return min(used[0], ROWS - height)
    code = next((row for row in used if _STOP_CODE in _characters(screen, row)), None)
    if code is None:
        return max(0, used[-1] + 1 - height)
    return max(_sentence_above(used, code), code + 1 - height)


def _sentence_above(used: Sequence[int], code: int) -> int:
    """The first row of the lines of text that stand nearest above this row."""
    above = [row for row in used if row < code]
    while len(above) > 1 and above[-2] == above[-1] - 1:
        above.pop()
    return above[-1] if above else code


class GuestScreen(FramePane):
    """The screen of a machine: 80 x 25 cells."""

    TITLE: ClassVar[str] = "screen"
    HELP: ClassVar[str] = (
        "This is the machine's own screen: 4000 bytes of its memory, at 0xb8000. The "
        "kernel writes them, minios only shows them. When the kernel cannot go on, it "
        "writes its last words here and resets the machine. » marks a row that goes on "
        "to the right; ▲ and ▼ mark text above and below. The arrows move there, and "
        "end follows the text again. z shows one machine only, with more room."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", f"move(-{_PAGE})", "Page up", show=False),
        Binding("pagedown", f"move({_PAGE})", "Page down", show=False),
        Binding("home", f"move(-{ROWS})", "First row", show=False),
        Binding("end", "follow", "Follow", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._chosen: int | None = None  # the row on top; None follows the text

    def top(self, screen: bytes) -> int:
        """The row to show first."""
        height = self.size.height
        if self._chosen is None:
            return first_row(screen, height)
        return max(0, min(self._chosen, ROWS - height))

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        old, self.frame = self.frame, frame
        if old is None:
            self.redraw()
        elif old.screen != frame.screen:
            self._repaint(old.screen, frame.screen)

    def _repaint(self, old: bytes, new: bytes) -> None:
        """Repaint only the rows that differ, unless other rows come into view."""
        if self._view(old) != self._view(new):
            self.redraw()
            return
        top, height = self.top(new), self.size.height
        self.refresh_rows(
            row - top
            for row in range(top, min(ROWS, top + height))
            if old[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
            != new[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
        )

    def _view(self, screen: bytes) -> tuple[int, bool, bool]:
        """The row on top, and whether there is text above and below what is shown."""
        top, used = self.top(screen), used_rows(screen)
        end = top + self.size.height
        return top, any(row < top for row in used), any(row >= end for row in used)

    def redraw(self) -> None:
        """Draw again, after a change of the size or of the first row."""
        self.border_title = self._title()
        self.refresh()

    def _title(self) -> str:
        height = self.size.height
        if self.frame is None or not 0 < height < ROWS:
            return self.TITLE
        top = self.top(self.frame.screen)
        return f"{self.TITLE}: rows {top + 1} to {top + height} of {ROWS}"

    def render_line(self, y: int) -> Strip:
        """One row of the guest's screen."""
        width, height = self.size
        base = self.rich_style
        if self.frame is None:
            return Strip.blank(width, base)
        screen = self.frame.screen
        top, more_above, more_below = self._view(screen)
        row = top + y
        if row >= ROWS:
            return Strip.blank(width, base)
        memory = screen[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
        drawn, end = Strip(row_segments(memory)), self.left + width
        sign = ""
        if y == 0 and more_above:
            sign = ABOVE
        elif y == height - 1 and more_below:
            sign = BELOW
        elif 0 < end < COLUMNS and memory[2 * end :: 2].strip(_BLANKS):
            sign = CUT
        if not sign or width <= 0:
            return drawn.crop_extend(self.left, end, base)
        last = min(end, COLUMNS) - 1
        mark = Segment(sign, _style(memory[2 * last + 1]))
        return Strip([*drawn.crop(self.left, last), mark]).extend_cell_length(
            width, base
        )

    # ---- Up and down.

    def action_follow(self) -> None:
        """Follow the text again."""
        self._chosen = None
        self.redraw()

    def action_move(self, by: int) -> None:
        """Show what is above or below."""
        if self.frame is None:
            return
        most = max(0, ROWS - self.size.height)
        top = max(0, min(self.top(self.frame.screen) + by, most))
        if top != self.top(self.frame.screen):
            self._chosen = top
            self.redraw()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up, as with the arrow."""
        event.stop()
        self.action_move(-1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down, as with the arrow."""
        event.stop()
        self.action_move(1)

    def longest(self) -> int:
        """The cells of a row."""
        return COLUMNS
