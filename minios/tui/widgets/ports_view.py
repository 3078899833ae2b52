"""Ports, pipes, queues and processes, from the kernel's memory."""

from __future__ import annotations

from typing import ClassVar

from minios.lab.kernel_view import KernelView
from minios.tui.drawing import kernel
from minios.tui.drawing.lines import Line
from minios.tui.widgets.kernel_pane import KernelPane


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
