"""Memory in the colours of its pages."""

from __future__ import annotations

from typing import ClassVar

from minios.session.tables import Tables
from minios.tui.drawing import tables
from minios.tui.drawing.lines import Line
from minios.tui.widgets.table_pane import TablePane


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
