"""What all panes are: lines that a pure function drew, shown through the line API.

A pane draws anew when it is told to or when its size changes, and repaints only if the
lines differ. `HELP` is what `?` says of it.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from minios.tui.drawing.lines import ROLES, Line, length
from minios.tui.frames import Frame


class Pane(ScrollView, can_focus=True):
    """A scrolling block of lines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pane--{role}" for role in ROLES}
    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.border_title = self.TITLE
        self._lines: list[Line] = []

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines for a pane of this size."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw; repaint if it looks different."""
        width, height = self.scrollable_content_region.size
        if width <= 0 or height <= 0:
            return
        lines = self.draw(width, height)
        if lines == self._lines:
            return
        self._lines = lines
        widest = max((length(it) for it in lines), default=0)
        self.virtual_size = Size(max(widest, 1), len(lines))
        self.refresh()

    def on_resize(self, _event: Resize) -> None:
        """Another width folds otherwise."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One row of what is in view."""
        left, top = self.scroll_offset
        width = self.size.width
        base = self.rich_style
        if top + y >= len(self._lines):
            return Strip.blank(width, base)
        segments = [
            Segment(
                span.text,
                self.get_component_rich_style(f"pane--{span.role}")
                if span.role
                else base,
            )
            for span in self._lines[top + y]
        ]
        return Strip(segments).crop_extend(left, left + width, base)


class FramePane(Pane):
    """A pane that shows one machine."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        self.frame = frame
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Nothing, until there is a frame."""
        return [] if self.frame is None else self.draw_frame(self.frame, width, height)

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        raise NotImplementedError
