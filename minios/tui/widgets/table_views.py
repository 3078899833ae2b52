"""The machine's tables and its memory: the second page of the inspector."""

from __future__ import annotations

from typing import ClassVar

from minios.tui.drawing import tables
from minios.tui.drawing.lines import Line, line
from minios.tui.frames import Frame
from minios.tui.tables import Tables
from minios.tui.widgets.pane import FramePane


class TablePane(FramePane):
    """A pane that needs the tables; the session reads them only when asked."""

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del height
        if frame.tables is None:
            return [line(("reading...", "dim"))]
        return self.draw_tables(frame.tables, width)

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        raise NotImplementedError


class PagesView(TablePane):
    """All that is mapped."""

    TITLE: ClassVar[str] = "page tables"
    HELP: ClassVar[str] = (
        "The page tables in force, as the tree that they are: PML4, PDPT, PD, PT. "
        "Neighbours with the same rights are one line: r readable, w writable, x "
        "executable, u open to ring 3. A page has a right only if every table above "
        "it gives that right. What is not listed is not mapped: whoever touches it "
        "faults."
    )

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        del width
        return tables.pages(found)


class DescriptorsView(TablePane):
    """GDT, TSS and IDT."""

    TITLE: ClassVar[str] = "GDT, TSS, IDT"
    HELP: ClassVar[str] = (
        "Three tables that the CPU reads by itself. The GDT says what the segment "
        "selectors mean (DPL is the ring), the TSS which stack to take when a door to "
        "ring 0 is used, the IDT where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    )

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        del width
        return tables.descriptors(found)


class MemoryView(TablePane):
    """Memory around an address."""

    TITLE: ClassVar[str] = "memory"
    HELP: ClassVar[str] = (
        "The bytes at RSP, which is the stack, or at the address that you give with g. "
        "Before each row stand the rights of its page; the colour is that of the ring "
        "that may touch it. A * marks a byte that has changed since it was last shown."
    )

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        return tables.memory(found, width)
