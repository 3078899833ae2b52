"""The machine's tables and memory: what their panes have in common."""

from __future__ import annotations

from minios.session.frames import Frame
from minios.session.tables import Tables
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import FramePane


class TablePane(FramePane):
    """A pane that needs the tables; the session reads them only when asked."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del height
        if frame.tables is None:
            return [line(("reading...", "dim"))]
        return self.draw_tables(frame.tables, width)

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        raise NotImplementedError
