"""Look for contradictions on a volume: a small fsck that only reports.

The guest's kernel writes to the disk with its own FAT driver. This module checks what
it has left, also on hosts without `fsck.fat`. It never repairs anything.

It finds: unreadable chains, a cluster that two files claim, a file longer or shorter
than its chain, clusters that belong to no file, copies of the table that differ, two
entries with one name. It does not check times, labels or names.
"""

from __future__ import annotations

from collections.abc import Iterator

from minios.disk.allocation import AllocationTable
from minios.disk.directory import Record, records
from minios.disk.errors import DamagedVolumeError
from minios.disk.geometry import Geometry
from minios.disk.sectors import Sectors
from minios.disk.volume import Volume


def find_damage(sectors: Sectors) -> tuple[str, ...]:
    """One sentence for each contradiction; empty if the volume is sound."""
    try:
        geometry = Volume(sectors).geometry
    except DamagedVolumeError as error:
        return (str(error),)
    return tuple(_Survey(sectors, geometry).damage())


class _Survey:
    """One walk over the volume, which notes who owns which cluster."""

    def __init__(self, sectors: Sectors, geometry: Geometry) -> None:
        self._sectors = sectors
        self._geometry = geometry
        self._table = AllocationTable(sectors, geometry)
        self._owner: dict[int, str] = {}

    def damage(self) -> Iterator[str]:
        yield from self._copies()
        first = self._geometry.first_root
        root = range(first, first + self._geometry.root_sectors)
        yield from self._directory("", list(root))
        yield from self._lost()

    def _copies(self) -> Iterator[str]:
        geometry = self._geometry
        for number in range(geometry.fat_sectors):
            first = geometry.reserved_sectors + number
            original = self._sectors.read(first)
            for copy in range(1, geometry.fats):
                other = self._sectors.read(first + copy * geometry.fat_sectors)
                if other != original:
                    yield f"sector {number} of FAT 1 and FAT {copy + 1} differ"

    def _directory(self, path: str, numbers: list[int]) -> Iterator[str]:
        seen: set[str] = set()
        for record in records(self._sectors, numbers):
            if record.is_dot:
                continue
            here = f"{path}/{record.name}"
            if record.name in seen:
                yield f"{here} stands twice in its directory"
            seen.add(record.name)
            yield from self._entry(here, record)

    def _entry(self, path: str, record: Record) -> Iterator[str]:
        try:
            chain = self._table.chain(record.first_cluster, path)
        except DamagedVolumeError as error:
            yield str(error)
            return
        shared = [cluster for cluster in chain if cluster in self._owner]
        for cluster in shared:
            yield f"cluster {cluster} belongs to {self._owner[cluster]} and to {path}"
        self._owner.update(dict.fromkeys(chain, path))
        if not record.is_directory:
            needed = -(-record.size // self._geometry.cluster_bytes)
            if needed != len(chain):
                yield (
                    f"{path} has {record.size} bytes, which take {needed} clusters, "
                    f"but {len(chain)} are chained to it"
                )
        elif not chain:
            yield f"the directory {path} has no cluster"
        elif not shared:  # a directory that claims another's clusters may be a loop
            sectors_of = self._geometry.sectors_of
            numbers = [n for cluster in chain for n in sectors_of(cluster)]
            yield from self._directory(path, numbers)

    def _lost(self) -> Iterator[str]:
        lost = [n for n in self._table.taken() if n not in self._owner]
        if lost:
            yield f"{len(lost)} clusters belong to no file, the first is {lost[0]}"
