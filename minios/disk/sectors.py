"""Sources of sectors: a buffer, a disk of zeros, or the disk of a machine.

The code above this module asks for sectors by number, and writes whole sectors. So the
sectors may be bytes of a file, memory that is mostly zero, or the overlay of a running
machine: the machine's `DiskImage` has the same methods.

Invariant: a sector is always exactly `SECTOR_SIZE` (512) bytes.
"""

from __future__ import annotations

import mmap
from typing import Final, Protocol

from minios.abi.disk_layout import DISK_SECTORS, SECTOR_SIZE
from minios.disk.errors import DamagedVolumeError, DiskError

ZERO_SECTOR: Final = bytes(SECTOR_SIZE)


class Sectors(Protocol):
    """A disk as the FAT code sees it. `sectors` is the number of its sectors."""

    @property
    def sectors(self) -> int:
        """How many sectors the disk has."""
        ...

    def read(self, number: int, /) -> bytes:
        """The 512 bytes of a sector."""
        ...

    def write(self, number: int, data: bytes, /) -> None:
        """Replace the 512 bytes of a sector."""
        ...


class SparseSectors:
    """A disk of zeros that stores only the sectors that were written.

    Only a few hundred sectors of a new 16 MiB disk are not zero. It can be pickled.
    """

    def __init__(self, count: int = DISK_SECTORS) -> None:
        self.sectors = count
        self._written: dict[int, bytes] = {}

    def read(self, number: int, /) -> bytes:
        """The 512 bytes of a sector."""
        self._check(number)
        return self._written.get(number, ZERO_SECTOR)

    def write(self, number: int, data: bytes, /) -> None:
        """Replace the 512 bytes of a sector."""
        self._check(number)
        assert len(data) == SECTOR_SIZE, len(data)
        self._written[number] = bytes(data)

    def to_bytes(self) -> bytes:
        """The whole image."""
        used = max(self._written, default=-1) + 1
        sectors = [self._written.get(number, ZERO_SECTOR) for number in range(used)]
        return b"".join(sectors).ljust(self.sectors * SECTOR_SIZE, b"\0")

    def _check(self, number: int) -> None:
        if not 0 <= number < self.sectors:
            raise _past_the_end(number, self.sectors)


class SectorsOfBuffer:
    """The sectors of an image in memory. Writes change that memory.

    A `bytes` object can only be read: writing raises `DiskError`.
    """

    def __init__(self, buffer: bytes | bytearray | memoryview | mmap.mmap) -> None:
        self._view = memoryview(buffer).cast("B")
        self.sectors = len(self._view) // SECTOR_SIZE

    def read(self, number: int, /) -> bytes:
        """The 512 bytes of a sector."""
        return bytes(self._view[self._range(number)])

    def write(self, number: int, data: bytes, /) -> None:
        """Replace the 512 bytes of a sector."""
        assert len(data) == SECTOR_SIZE, len(data)
        if self._view.readonly:
            raise DiskError(
                "the image is read-only",
                where=f"sector {number}",
                advice="Give the volume a bytearray instead of bytes",
            )
        self._view[self._range(number)] = data

    def _range(self, number: int) -> slice:
        if not 0 <= number < self.sectors:
            raise _past_the_end(number, self.sectors)
        return slice(number * SECTOR_SIZE, (number + 1) * SECTOR_SIZE)


def _past_the_end(number: int, count: int) -> DamagedVolumeError:
    return DamagedVolumeError(
        f"the image has only {count} sectors of {SECTOR_SIZE} bytes; "
        "it has been cut short",
        where=f"sector {number}",
        advice="Make or copy the image again",
    )
