"""Panes that are filled by a drawing function: the title, help and function of each.

They are in the order of `machine_panel.py`. The style sheet uses their class names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from minios.session.frames import Frame
from minios.session.panes.cpu import CODE_READ, WALK_READ
from minios.session.panes.kernel import KERNEL_READ
from minios.session.panes.pane import Reading
from minios.session.panes.tables import TABLES_READ
from minios.tui.drawing import cpu, kernel, tables
from minios.tui.drawing.doors import ways
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import Draw, FramePane

T = TypeVar("T")
_READING: Line = line(("reading...", "dim"))  # the session reads only what is looked at


def _drawn(reading: Reading[T], draw: Callable[[T, int, int], list[Line]]) -> Draw:
    def lines(frame: Frame, width: int, height: int) -> list[Line]:
        found = reading.of(frame)
        return [_READING] if found is None else draw(found, width, height)

    return staticmethod(lines)


class Registers(FramePane):
    """All registers."""

    TITLE = "registers"
    HELP = (
        "These are the CPU's registers between two instructions. RIP is the address of "
        "the next instruction, and the last digit of CS says in which ring it runs. A "
        "* marks what the last step changed. If not all registers fit, the arrows "
        "scroll to the others. CR2 is the "
        "address of the last page fault. CR3 points to the page tables in use. Flags "
        "in capital letters are set."
    )
    DRAW = staticmethod(cpu.registers)


class WalkView(FramePane):
    """The page walk of the latest fault, or of the next instruction."""

    TITLE = "page walk"
    HELP = (
        "The CPU looks an address up in four tables, one after the other. Each entry "
        "has bits: p present, w writable, u open to ring 3. x says that code there may "
        "be executed: its bit NX is 0. The first entry that says no ends the walk, and "
        "the CPU raises a page fault. ✖ marks this entry. After a fault the walk of "
        "its address stays in view for a while: the title says which it is."
    )
    DRAW = _drawn(WALK_READ, lambda it, *_: cpu.walk(it.walk))

    def __init__(self) -> None:
        super().__init__()
        self.border_subtitle = "x: executable, NX is 0"

    def show(self, frame: Frame) -> None:
        """Show the walk, and on the border which it is."""
        walked = WALK_READ.of(frame)
        words = f": {walked.of}" if walked else ""
        title = f"{self.TITLE}{words}".replace("[", r"\[")
        if title != self.border_title:
            self.border_title = title
        super().show(frame)


class CodeView(FramePane):
    """Disassembly and source."""

    TITLE = "code"
    HELP = (
        "→ marks the instruction that the CPU executes next, and the line of C that it "
        "was compiled from. n steps one instruction, l to another line, x to the next "
        "crossing of the rings, e to the next event."
    )
    DRAW = _drawn(CODE_READ, cpu.code)


class PagesView(FramePane):
    """The page tables: all that is mapped."""

    TITLE = "page tables"
    HELP = (
        "The page tables in use are a tree with four levels: PML4, PDPT, PD, PT. "
        "Neighbours with the same rights are one line: r readable, w writable, x "
        "executable, u open to ring 3. A page has a right only if every table above "
        "it gives that right. What is not listed is not mapped, and an access to it is "
        "a fault."
    )
    DRAW = _drawn(TABLES_READ, lambda it, *_: tables.pages(it))


class DescriptorsView(FramePane):
    """GDT, TSS and IDT."""

    TITLE = "GDT, TSS, IDT"
    HELP = (
        "The CPU reads these three tables by itself. The GDT says what the segment "
        "selectors mean (DPL is the ring). The TSS says which stack the CPU takes for "
        "a fault, an interrupt or int n; a syscall changes no stack, the kernel does "
        "that itself. The IDT says where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    )
    DRAW = _drawn(TABLES_READ, lambda it, *_: tables.descriptors(it))


class MemoryView(FramePane):
    """Memory around an address."""

    TITLE = "memory"
    HELP = (
        "You see the bytes at RSP, which is the stack, or at the address that you "
        "choose with g. Each row begins with the rights of its page. The colour is "
        "that of the ring that may touch it. A * marks a byte that has changed since "
        "it was last shown."
    )
    DRAW = _drawn(TABLES_READ, lambda it, width, _: tables.memory(it, width))


class ThreadsView(FramePane):
    """Threads and stacks."""

    TITLE = "threads and stacks"
    HELP = (
        "You see every thread: ▶ runs, ● is ready, ◌ waits, ○ has ended. Below it are "
        "the functions on its stack, the innermost first, with the call from ring 3. "
        "The kernel does not report this. minios reads it from the machine's memory, "
        "and takes the names from the kernel's source."
    )
    DRAW = _drawn(KERNEL_READ, lambda it, width, _: kernel.threads(it, width))


class PortsView(FramePane):
    """Ports, pipes, queues, processes."""

    TITLE = "ports and queues"
    HELP = (
        "A port is a named inbox; █ is a message that was not read yet. A pipe "
        "carries bytes between two programs. A queue is where threads wait for the "
        "same thing. A process has rights, and handles to what it has opened."
    )
    DRAW = _drawn(KERNEL_READ, lambda it, width, _: kernel.ports(it, width))


class DoorsView(FramePane):
    """Every door with its gates, and the latest crossings."""

    TITLE = "doors between the rings"
    HELP = (
        "A door is a way from ring 3 into ring 0 or back. You see how often each door "
        "was used since the machine last started. A gate is an entry of the IDT: the "
        "CPU, not the program, decides where it leads. The list of the latest "
        "crossings comes last. x runs the machine to the next crossing."
    )
    DRAW = staticmethod(lambda frame, width, _: ways(frame, width))
