"""The rings as a building."""

from __future__ import annotations

from typing import ClassVar

from minios.session.frames import Frame
from minios.tui.drawing.building import building
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane


class RingView(FramePane):
    """Who executes on which floor, and through which doors the CPU went."""

    TITLE: ClassVar[str] = "rings"
    HELP: ClassVar[str] = (
        "The CPU runs code in rings. Ring 3 is the ground floor, where programs live: "
        "they may touch only what they were given. Ring 0 is the basement, where the "
        "kernel lives, and every driver that was let in: there, nothing is forbidden "
        "that the page tables allow. ▶ marks where the CPU is now. Between the floors "
        "are the doors of this kernel: down by syscall, interrupt, fault or int n, up "
        "by sysretq or iretq. The numbers count how often each was used since the "
        "machine started last, with the gates in brackets; below them stand the latest "
        "crossings. A fault of ring 0 itself uses no door: it is marked in the "
        "basement. At the speed flat out nobody counts, because that would cost a "
        "tenth of the speed. d shows every gate and every system call."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return building(frame, width, height)
