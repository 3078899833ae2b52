"""The kernel's own structures: the third page of the inspector."""

from __future__ import annotations

from typing import ClassVar

from minios.lab.kernel_view import KernelView
from minios.tui.drawing import kernel
from minios.tui.drawing.lines import Line, line
from minios.tui.frames import Frame
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


class ThreadsView(KernelPane):
    """Threads and stacks."""

    TITLE: ClassVar[str] = "threads and stacks"
    HELP: ClassVar[str] = (
        "Every thread as the kernel's memory has it: ▶ runs, ● is ready, ◌ waits, ○ "
        "has ended. Below it the functions on its stack, the innermost first, and "
        "where ring 3 has asked for something. Nobody tells us this: it is read from "
        "the guest's memory with the names of its source."
    )

    def draw_kernel(self, found: KernelView, width: int) -> list[Line]:
        """The lines for the structures."""
        return kernel.threads(found, width)


class PortsView(KernelPane):
    """Ports, pipes, queues, processes."""

    TITLE: ClassVar[str] = "ports and queues"
    HELP: ClassVar[str] = (
        "A port is a named inbox; █ is a message that nobody has read yet. A pipe "
        "carries bytes between two programs. A queue is where threads wait for the "
        "same thing. A process has rights, and handles to what it has opened."
    )

    def draw_kernel(self, found: KernelView, width: int) -> list[Line]:
        """The lines for the structures."""
        return kernel.ports(found, width)
