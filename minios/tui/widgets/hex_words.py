"""What is marked in the bytes of a file, and what their colours mean."""

from __future__ import annotations

from typing import ClassVar

from minios.tui.drawing.hex_view import legend
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.hex_view import HexView
from minios.tui.widgets.pane import Pane


class HexWords(Pane, can_focus=False):
    """As high as what is to be said."""

    HELP: ClassVar[str] = (
        "Name, offset, length and value of what is marked, and a word in each colour."
    )

    def __init__(self, view: HexView) -> None:
        super().__init__()
        self._view = view

    def redraw(self) -> None:
        """After whatever has changed in the view."""
        width = self.scrollable_content_region.width
        if width > 0:
            self.styles.height = max(1, len(self.draw(width, 0)))
        super().redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        del height
        if not self._view.data:
            return [line(("nothing that could be compiled yet", "dim"))]
        told = self._view.told(width)
        is_short = self.screen.has_class("-tiny")
        return told if is_short else [*told, *legend(self._view.spans, width)]
