"""The kernel's own structures: what their panes have in common."""

from __future__ import annotations

from minios.lab.kernel_view import KernelView
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import FramePane


class KernelPane(FramePane):
    """A pane that needs the kernel's structures; the session reads them when asked."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del height
        if frame.kernel is None:
            return [line(("reading...", "dim"))]
        return self.draw_kernel(frame.kernel, width)

    def draw_kernel(self, found: KernelView, width: int) -> list[Line]:
        """The lines for the structures."""
        raise NotImplementedError
