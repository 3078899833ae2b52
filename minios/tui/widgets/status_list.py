"""The parts of a machine and how they are doing."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing import status
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane

_COMPACT_BELOW = 7  # rows


class StatusList(FramePane):
    """A line a part; flowing text where there are few rows."""

    TITLE: ClassVar[str] = "parts"
    HELP: ClassVar[str] = (
        "Every driver (.sys), extension (.ext) and service of this machine. r0 and r3 "
        "say in which ring it runs. ● runs, ✖ died, ■ given up or stopped with the "
        "machine, ⊘ refused: the policy of this model does not take it. An extension "
        "that died is started again by the supervisor, later each time. The sensor "
        "protects the machine only while it runs."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        if height >= _COMPACT_BELOW:
            return status.parts(frame, width)
        return status.compact(frame, width, height)
