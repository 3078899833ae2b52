"""The machine's RAM: one mapping of host memory for CPU, devices and viewers.

Everybody may read it without a copy. Code outside of the CPU writes through `write`,
because the engine may have translated the old bytes as code.

The host provides a page of it when somebody touches it for the first time. Linux tells
which it has provided (`PhysicalMemory.provided`): the others are zero, and need not be
read. Most of them are never touched, and to read one would make the host provide it.

Invariants: physical address 0 is offset 0, and nothing lies behind `size`.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable, Container
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = 0x1000

# An entry of a process's pages has 8 bytes; the two highest bits are "present" and "on
# the host's disk" (Linux, Documentation/admin-guide/mm/pagemap.rst).
_PAGEMAP: Final = Path("/proc/self/pagemap")
_ENTRY: Final = 8
_IS_PROVIDED: Final = bytes(highest >> 6 for highest in range(256))


def _private_pages(size: int) -> mmap.mmap:
    """Zeroed memory that costs nothing until it is written.

    Python's default is memory to be shared with children. There, already reading a page
    makes the host provide one. Windows knows only one kind.

    Linux may provide huge pages, of 2 MiB: one byte written would make 512 pages count
    as written. Here it is asked not to. A kernel built without them refuses the word.
    """
    if sys.platform == "win32":
        pages = mmap.mmap(-1, size)
    else:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        with suppress(OSError):
            pages.madvise(mmap.MADV_NOHUGEPAGE)
    return pages


def _provided(address: int, count: int) -> bytes | None:
    """For each page of this process: whether it is there. None: the host is silent."""
    try:
        with _PAGEMAP.open("rb", buffering=0) as table:
            table.seek(address // PAGE * _ENTRY)
            entries = table.read(count * _ENTRY)
    except OSError:
        return None
    flags = entries[_ENTRY - 1 :: _ENTRY].translate(_IS_PROVIDED)
    return flags if len(flags) == count else None


@cache
def _host_tells() -> bool:
    """Whether the host tells a page that was written from one that was not."""
    if mmap.PAGESIZE != PAGE or sys.byteorder != "little":
        return False
    pages = _private_pages(2 * PAGE)
    pages[PAGE] = 1
    flags = _provided(_address(pages), 2)
    return flags is not None and not flags[0] and bool(flags[1])


def _address(pages: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(pages))


class PhysicalMemory:
    """RAM from physical address 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_blank = True  # nothing has been written yet: all zeros
        self.map = _private_pages(size)
        self._address = _address(self.map)
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

    def provided(self) -> bytes:
        """A byte for each page; where it is 0, the page is zero for certain."""
        count = self.size // PAGE
        if self.is_blank:
            return bytes(count)
        flags = _provided(self._address, count) if _host_tells() else None
        return b"\1" * count if flags is None else flags

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
