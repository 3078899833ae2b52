"""Panes: what can be looked at inside a machine, for the screen and for a listener.

    pane.py     what a pane is: what is read for it, and how it is told in sentences
    cpu.py      where the CPU is and what it does next, registers, the page walk
    tables.py   page tables, descriptors, memory
    kernel.py   threads, ports, queues, processes
    doors.py    the doors between the rings
    lamps.py    the bank of lamps, and its driver
    programs.py modules and eBPF programs in ring 0

Every other module of this package is found by itself: its `PANES` are offered in plain
mode, and what they read is read while somebody looks. So a new pane is a new module
here. `minios/tui/pages` draws the panes.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from minios.errors import ScenarioError
from minios.session.panes.pane import Pane, Reading

_MODULES: Final = [it.name for it in iter_modules(__path__) if it.name != "pane"]
PANES: Final[tuple[Pane, ...]] = tuple(
    pane for name in _MODULES for pane in import_module(f"{__name__}.{name}").PANES
)
_READINGS: Final = {it.reading.name: it.reading for it in PANES if it.reading}


def reading(name: str) -> Reading[Any]:
    """What is read by this name. Raises ScenarioError if nothing is."""
    if name not in _READINGS:
        raise ScenarioError(
            f"there is nothing called {name!r} to look at",
            advice=f"There is {', '.join(_READINGS)}",
        )
    return _READINGS[name]
