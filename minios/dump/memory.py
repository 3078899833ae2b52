"""The pieces of memory in a dump, read by address like the memory of a machine."""

from __future__ import annotations

from typing import Final

from minios.dump.parts import Dump, WalkRow
from minios.lab.origins import NOT_MAPPED
from minios.machine.paging import PRESENT

NOT_KEPT: Final = "points to memory that the dump does not hold"
_ADDRESSES: Final = 1 << 64
_LOWEST_SHIFT: Final = 12
_LEVELS: Final = 4


class DumpMemory:
    """The memory in a dump, by virtual address: see `lab.origins.MemoryReader`."""

    def __init__(self, dump: Dump) -> None:
        pieces = [dump.code, dump.stack, *dump.memory]
        self._pieces: Final = [piece for piece in pieces if piece is not None]
        self._walk: Final = dump.walk

    def read_virtual(self, address: int, size: int) -> bytes | None:
        """The bytes at an address, from one or more pieces.

        None if any byte is missing.
        """
        data = b""
        while len(data) < size:
            chunk = self._longest((address + len(data)) % _ADDRESSES)
            if not chunk:
                return None
            data += chunk
        return data[:size]

    def absence(self, address: int) -> str:
        """Whether nothing is mapped at an address, or the dump does not show it."""
        return NOT_MAPPED if self._is_hole(address) else NOT_KEPT

    def _longest(self, address: int) -> bytes:
        """All bytes from an address to the end of the longest piece with it."""
        found = (
            piece.data[address - piece.address :]
            for piece in self._pieces
            if 0 <= address - piece.address < len(piece.data)
        )
        return max(found, key=len, default=b"")

    def _is_hole(self, address: int) -> bool:
        """Whether the page walk ends in a missing entry that covers the address."""
        if self._walk is None or self._walk.entries[-1][1] & PRESENT:
            return False
        shift = _shift_of(self._walk)
        return address >> shift == self._walk.address >> shift


def _shift_of(walk: WalkRow) -> int:
    """The number of low address bits that the last entry of a walk does not use."""
    return _LOWEST_SHIFT + 9 * (_LEVELS - len(walk.entries))
