"""The way into ring 0 (gate, code segment, stack), and a memory of known ways.

Each delivery reads the IDT, the GDT and the TSS through the page tables: a dozen words
that hardly ever change. So a way is remembered with everything from which it was read.
It is used again only if every word and register is still the same. A guest that changes
one bit of a gate gets the new way at once.

Left out: ways that lead to a fault are not remembered, and neither are ways that were
read across the border of two pages.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, NamedTuple

from minios.machine import cpu_state as cpu
from minios.machine.cpu_state import CpuState
from minios.machine.linear import Linear
from minios.machine.segments import Gate

_REMEMBERED: Final = 256
_CR0: Final = cpu.CR_AT // 8
_TABLES: Final = (cpu.IDTR, cpu.GDTR, cpu.LDTR, cpu.TR)


class Route(NamedTuple):
    """Where a delivery goes.

    Attributes:
        gate: the gate of the vector.
        descriptor: the descriptor of the handler's code segment.
        ring: the ring in which the handler runs.
        stack: RSP from the TSS; None to stay on the current stack.
    """

    gate: Gate
    descriptor: int
    ring: int
    stack: int | None


_Key = tuple[int, bool, int, int]


class Routes:
    """The routes that were found in one machine."""

    def __init__(self, state: CpuState, memory: Linear) -> None:
        self.state = state
        self.memory = memory
        efer = state.layout.efer // 8
        bases = (cpu.BASE[table] for table in _TABLES)
        limits = (cpu.LIMIT[table] for table in _TABLES)
        # CR0, CR3 and CR4, EFER, and where the four tables are.
        self._wide = itemgetter(_CR0, _CR0 + 3, _CR0 + 4, efer, *bases)
        self._narrow = itemgetter(*limits)
        self._known: dict[
            _Key, tuple[Any, Any, Callable[[memoryview], Any], Any, Route]
        ] = {}

    def recall(self, vector: int, *, software: bool) -> Route | None:
        """A remembered route that is still right, or None."""
        state = self.state
        key = vector, software, state.cpl, state.q[_CR0 + 3]
        known = self._known.get(key)
        if known is None:
            return None
        wide, narrow, look, words, route = known
        if (
            look(self.memory.words) == words
            and self._wide(state.q) == wide
            and self._narrow(state.d) == narrow
        ):
            return route
        return None

    def remember(
        self, vector: int, route: Route, sources: list[int] | None, *, software: bool
    ) -> None:
        """Remember a route with the words of memory from which it was read."""
        if not sources:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        state = self.state
        look = itemgetter(*sorted(set(sources)))
        self._known[vector, software, state.cpl, state.q[_CR0 + 3]] = (
            self._wide(state.q),
            self._narrow(state.d),
            look,
            look(self.memory.words),
            route,
        )
