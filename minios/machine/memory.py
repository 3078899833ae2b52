"""The machine's RAM: one mapping of host memory for CPU, devices and viewers.

Everybody may read it without a copy. Code outside of the CPU writes through `write`,
because the engine may have translated the old bytes as code.

Invariants: physical address 0 is offset 0, and nothing lies behind `size`.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable, Container


def _private_pages(size: int) -> mmap.mmap:
    """Zeroed memory that costs nothing until it is written.

    Python's default is memory to be shared with children. There, already reading a page
    makes the host provide one. Windows knows only one kind.
    """
    if sys.platform == "win32":
        pages = mmap.mmap(-1, size)
    else:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return pages


class PhysicalMemory:
    """RAM from physical address 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_blank = True  # nothing has been written yet: all zeros
        self.map = _private_pages(size)
        self.bytes = memoryview(self.map)
        self.words = self.bytes.cast("Q")
        self.code_pages: Container[int] = ()  # to be written to by `write` alone
        self._write_through: Callable[[int, bytes], None] | None = None

    def attach(
        self, write_through: Callable[[int, bytes], None], code_pages: Container[int]
    ) -> None:
        """From now on the engine writes, because it knows which pages are code."""
        self._write_through = write_through
        self.code_pages = code_pages

    def contains(self, address: int, size: int) -> bool:
        """Whether a range lies completely in RAM. The answer must be used."""
        return 0 <= size <= self.size and 0 <= address <= self.size - size

    def read(self, address: int, size: int) -> bytes:
        """Read bytes at a physical address, which must lie in RAM."""
        assert self.contains(address, size)
        return self.bytes[address : address + size].tobytes()

    def write(self, address: int, data: bytes) -> None:
        """Write bytes at a physical address, which must lie in RAM."""
        self.is_blank = False
        assert self.contains(address, len(data))
        if self._write_through is None:
            self.bytes[address : address + len(data)] = data
        else:
            self._write_through(address, data)
