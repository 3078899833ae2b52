"""The registers of the CPU."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing import registers
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane


class Registers(FramePane):
    """All registers."""

    TITLE: ClassVar[str] = "registers"
    HELP: ClassVar[str] = (
        "The CPU's registers as they are between two instructions. A * marks what the "
        "last step changed; where there is no room for all, that comes first. CR2 is "
        "the address of the last page fault, CR3 points to the page tables in force. "
        "Flags in capitals are set."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return registers.registers(frame, width, height)
