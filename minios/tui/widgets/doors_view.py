"""The doors between the rings, one by one."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing.doors import ways
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane


class DoorsView(FramePane):
    """Every door with its gates, and the latest crossings."""

    TITLE: ClassVar[str] = "doors between the rings"
    HELP: ClassVar[str] = (
        "Every way from ring 3 into ring 0 and back, with how often it was used since "
        "the machine started last. A gate is an entry of the IDT: the CPU, not the "
        "program, decides where the way leads. To the right are the latest crossings. "
        "x goes on to the next one."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del height
        return ways(frame, width)
