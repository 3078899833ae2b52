"""What all panes are: lines that a pure function drew, shown through the line API.

A pane draws anew when it is told to, and repaints only the rows that differ; or when it
is to be seen in another size, and then before that is seen, so that nobody has to wait
for a second picture. A line that is too long ends in a sign; the arrows to the right
and left move along it. `HELP` is what `?` says of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from minios.session.frames import Frame
from minios.tui.drawing.lines import CUT, Line, length
from minios.tui.widgets import roles


class QuietScroll(ScrollView, can_focus=True):
    """Rows that are drawn by `render_line`; the others are not disturbed if it grows.

    Textual lays out the whole screen anew whenever the number of lines changes. That is
    needed only when a scroll bar comes or goes; else it is enough to tell the scroll
    bar. The one place that reaches into Textual's scrolling.
    """

    def set_rows(self, number: int) -> None:
        """There are so many rows now."""
        size = Size(1, number)
        if size == self.virtual_size:
            return
        height = self.container_size.height
        needs_bar = height > 0 and number > height
        if needs_bar != self.show_vertical_scrollbar:
            self.virtual_size = size
            return
        self.set_reactive(ScrollView.virtual_size, size)
        if needs_bar:
            self._scroll_update(size)

    def watch_show_vertical_scrollbar(self) -> None:
        """A bar that has just come: Textual tells it of later scrolling only."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y


Draw: TypeAlias = "staticmethod[[Frame, int, int], list[Line]]"
"""A frame, a width, a height -> lines."""

_PAN: Final = 8  # cells


class Pane(QuietScroll):
    """A scrolling block of lines."""

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.border_title = self.TITLE
        self._lines: list[Line] = []
        self._drawn_for = Size()
        self._looks: dict[str, Style] | None = None
        self.left = 0

    def draw(self, _width: int, _height: int) -> list[Line]:
        """The lines for a pane of this size; none if it makes each row when asked."""
        return []

    def redraw(self) -> None:
        """Draw; repaint what looks different."""
        if not self.scrollable_content_region or not self.region:
            return
        old, new = self._lines, self._draw_anew()
        self.set_rows(len(new))
        if new == old:
            return
        if len(old) != len(new):
            self.refresh()
            return
        self.refresh_rows(
            row for row, (a, b) in enumerate(zip(old, new, strict=True)) if a != b
        )

    def _draw_anew(self) -> list[Line]:
        self._drawn_for = self.scrollable_content_region.size
        self._lines = self.draw(*self._drawn_for)
        return self._lines

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is in view, drawn for the size that it has now."""
        if self._drawn_for != self.scrollable_content_region.size:
            drawn = self._draw_anew()
            if drawn:
                self.call_later(self.set_rows, len(drawn))
        return super().render_lines(crop)

    def refresh_rows(self, rows: Iterable[int]) -> None:
        """Repaint some rows, as far as they are in view."""
        top, (width, height) = self.scroll_offset.y, self.size
        regions = [Region(0, y - top, width, 1) for y in rows if 0 <= y - top < height]
        if regions:
            self.refresh(*regions)

    def on_resize(self, _event: Resize) -> None:
        """Another width folds otherwise."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One row of what is in view."""
        row = self.scroll_offset.y + y
        found = self._lines[row] if row < len(self._lines) else ()
        return self.strip(found, self.left)

    def strip(self, found: Line, left: int = 0) -> Strip:
        """A line with the colours of the theme, cut or filled up to the width."""
        width, looks = self.cells, self.looks()
        segments = [Segment(text, looks[role]) for text, role in found]
        drawn = Strip(segments)
        if width > 0 and drawn.cell_length > left + width:
            return Strip(
                [*drawn.crop(left, left + width - 1), Segment(CUT, looks["dim"])]
            )
        return drawn.crop_extend(left, left + width, looks[""])

    # ---- Along lines that are too long.

    @property
    def cells(self) -> int:
        """For a line: without those of the scroll bar."""
        return self.size.width - self.scrollbar_size_vertical

    def longest(self) -> int:
        """Cells of the longest line."""
        return max(map(length, self._lines), default=0)

    def action_scroll_right(self) -> None:
        """Show more of what is to the right."""
        self._pan(_PAN)

    def action_scroll_left(self) -> None:
        """Back to the beginning of the lines."""
        self._pan(-_PAN)

    def _pan(self, by: int) -> None:
        most = max(0, self.longest() - self.cells)
        left = max(0, min(self.left + by, most))
        if left != self.left:
            self.left = left
            self.refresh()

    def looks(self) -> dict[str, Style]:
        """What each role looks like."""
        if self._looks is None:
            app, (_, ground) = self.app, self.background_colors
            self._looks = roles.styles(app.theme, app.theme_variables, ground)
        return self._looks

    def notify_style_update(self) -> None:
        """Another theme, or another background."""
        self._looks = None
        super().notify_style_update()


class FramePane(Pane):
    """A pane that shows one machine: what `DRAW` makes of its frame."""

    DRAW: ClassVar[Draw] = staticmethod(lambda *_: [])
    frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        self.frame = frame
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Nothing, until there is a frame."""
        return [] if self.frame is None else self.draw_frame(self.frame, width, height)

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return type(self).DRAW(frame, width, height)
