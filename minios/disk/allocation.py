"""The file allocation table, which names the next cluster for each cluster of a file.

    entry        meaning
    0x0000       free
    0x0002 ..    number of the next cluster of the file
    0xfff7       bad, never used
    0xfff8 ..    the last cluster of the file

A sector of the table is read when it is first needed. `store` writes the changed
sectors to every copy of the table. A table is used for one operation and never kept,
because the disk may belong to a machine whose kernel changes it in the meantime.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from minios.abi.disk_layout import SECTOR_SIZE
from minios.disk.errors import DamagedVolumeError, DiskFullError
from minios.disk.geometry import MEDIA_FIXED, Geometry
from minios.disk.sectors import Sectors

FREE: Final = 0
BAD: Final = 0xFFF7
LAST: Final = 0xFFFF
FIRST_LAST: Final = 0xFFF8
_ENTRIES_OF_SECTOR: Final = SECTOR_SIZE // 2
_SECTOR: Final = struct.Struct(f"<{_ENTRIES_OF_SECTOR}H")


class AllocationTable:
    """The first copy of the table, with changes that are not stored yet."""

    def __init__(self, sectors: Sectors, geometry: Geometry) -> None:
        self._sectors = sectors
        self._geometry = geometry
        self._read: dict[int, list[int]] = {}
        self._changed: set[int] = set()

    def entry(self, cluster: int) -> int:
        """The entry of a cluster."""
        number, index = divmod(cluster, _ENTRIES_OF_SECTOR)
        return self._sector(number)[index]

    def chain(self, first: int, owner: str) -> list[int]:
        """The clusters of a file, in order. `first` = 0 means that the file has none.

        Raises `DamagedVolumeError`, which names `owner`, if the chain leaves the
        volume, leads to a free cluster, or leads back to itself.
        """
        clusters: list[int] = []
        seen: set[int] = set()
        cluster = first
        while clusters or cluster != FREE:
            if not self._geometry.holds(cluster):
                raise _broken(owner, clusters, f"{cluster:#06x}, which is no cluster")
            if cluster in seen:
                raise _broken(owner, clusters, f"back to cluster {cluster}: a loop")
            seen.add(cluster)
            clusters.append(cluster)
            cluster = self.entry(cluster)
            if cluster >= FIRST_LAST:
                break
        return clusters

    def allocate(self, count: int) -> list[int]:
        """Take the first `count` free clusters, and link them to a chain.

        Raises `DiskFullError` if there are fewer. Then none is taken.
        """
        taken = list(islice(self._free_clusters(), count))
        if len(taken) < count:
            raise DiskFullError(
                f"{count} clusters of {self._geometry.cluster_bytes} bytes are "
                f"needed, but only {len(taken)} are free",
                advice="Delete something first",
            )
        for here, after in zip(taken, [*taken[1:], LAST], strict=False):
            self._set(here, after)
        return taken

    def append(self, chain: Sequence[int], cluster: int) -> None:
        """Make a new cluster the last one of a chain."""
        self._set(chain[-1], cluster)

    def free(self, chain: Sequence[int]) -> None:
        """Make the clusters of a chain free."""
        for cluster in chain:
            self._set(cluster, FREE)

    def store(self) -> None:
        """Write the changed sectors to every copy of the table."""
        geometry = self._geometry
        for number in sorted(self._changed):
            data = _SECTOR.pack(*self._read[number])
            for copy in range(geometry.fats):
                first = geometry.reserved_sectors + copy * geometry.fat_sectors
                self._sectors.write(first + number, data)
        self._changed.clear()

    def reset(self) -> None:
        """Begin an empty table. Its first two entries are not clusters."""
        self._set(0, 0xFF00 | MEDIA_FIXED)
        self._set(1, LAST)

    def _sector(self, number: int) -> list[int]:
        if number not in self._read:
            data = self._sectors.read(self._geometry.reserved_sectors + number)
            self._read[number] = list(_SECTOR.unpack(data))
        return self._read[number]

    def taken(self) -> Iterator[int]:
        """All clusters that are neither free nor bad, whoever they belong to."""
        for number in range(self._geometry.fat_sectors):
            entries = self._sector(number)
            if not any(entries):
                continue
            for cluster, value in enumerate(entries, number * _ENTRIES_OF_SECTOR):
                if value not in {FREE, BAD} and self._geometry.holds(cluster):
                    yield cluster

    def _free_clusters(self) -> Iterator[int]:
        for number in range(self._geometry.fat_sectors):
            entries = self._sector(number)
            if FREE not in entries:
                continue
            first = number * _ENTRIES_OF_SECTOR
            for cluster, value in enumerate(entries, first):
                if value == FREE and self._geometry.holds(cluster):
                    yield cluster

    def _set(self, cluster: int, value: int) -> None:
        number, index = divmod(cluster, _ENTRIES_OF_SECTOR)
        self._sector(number)[index] = value
        self._changed.add(number)


def _broken(owner: str, clusters: list[int], to: str) -> DamagedVolumeError:
    place = f"from cluster {clusters[-1]} " if clusters else "from its directory entry "
    return DamagedVolumeError(
        f"the cluster chain leads {place}to {to}",
        where=owner,
        advice="Make the disk again: its file allocation table is damaged",
    )
