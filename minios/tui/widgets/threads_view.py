"""Threads and their stacks, from the kernel's memory."""

from __future__ import annotations

from typing import ClassVar

from minios.lab.kernel_view import KernelView
from minios.tui.drawing import kernel
from minios.tui.drawing.lines import Line
from minios.tui.widgets.kernel_pane import KernelPane


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
