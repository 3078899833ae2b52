"""The code round the next instruction."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing import code
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane


class CodeView(FramePane):
    """Disassembly and source."""

    TITLE: ClassVar[str] = "code"
    HELP: ClassVar[str] = (
        "→ marks the instruction that the CPU executes next, and the line of C that it "
        "was compiled from. n steps one instruction, l to another line, x to the next "
        "crossing of the rings, e to the next event."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return code.code(frame.code, width, height)
