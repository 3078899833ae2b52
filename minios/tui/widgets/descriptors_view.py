"""GDT, TSS and IDT, decoded."""

from __future__ import annotations

from typing import ClassVar

from minios.session.tables import Tables
from minios.tui.drawing import tables
from minios.tui.drawing.lines import Line
from minios.tui.widgets.table_pane import TablePane


class DescriptorsView(TablePane):
    """GDT, TSS and IDT."""

    TITLE: ClassVar[str] = "GDT, TSS, IDT"
    HELP: ClassVar[str] = (
        "Three tables that the CPU reads by itself. The GDT says what the segment "
        "selectors mean (DPL is the ring). The TSS says which stack the CPU takes for "
        "a fault, an interrupt or int n; a syscall changes no stack, the kernel does "
        "that itself. The IDT says where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    )

    def draw_tables(self, found: Tables, width: int) -> list[Line]:
        """The lines for the tables."""
        del width
        return tables.descriptors(found)
