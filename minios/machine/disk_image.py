"""A disk as sectors: a base that never changes, and the sectors written since.

Starting a machine, taking a snapshot, or making a thousand machines from one disk
copies only the sectors that were written.

A sector is written as a whole, or not at all. A power cut can interrupt a write of
several sectors between two of them. So the replaced sectors are kept until the device
says that the write is settled. Left out: sectors that arrive in another order, and
sectors that decay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from minios.errors import MachineError

SECTOR_BYTES: Final = 512
Replaced = tuple[tuple[int, bytes | None], ...]
DiskParts = tuple[bytes, dict[int, bytes], Replaced]


class DiskImage:
    """A base image, and an overlay of written sectors."""

    def __init__(
        self,
        base: bytes,
        overlay: dict[int, bytes] | None = None,
        replaced: Replaced = (),
    ) -> None:
        """Make a disk over `base`, whose size must be a multiple of a sector.

        Args:
            base: the contents of the disk at first.
            overlay: the sectors written since, by number.
            replaced: number and old overlay of each sector of the write in flight.

        Raises:
            MachineError: the size is wrong.
        """
        if not base or len(base) % SECTOR_BYTES:
            raise MachineError(
                f"{len(base)} bytes are not a whole number of sectors",
                where="disk image",
                advice="Pad the image with zeros",
            )
        self.base = base
        self.overlay: dict[int, bytes] = dict(overlay or {})
        self.replaced = list(replaced)

    @property
    def sectors(self) -> int:
        """How many sectors the disk has."""
        return len(self.base) // SECTOR_BYTES

    def read(self, sector: int, count: int = 1) -> bytes:
        """Read whole sectors. The range must lie on the disk."""
        assert 0 <= sector <= sector + count <= self.sectors
        overlay = self.overlay
        wanted = range(sector, sector + count)
        if not any(number in overlay for number in wanted):
            return self.base[sector * SECTOR_BYTES : (sector + count) * SECTOR_BYTES]
        return b"".join(self._sector(number) for number in wanted)

    def _sector(self, number: int) -> bytes:
        at = number * SECTOR_BYTES
        return self.overlay.get(number) or self.base[at : at + SECTOR_BYTES]

    @property
    def in_flight(self) -> int:
        """How many sectors of the last write a power cut could still take back."""
        return len(self.replaced)

    def begin_write(self, sector: int, data: bytes) -> None:
        """Write sectors, but keep what they replace until the write is settled."""
        numbers = range(sector, sector + len(data) // SECTOR_BYTES)
        old = [(number, self.overlay.get(number)) for number in numbers]
        self._put(sector, data)
        self.replaced += old

    def settle(self) -> None:
        """Make the last write final: nothing can take it back any more."""
        if self.replaced:
            self.replaced = []

    def tear(self, kept: int) -> None:
        """Take back all but the first sectors in flight, as a power cut does."""
        for number, old in reversed(self.replaced[kept:]):
            if old is None:
                del self.overlay[number]
            else:
                self.overlay[number] = old
        self.settle()

    def write(self, sector: int, data: bytes) -> None:
        """Write whole sectors, finally. The range must lie on the disk."""
        self.settle()
        self._put(sector, data)

    def _put(self, sector: int, data: bytes) -> None:
        assert len(data) % SECTOR_BYTES == 0
        count = len(data) // SECTOR_BYTES
        assert 0 <= sector <= sector + count <= self.sectors
        for number in range(sector, sector + count):
            at = (number - sector) * SECTOR_BYTES
            new = bytes(data[at : at + SECTOR_BYTES])
            # What is written again is shared with the snapshots that have it.
            if self.overlay.get(number) != new:
                self.overlay[number] = new

    def contents(self) -> bytes:
        """The whole disk as it is now."""
        image = bytearray(self.base)
        for number, data in self.overlay.items():
            image[number * SECTOR_BYTES : (number + 1) * SECTOR_BYTES] = data
        return bytes(image)

    def written(self) -> Iterable[int]:
        """The numbers of the sectors that differ from the base, in order."""
        return sorted(
            number
            for number, data in self.overlay.items()
            if data != self.base[number * SECTOR_BYTES : (number + 1) * SECTOR_BYTES]
        )

    def parts(self) -> DiskParts:
        """The arguments with which `DiskImage(*parts)` makes an equal disk."""
        return self.base, dict(self.overlay), tuple(self.replaced)

    def copy(self) -> DiskImage:
        """A separate disk over the same base, with nothing in flight."""
        return DiskImage(self.base, self.overlay)
