"""A disk as sectors: bytes that never change, and the sectors written since.

Starting a machine, taking a snapshot or making a thousand machines from one disk copies
nothing but what was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from minios.errors import MachineError

SECTOR_BYTES: Final = 512


class DiskImage:
    """A base image and an overlay of written sectors."""

    def __init__(self, base: bytes, overlay: dict[int, bytes] | None = None) -> None:
        """Over `base`, whose size must be a multiple of a sector.

        Raises:
            MachineError: the size is wrong.
        """
        if not base or len(base) % SECTOR_BYTES:
            raise MachineError(
                f"{len(base)} bytes are not a whole number of sectors",
                where="disk image",
                advice="pad the image with zeros",
            )
        self.base = base
        self.overlay: dict[int, bytes] = dict(overlay or {})

    @property
    def sectors(self) -> int:
        """How many sectors the disk has."""
        return len(self.base) // SECTOR_BYTES

    def read(self, sector: int, count: int = 1) -> bytes:
        """Read whole sectors; the range must lie on the disk."""
        assert 0 <= sector <= sector + count <= self.sectors
        overlay = self.overlay
        wanted = range(sector, sector + count)
        if not any(number in overlay for number in wanted):
            return self.base[sector * SECTOR_BYTES : (sector + count) * SECTOR_BYTES]
        return b"".join(self._sector(number) for number in wanted)

    def _sector(self, number: int) -> bytes:
        at = number * SECTOR_BYTES
        return self.overlay.get(number) or self.base[at : at + SECTOR_BYTES]

    def write(self, sector: int, data: bytes) -> None:
        """Write whole sectors; the range must lie on the disk."""
        assert len(data) % SECTOR_BYTES == 0
        count = len(data) // SECTOR_BYTES
        assert 0 <= sector <= sector + count <= self.sectors
        for number in range(count):
            at = number * SECTOR_BYTES
            self.overlay[sector + number] = bytes(data[at : at + SECTOR_BYTES])

    def contents(self) -> bytes:
        """The whole disk as it is now."""
        image = bytearray(self.base)
        for number, data in self.overlay.items():
            image[number * SECTOR_BYTES : (number + 1) * SECTOR_BYTES] = data
        return bytes(image)

    def written(self) -> Iterable[int]:
        """Numbers of the sectors that differ from the base, in order."""
        return sorted(
            number
            for number, data in self.overlay.items()
            if data != self.base[number * SECTOR_BYTES : (number + 1) * SECTOR_BYTES]
        )

    def copy(self) -> DiskImage:
        """A disk of its own over the same base."""
        return DiskImage(self.base, self.overlay)
