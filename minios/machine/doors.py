"""How long a `syscall` or `sysenter` instruction is, with its prefixes.

The engine calls us at the instruction, and moves RIP on afterwards by the length of the
instruction. It does not tell us the length. We can measure the length: we let the
engine move RIP, and enter the kernel after that. But this costs as much as all the rest
of a system call. So we look at the bytes first. If the instruction has two bytes, we
remember the place, the bytes, and the page-table entries that lead to them. The next
time we need not look again, as long as all these words are the same.

Left out: a guest that changes an entry and does not tell the CPU (INVLPG) may execute
the old bytes, with the length of the new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from minios.machine import cpu_state as cpu
from minios.machine import paging
from minios.machine.cpu_state import CpuState

SHORT: Final = 2  # bytes, without prefixes
_REMEMBERED: Final = 256
_CR3: Final = cpu.CR_AT // 8 + 3
_SHORT_DOORS: Final = (b"\x0f\x05", b"\x0f\x34")


class ShortDoors:
    """The places of one CPU at which such an instruction has two bytes, in one word."""

    def __init__(self, state: CpuState, words: memoryview) -> None:
        self._state = state
        self._words = words
        self._known: dict[
            tuple[int, int], tuple[Callable[[memoryview], Any], tuple[int, ...]]
        ] = {}

    def is_here(self) -> bool:
        """Whether such an instruction is at RIP. The answer must be used."""
        q = self._state.q
        known = self._known.get((q[cpu.RIP_AT // 8], q[_CR3]))
        if known is not None and known[0](self._words) == known[1]:
            return True
        return self._look()

    def _look(self) -> bool:
        """Look whether such an instruction is at RIP, and remember it if so."""
        state, words = self._state, self._words
        rip, cr3 = state.rip, state.cr(3)
        if not state.cr(0) & paging.CR0_PG:
            return False
        found = paging.entries(words, cr3, rip)
        place = paging.physical_address(found, rip)
        at = place & 7
        if not found[-1][1] & paging.PRESENT:
            return False
        if max(found[-1][0], place) >> 3 >= len(words):  # beyond RAM
            return False
        if words[place >> 3].to_bytes(8, "little")[at : at + SHORT] not in _SHORT_DOORS:
            return False
        look = itemgetter(place >> 3, *(entry >> 3 for entry, _ in found))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[rip, cr3] = look, look(words)
        return True
