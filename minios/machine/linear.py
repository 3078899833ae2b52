"""Memory as ring 0 sees it through the page tables while the CPU delivers an event.

These are implicit supervisor accesses: RFLAGS.AC does not help against SMAP (Intel SDM
vol. 3A, "Determination of Access Rights").

An allowed walk is remembered, with the entries that it read and the registers that
decided. Before it is used again, all of these are compared with their current values.
So a remembered walk is never wrong, unlike an entry of a TLB. It is only faster than a
new walk.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from minios.machine import cpu_state as cpu
from minios.machine import paging
from minios.machine.cpu_state import CpuState
from minios.machine.memory import PhysicalMemory
from minios.machine.paging import Access, Controls

_REMEMBERED: Final = 256
_WORDS: Final = {1: struct.Struct("<Q"), 2: struct.Struct("<2Q")}
_CR0: Final = cpu.CR_AT // 8
_CR3: Final = _CR0 + 3
_CR4: Final = _CR0 + 4


class PageFault(NamedTuple):
    """An implicit access that the page tables forbid."""

    error_code: int
    address: int


# What a walk saw: CR0, CR3, CR4, EFER; four times the index of an entry in memory and
# its value; and where it led, as the index of the first word of the page.
_Walk = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int]


class Linear:
    """Linear memory, for the CPU's own accesses in ring 0."""

    def __init__(self, state: CpuState, memory: PhysicalMemory) -> None:
        self._state = state
        self._memory = memory
        self._code_pages = memory.code_pages
        self.words = words = memory.words
        self.sources: list[int] | None = None  # words that were read, if it is a list
        self._bytes = words.cast("B")
        self._size = len(words)
        self._efer = state.layout.efer // 8
        self._reads: dict[int, _Walk] = {}
        self._writes: dict[int, _Walk] = {}
        self._fetches: dict[int, _Walk] = {}

    def _known(self, known: dict[int, _Walk], page: int) -> int:
        """The index of the first word of a page, or -1 if it needs a new walk."""
        walk = known.get(page)
        if walk is None:
            return -1
        q, words = self._state.q, self.words
        cr0, cr3, cr4, efer, at0, e0, at1, e1, at2, e2, at3, e3, frame = walk
        if (
            words[at3] == e3
            and words[at2] == e2
            and words[at1] == e1
            and words[at0] == e0
            and q[_CR3] == cr3
            and q[_CR0] == cr0
            and q[_CR4] == cr4
            and q[self._efer] == efer
        ):
            return frame
        return -1

    def place(self, address: int, access: Access) -> int | PageFault:
        """The physical address, or the page fault."""
        known = self._writes if access is Access.WRITE else self._reads
        frame = self._known(known, address >> 12)
        if frame >= 0:
            return frame << 3 | address & 0xFFF
        return self._walk(address, access, known)

    def _walk(
        self, address: int, access: Access, known: dict[int, _Walk]
    ) -> int | PageFault:
        state, words = self._state, self.words
        controls = Controls(state.cr(0), state.cr(3), state.cr(4), state.efer)
        found = paging.entries(words, controls.cr3, address)
        refusal = paging.check(found, access, 0, controls)
        if refusal is not None:
            return PageFault(refusal.error_code, address)
        found = self._mark(found, access)
        return self._remember(known, address, found)

    def _remember(
        self, known: dict[int, _Walk], address: int, found: list[tuple[int, int]]
    ) -> int:
        """Remember a walk that ended in a page. Returns the physical address."""
        state = self._state
        controls = Controls(state.cr(0), state.cr(3), state.cr(4), state.efer)
        physical = paging.physical_address(found, address)
        if len(known) >= _REMEMBERED:
            known.clear()
        entries = [(at >> 3, entry) for at, entry in found]
        entries += entries[-1:] * (4 - len(entries))  # a large page has fewer levels
        (at0, e0), (at1, e1), (at2, e2), (at3, e3) = entries
        page = (physical & ~0xFFF) >> 3
        registers = controls.cr0, controls.cr3, controls.cr4, controls.efer
        known[address >> 12] = (*registers, at0, e0, at1, e1, at2, e2, at3, e3, page)
        return physical

    def _mark(
        self, found: list[tuple[int, int]], access: Access
    ) -> list[tuple[int, int]]:
        """Set the accessed and dirty bits (SDM vol. 3A, "Accessed and Dirty Flags")."""
        marked = []
        last = len(found) - 1
        for position, (at, entry) in enumerate(found):
            bits = paging.ACCESSED
            if position == last and access is Access.WRITE:
                bits |= paging.DIRTY
            if entry & bits != bits:
                self._store(at, (entry | bits).to_bytes(8, "little"))
            marked.append((at, entry | bits))
        return marked

    def read_words(self, address: int, count: int) -> tuple[int, ...] | PageFault:
        """Read 64-bit words of a table."""
        offset = address & 0xFFF
        frame = self._known(self._reads, address >> 12)
        if 0 <= frame < self._size and offset + 8 * count <= 0x1000:
            if self.sources is not None:
                word = frame + (offset >> 3)
                self.sources += self._reads[address >> 12][4:12:2]
                self.sources += range(word, word + count + (offset & 7 > 0))
            return _WORDS[count].unpack_from(self._bytes, (frame << 3) + offset)
        self.sources = None  # the slow way: nothing to be remembered by
        raw = self.read(address, 8 * count)
        return raw if isinstance(raw, PageFault) else _WORDS[count].unpack(raw)

    def read(self, address: int, size: int) -> bytes | PageFault:
        """Read bytes of a table, or return the page fault."""
        data = b""
        while len(data) < size:
            at = (address + len(data)) & cpu.MASK64
            length = min(0x1000 - at % 0x1000, size - len(data))
            place = self.place(at, Access.READ)
            if isinstance(place, PageFault):
                return place
            piece = self._bytes[place : place + length].tobytes()
            data += piece.ljust(length, b"\xff")  # beyond RAM the bus reads ones
        return data

    def write(self, address: int, data: bytes) -> PageFault | None:
        """Push bytes, or return the page fault.

        Nothing is written if any byte is refused.
        """
        first = min(0x1000 - address % 0x1000, len(data))
        place = self.place(address, Access.WRITE)
        if isinstance(place, PageFault):
            return place
        if first < len(data):
            rest = (address + first) & cpu.MASK64
            second = self.place(rest, Access.WRITE)
            if isinstance(second, PageFault):
                return second
            self._store(second, data[first:])
        self._store(place, data[:first])
        return None

    def _store(self, place: int, data: bytes) -> None:
        if place >> 12 in self._code_pages:
            self._memory.write(place, data)  # the engine has to know
        elif place + len(data) <= len(self._bytes):
            self._bytes[place : place + len(data)] = data

    def bytes_at(self, address: int, size: int) -> bytes:
        """Bytes as they are, whoever may use them; fewer if some are not in RAM."""
        data = b""
        while len(data) < size:
            at = (address + len(data)) & cpu.MASK64
            length = min(0x1000 - at % 0x1000, size - len(data))
            place = self.code_place(at)
            if place is None:
                break
            data += self._bytes[place : place + length].tobytes()
        return data

    def code_place(self, address: int) -> int | None:
        """The physical address, whoever may use it. None if it is not in RAM."""
        frame = self._known(self._fetches, address >> 12)
        if frame >= 0:
            place = frame << 3 | address & 0xFFF
        elif not self._state.cr(0) & paging.CR0_PG:
            place = address
        else:
            found = paging.entries(self.words, self._state.cr(3), address)
            in_ram = found[-1][0] >> 3 < self._size and paging.is_canonical(address)
            if not in_ram or not found[-1][1] & paging.PRESENT:
                return None
            place = self._remember(self._fetches, address, found)
        return place if place < len(self._bytes) else None
