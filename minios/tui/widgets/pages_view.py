"""The page tables in force, as a tree."""

from __future__ import annotations

from typing import ClassVar

from minios.session.tables import Tables
from minios.tui.drawing import tables
from minios.tui.drawing.lines import Line
from minios.tui.widgets.table_pane import TablePane


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
