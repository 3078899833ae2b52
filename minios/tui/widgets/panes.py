"""The panes that a drawing function fills: what each is called, says of itself, shows.

In the order of `machine_panel.py`; the style sheet knows them by their names.
"""

from __future__ import annotations

from collections.abc import Callable

from minios.lab.kernel_view import KernelView
from minios.session.frames import Frame
from minios.session.tables import Tables
from minios.tui.drawing import cpu, kernel, status, tables
from minios.tui.drawing.building import building
from minios.tui.drawing.doors import ways
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import Draw, FramePane

_READING: Line = line(("reading...", "dim"))  # the session reads only what is looked at


def _of_tables(draw: Callable[[Tables, int], list[Line]]) -> Draw:
    return staticmethod(
        lambda it, width, _: draw(it.tables, width) if it.tables else [_READING]
    )


def _of_kernel(draw: Callable[[KernelView, int], list[Line]]) -> Draw:
    return staticmethod(
        lambda it, width, _: draw(it.kernel, width) if it.kernel else [_READING]
    )


def _walk(frame: Frame, _width: int, _height: int) -> list[Line]:
    return cpu.walk(frame.walk) if frame.code.is_read else [_READING]


class StatusList(FramePane):
    """A line a part; flowing text where there are few rows."""

    TITLE = "parts"
    HELP = (
        "Every driver (.sys), extension (.ext) and service of this machine. r0 and r3 "
        "say in which ring it runs. ● runs, ✖ died, ■ given up or stopped with the "
        "machine, ⊘ refused: the policy of this model does not take it. An extension "
        "that died is started again by the supervisor, later each time. The sensor "
        "protects the machine only while it runs."
    )
    DRAW = staticmethod(status.parts_or_text)


class RingView(FramePane):
    """Who executes on which floor, and through which doors the CPU went."""

    TITLE = "rings"
    HELP = (
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
    DRAW = staticmethod(building)


class Registers(FramePane):
    """All registers."""

    TITLE = "registers"
    HELP = (
        "The CPU's registers as they are between two instructions. A * marks what the "
        "last step changed; where there is no room for all, that comes first. CR2 is "
        "the address of the last page fault, CR3 points to the page tables in force. "
        "Flags in capitals are set."
    )
    DRAW = staticmethod(cpu.registers)


class WalkView(FramePane):
    """The page walk of the last fault, or of the next instruction."""

    TITLE = "page walk"
    HELP = (
        "An address is looked up in four tables, one after the other. Each entry has "
        "bits: p present, w writable, u open to ring 3, x executable. The first entry "
        "that says no ends the walk, and the CPU raises a page fault. ✖ marks it."
    )
    DRAW = staticmethod(_walk)


class CodeView(FramePane):
    """Disassembly and source."""

    TITLE = "code"
    HELP = (
        "→ marks the instruction that the CPU executes next, and the line of C that it "
        "was compiled from. n steps one instruction, l to another line, x to the next "
        "crossing of the rings, e to the next event."
    )
    DRAW = staticmethod(lambda frame, *size: cpu.code(frame.code, *size))


class PagesView(FramePane):
    """All that is mapped."""

    TITLE = "page tables"
    HELP = (
        "The page tables in force, as the tree that they are: PML4, PDPT, PD, PT. "
        "Neighbours with the same rights are one line: r readable, w writable, x "
        "executable, u open to ring 3. A page has a right only if every table above "
        "it gives that right. What is not listed is not mapped: whoever touches it "
        "faults."
    )
    DRAW = _of_tables(lambda found, _: tables.pages(found))


class DescriptorsView(FramePane):
    """GDT, TSS and IDT."""

    TITLE = "GDT, TSS, IDT"
    HELP = (
        "Three tables that the CPU reads by itself. The GDT says what the segment "
        "selectors mean (DPL is the ring). The TSS says which stack the CPU takes for "
        "a fault, an interrupt or int n; a syscall changes no stack, the kernel does "
        "that itself. The IDT says where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    )
    DRAW = _of_tables(lambda found, _: tables.descriptors(found))


class MemoryView(FramePane):
    """Memory around an address."""

    TITLE = "memory"
    HELP = (
        "The bytes at RSP, which is the stack, or at the address that you give with g. "
        "Before each row stand the rights of its page; the colour is that of the ring "
        "that may touch it. A * marks a byte that has changed since it was last shown."
    )
    DRAW = _of_tables(tables.memory)


class ThreadsView(FramePane):
    """Threads and stacks."""

    TITLE = "threads and stacks"
    HELP = (
        "Every thread as the kernel's memory has it: ▶ runs, ● is ready, ◌ waits, ○ "
        "has ended. Below it the functions on its stack, the innermost first, and "
        "where ring 3 has asked for something. Nobody tells us this: it is read from "
        "the guest's memory with the names of its source."
    )
    DRAW = _of_kernel(kernel.threads)


class PortsView(FramePane):
    """Ports, pipes, queues, processes."""

    TITLE = "ports and queues"
    HELP = (
        "A port is a named inbox; █ is a message that nobody has read yet. A pipe "
        "carries bytes between two programs. A queue is where threads wait for the "
        "same thing. A process has rights, and handles to what it has opened."
    )
    DRAW = _of_kernel(kernel.ports)


class DoorsView(FramePane):
    """Every door with its gates, and the latest crossings."""

    TITLE = "doors between the rings"
    HELP = (
        "Every way from ring 3 into ring 0 and back, with how often it was used since "
        "the machine started last. A gate is an entry of the IDT: the CPU, not the "
        "program, decides where the way leads. To the right are the latest crossings. "
        "x goes on to the next one."
    )
    DRAW = staticmethod(lambda frame, width, _: ways(frame, width))
