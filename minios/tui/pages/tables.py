"""What the CPU reads by itself, and memory."""

from __future__ import annotations

from typing import ClassVar

from minios.session.panes.tables import TABLES_READ
from minios.tui.drawing import tables
from minios.tui.pages.page import Page, PagePane, drawn


class PagesView(PagePane):
    """The page tables: all that is mapped."""

    TITLE = "page tables"
    HELP = (
        "The page tables in use are a tree with four levels: PML4, PDPT, PD, PT. "
        "Neighbours with the same rights are one line: r readable, w writable, x "
        "executable, u open to ring 3. A page has a right only if every table above "
        "it gives that right. What is not listed is not mapped, and an access to it is "
        "a fault."
    )
    DRAW = drawn(TABLES_READ, lambda it, *_: tables.pages(it))


class DescriptorsView(PagePane):
    """GDT, TSS and IDT."""

    TITLE = "GDT, TSS, IDT"
    HELP = (
        "The CPU reads these three tables by itself. The GDT says what the segment "
        "selectors mean (DPL is the ring). The TSS says which stack the CPU takes for "
        "a fault, an interrupt or int n; a syscall changes no stack, the kernel does "
        "that itself. The IDT says where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    )
    DRAW = drawn(TABLES_READ, lambda it, *_: tables.descriptors(it))


class MemoryView(PagePane):
    """Memory around an address."""

    TITLE = "memory"
    HELP = (
        "You see the bytes at RSP, which is the stack, or at the address that you "
        "choose with g. Each row begins with the rights of its page. The colour is "
        "that of the ring that may touch it. A * marks a byte that has changed since "
        "it was last shown."
    )
    DRAW = drawn(TABLES_READ, lambda it, width, _: tables.memory(it, width))


class TablesPage(Page):
    """Page tables and descriptors, with memory below them."""

    NUMBER = 2
    WORDS = "tables and memory"
    READS = (TABLES_READ,)
    PANES = (PagesView, DescriptorsView, MemoryView)
    DEFAULT_CLASSES: ClassVar[str] = "tables page"


PAGE = TablesPage
