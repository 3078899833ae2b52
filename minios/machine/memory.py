"""The machine's RAM: one anonymous mapping that CPU, devices and viewers share.

Reading needs no permission and no copy. Writing from outside the CPU goes through
`write`, because the bytes may be code that the engine has translated already.

Invariants: physical address 0 is offset 0; nothing lies beyond `size`.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable, Container


def _private_pages(size: int) -> mmap.mmap:
    """Zeroed memory of the host that costs nothing until it is written.

    Python's default is memory to be shared with children, in which even reading a page
    makes the host provide one; Windows knows only one kind.
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
        """Let the engine do the writing from now on; it knows which pages are code."""
        self._write_through = write_through
        self.code_pages = code_pages

    def contains(self, address: int, size: int) -> bool:
        """Whether a range lies in RAM wholly. The answer must be used."""
        return 0 <= size <= self.size and 0 <= address <= self.size - size

    def read(self, address: int, size: int) -> bytes:
        """Bytes at a physical address, which must lie in RAM."""
        assert self.contains(address, size)
        return self.bytes[address : address + size].tobytes()

    def write(self, address: int, data: bytes) -> None:
        """Put bytes at a physical address, which must lie in RAM."""
        self.is_blank = False
        assert self.contains(address, len(data))
        if self._write_through is None:
            self.bytes[address : address + len(data)] = data
        else:
            self._write_through(address, data)
