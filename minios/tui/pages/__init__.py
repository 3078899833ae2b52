"""The pages of the inspector, each with its panes. The key `i` turns them.

    page.py     what a page is
    code.py     registers, page walk, code
    tables.py   page tables; GDT, TSS, IDT; memory
    kernel.py   threads and stacks; ports and queues
    doors.py    the doors between the rings
    lamps.py    the bank of lamps, and its driver
    programs.py modules and eBPF programs

Every other module of this package is found by itself, by its `PAGE`. So a new page is a
new module here. What is read for it, and how it is told without a screen, stands in
`minios/session/panes`.
"""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from pkgutil import iter_modules
from typing import Final

from minios.tui.pages.page import Page

_MODULES: Final = [it.name for it in iter_modules(__path__) if it.name != "page"]
PAGES: Final[tuple[type[Page], ...]] = tuple(
    sorted(
        (import_module(f"{__name__}.{name}").PAGE for name in _MODULES),
        key=attrgetter("NUMBER"),
    )
)
"""The first is page 1; page 0 is no page."""


def number_of(page: type[Page]) -> int:
    """Which page this is, counted from 1."""
    return PAGES.index(page) + 1
