"""A page walk, level by level."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing import walk
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import FramePane


class WalkView(FramePane):
    """The page walk of the last fault, or of the next instruction."""

    TITLE: ClassVar[str] = "page walk"
    HELP: ClassVar[str] = (
        "An address is looked up in four tables, one after the other. Each entry has "
        "bits: p present, w writable, u open to ring 3, x executable. The first entry "
        "that says no ends the walk, and the CPU raises a page fault. ✖ marks it."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del width, height
        if not frame.code.is_read:
            return [line(("reading...", "dim"))]
        return walk.walk(frame.walk)
