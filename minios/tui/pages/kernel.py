"""What the kernel keeps in its own memory."""

from __future__ import annotations

from minios.session.panes.kernel import KERNEL_READ
from minios.tui.drawing import kernel
from minios.tui.pages.page import Page, PagePane, drawn


class ThreadsView(PagePane):
    """Threads and stacks."""

    TITLE = "threads and stacks"
    HELP = (
        "You see every thread: ▶ runs, ● is ready, ◌ waits, ○ has ended. Below it are "
        "the functions on its stack, the innermost first, with the call from ring 3. "
        "The kernel does not report this. minios reads it from the machine's memory, "
        "and takes the names from the kernel's source."
    )
    DRAW = drawn(KERNEL_READ, lambda it, width, _: kernel.threads(it, width))


class PortsView(PagePane):
    """Ports, pipes, queues, processes."""

    TITLE = "ports and queues"
    HELP = (
        "A port is a named inbox; █ is a message that was not read yet. A pipe "
        "carries bytes between two programs. A queue is where threads wait for the "
        "same thing. A process has rights, and handles to what it has opened."
    )
    DRAW = drawn(KERNEL_READ, lambda it, width, _: kernel.ports(it, width))


class KernelPage(Page):
    """Threads, and what they wait for."""

    NUMBER = 3
    WORDS = "threads and ports"
    READS = (KERNEL_READ,)
    PANES = (ThreadsView, PortsView)


PAGE = KernelPage
