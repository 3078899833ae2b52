"""The base class of all panes. A pure function draws lines, and a pane shows them.

A pane draws again when it is told to, and repaints only the rows that differ. After a
change of size it draws before it is shown, so that the first picture is right. A sign
marks a line that is too long; the arrows left and right move along it. `HELP` is the
help text of the pane.
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
    """A scrolling widget whose rows are drawn by `render_line`.

    Textual lays out the whole screen again whenever the number of rows changes. That is
    needed only when a scroll bar comes or goes; otherwise it is enough to tell the
    scroll bar. Only this class changes how Textual scrolls.
    """

    def set_rows(self, number: int) -> None:
        """Set the number of rows."""
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
        """Tell a new scroll bar where it is. Textual tells it only later changes."""
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
        """The lines for a pane of this size; none if `render_line` makes each row."""
        return []

    def redraw(self) -> None:
        """Draw, and repaint the rows that differ."""
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
        """The rows in view, drawn for the size that the pane has now."""
        if self._drawn_for != self.scrollable_content_region.size:
            drawn = self._draw_anew()
            if drawn:
                self.call_later(self.set_rows, len(drawn))
        return super().render_lines(crop)

    def refresh_rows(self, rows: Iterable[int]) -> None:
        """Repaint those of these rows that are in view."""
        top, (width, height) = self.scroll_offset.y, self.size
        regions = [Region(0, y - top, width, 1) for y in rows if 0 <= y - top < height]
        if regions:
            self.refresh(*regions)

    def on_resize(self, _event: Resize) -> None:
        """Fold for the new width."""
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

    # ---- Move along lines that are too long.

    @property
    def cells(self) -> int:
        """The cells for a line, without those of the scroll bar."""
        return self.size.width - self.scrollbar_size_vertical

    def longest(self) -> int:
        """The cells of the longest line."""
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
        """Forget the styles after a change of theme or background."""
        self._looks = None
        super().notify_style_update()


class FramePane(Pane):
    """A pane of one machine. `DRAW` turns its frame into lines."""

    DRAW: ClassVar[Draw] = staticmethod(lambda *_: [])
    frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        self.frame = frame
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines for the newest frame; none if there is no frame yet."""
        return [] if self.frame is None else self.draw_frame(self.frame, width, height)

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return type(self).DRAW(frame, width, height)
