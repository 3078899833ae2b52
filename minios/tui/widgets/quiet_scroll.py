"""A scrolling block of lines that does not disturb the others when it grows.

Textual lays out the whole screen anew whenever the number of lines changes. That is
needed only when a scroll bar comes or goes; else it is enough to tell the scroll bar.
The one place that reaches into Textual's scrolling.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView


class QuietScroll(ScrollView, can_focus=True):
    """Rows that are drawn by `render_line`."""

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
