"""A mounted volume: everything that one can do with files.

Nothing is cached between two calls. Each call reads what it needs from the sectors, so
a volume on a machine's disk sees what the machine's kernel has written. (The kernel
does not see our writes in the same way: do not write while the machine runs.)

A write first stores the data in free clusters, then the allocation table, then the
directory entry. At last it frees the old clusters. After an interrupted write, the file
has its old contents or its new ones, and at worst some clusters belong to no file. Only
if both do not fit on the disk are the old contents overwritten. A rename writes the new
entry before it erases the old one. In between, two names share the clusters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi.disk_layout import SECTOR_SIZE
from minios.disk import directory
from minios.disk.allocation import AllocationTable
from minios.disk.directory import Record
from minios.disk.errors import (
    DamagedVolumeError,
    DiskFullError,
    MissingFileError,
    NameRefusedError,
    NameTakenError,
    WrongKindError,
)
from minios.disk.geometry import Geometry, read_boot_sector
from minios.disk.names import raw_name, split_path
from minios.disk.sectors import ZERO_SECTOR, Sectors

MAXIMUM_PATH: Final = 260


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory in a listing. Size in bytes, 0 for a directory."""

    path: str
    name: str
    size: int
    is_directory: bool


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory that was found: its path, and its first cluster (0 for the root)."""

    path: str
    first_cluster: int

    def path_of(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"


class Volume:
    """The files of a FAT16 volume.

    When a volume was opened, sector 0 described a FAT16 volume, and the image was long
    enough. Paths are absolute ("/SYSTEM/A.TXT"), in 8.3 form, and without regard to
    upper and lower case.
    """

    def __init__(self, sectors: Sectors) -> None:
        """Open a volume.

        Raises `DamagedVolumeError` if it is no volume, or is cut short.
        """
        self._sectors = sectors
        self.geometry: Geometry = read_boot_sector(sectors.read(0))
        if self.geometry.sectors > sectors.sectors:
            raise DamagedVolumeError(
                f"the volume has {self.geometry.sectors} sectors, but the image "
                f"has only {sectors.sectors}: it has been cut short",
                advice="Make or copy the image again",
            )

    def read(self, path: str) -> bytes:
        """The contents of a file."""
        record = self._file(path)
        chain = self._table().chain(record.first_cluster, path)
        cluster_bytes = self.geometry.cluster_bytes
        if len(chain) * cluster_bytes < record.size:
            raise DamagedVolumeError(
                f"the file has {record.size} bytes, but its cluster chain ends after "
                f"{len(chain) * cluster_bytes}",
                where=path,
                advice="Make the disk again: its file allocation table is damaged",
            )
        used = -(-record.size // SECTOR_SIZE)
        numbers = [n for cluster in chain for n in self.geometry.sectors_of(cluster)]
        data = b"".join(self._sectors.read(n) for n in numbers[:used])
        return data[: record.size]

    def write(self, path: str, data: bytes) -> None:
        """Make a file, or replace the contents of one. Its directory must exist.

        Raises `DiskFullError` if the file does not fit. Then the old contents are
        intact.
        """
        parent, name = self._parent(path)
        old = self._find(parent, name)
        if old is not None and old.is_directory:
            raise WrongKindError(
                "this is a directory", where=path, advice="Give the file another name"
            )
        table = self._table()
        freed = [] if old is None else table.chain(old.first_cluster, path)
        count = -(-len(data) // self.geometry.cluster_bytes)
        try:
            chain = table.allocate(count)
        except DiskFullError:
            table.free(freed)
            freed = []
            chain = table.allocate(count)
        # First find a place for the entry: a full directory must not cost any data.
        slot = old.slot if old is not None else self._room(parent, table)
        self._store_data(chain, data)
        table.store()
        first = chain[0] if chain else 0
        entry = directory.file_entry(name, first, len(data))
        directory.put(self._sectors, slot, entry)
        table.free(freed)
        table.store()

    def make_directory(self, path: str) -> None:
        """Make an empty directory. The directory above it must exist."""
        parent, name = self._parent(path)
        self._refuse_taken(parent, name)
        table = self._table()
        (cluster,) = table.allocate(1)
        slot = self._room(parent, table)
        self._clear(cluster)
        dots = directory.dot_entries(cluster, parent.first_cluster)
        first_sector = self.geometry.sectors_of(cluster)[0]
        self._sectors.write(first_sector, dots.ljust(SECTOR_SIZE, b"\0"))
        table.store()
        entry = directory.directory_entry(name, cluster)
        directory.put(self._sectors, slot, entry)

    def list(self, path: str = "/") -> tuple[Entry, ...]:
        """The files and directories in a directory, in their order on the disk."""
        found = self._directory(split_path(path))
        return tuple(
            Entry(found.path_of(r.name), r.name, r.size, r.is_directory)
            for r in self._records(found)
            if not r.is_dot
        )

    def walk(self, path: str = "/") -> Iterator[Entry]:
        """Everything below a directory. Each directory comes before its contents."""
        for entry in self.list(path):
            yield entry
            if entry.is_directory:
                yield from self.walk(entry.path)

    def exists(self, path: str) -> bool:
        """Whether there is a file or directory with this path."""
        try:
            parent, name = self._parent(path)
        except MissingFileError:
            return False
        return self._find(parent, name) is not None

    def delete(self, path: str) -> None:
        """Delete a file, or an empty directory."""
        record = self._record(path)
        if record.is_directory and self.list(path):
            raise WrongKindError(
                "the directory is not empty",
                where=path,
                advice="Delete what it holds first",
            )
        table = self._table()
        chain = table.chain(record.first_cluster, path)
        directory.erase(self._sectors, record)
        table.free(chain)
        table.store()

    def rename(self, path: str, new_path: str) -> None:
        """Give a file or directory another name, in the same or another directory.

        Raises `NameTakenError` if the new name is in use.
        """
        record = self._record(path)
        parent, name = self._parent(new_path)
        if record.is_directory:
            self._refuse_into_itself(path, new_path)
        self._refuse_taken(parent, name)
        table = self._table()
        slot = self._room(parent, table)
        table.store()
        moved = directory.get(self._sectors, record.slot)
        raw = raw_name(name)
        # The new entry first: an interruption leaves two names, never none.
        directory.put(self._sectors, slot, raw + moved[len(raw) :])
        directory.erase(self._sectors, record)
        if record.is_directory:
            dots = directory.dot_entries(record.first_cluster, parent.first_cluster)
            first_sector = self.geometry.sectors_of(record.first_cluster)[0]
            half = len(dots) // 2
            second = directory.Slot(first_sector, half)
            directory.put(self._sectors, second, dots[half:])

    def _table(self) -> AllocationTable:
        return AllocationTable(self._sectors, self.geometry)

    def _parent(self, path: str) -> tuple[_Directory, str]:
        """The directory that contains a path, and the last name of the path."""
        names = split_path(path)
        if not names:
            raise NameRefusedError(
                "this is the root directory", where=path, advice="Name a file in it"
            )
        return self._directory(names[:-1]), names[-1]

    def _directory(self, names: tuple[str, ...]) -> _Directory:
        found = _Directory("/", 0)
        for name in names:
            path = found.path_of(name)
            record = self._find(found, name)
            if record is None:
                raise MissingFileError(
                    "there is no such directory",
                    where=path,
                    advice=self._neighbours(found),
                )
            if not record.is_directory:
                raise WrongKindError(
                    "this is a file, not a directory",
                    where=path,
                    advice="Name a directory, or leave the rest of the path out",
                )
            if record.first_cluster == 0:
                raise DamagedVolumeError(
                    "the directory has no cluster",
                    where=path,
                    advice="The disk is damaged: make it again",
                )
            if len(path) > MAXIMUM_PATH:
                raise DamagedVolumeError(
                    f"the path is longer than {MAXIMUM_PATH} characters: a directory "
                    "contains itself",
                    where=path,
                    advice="The disk is damaged: make it again",
                )
            found = _Directory(path, record.first_cluster)
        return found

    def _record(self, path: str) -> Record:
        parent, name = self._parent(path)
        record = self._find(parent, name)
        if record is None:
            raise MissingFileError(
                "there is no such file", where=path, advice=self._neighbours(parent)
            )
        return record

    def _file(self, path: str) -> Record:
        record = self._record(path)
        if record.is_directory:
            raise WrongKindError(
                "this is a directory", where=path, advice="List it instead"
            )
        return record

    def _find(self, parent: _Directory, name: str) -> Record | None:
        for record in self._records(parent):
            if record.name.upper() == name:
                return record
        return None

    def _records(self, found: _Directory) -> Iterator[Record]:
        return directory.records(self._sectors, self._directory_sectors(found))

    def _directory_sectors(
        self, found: _Directory, table: AllocationTable | None = None
    ) -> Sequence[int]:
        geometry = self.geometry
        if found.first_cluster == 0:
            first = geometry.first_root
            return range(first, first + geometry.root_sectors)
        chain = (table or self._table()).chain(found.first_cluster, found.path)
        return [number for cluster in chain for number in geometry.sectors_of(cluster)]

    def _room(self, parent: _Directory, table: AllocationTable) -> directory.Slot:
        """A free place in a directory. A full directory grows by a cluster."""
        numbers = self._directory_sectors(parent, table)
        slot = directory.free_slot(self._sectors, numbers)
        if slot is not None:
            return slot
        if parent.first_cluster == 0:
            raise DiskFullError(
                f"the root directory is full: it has {self.geometry.root_entries} "
                "entries and cannot grow",
                advice="Make a directory and put files there",
            )
        chain = table.chain(parent.first_cluster, parent.path)
        (cluster,) = table.allocate(1)
        table.append(chain, cluster)
        self._clear(cluster)
        return directory.Slot(self.geometry.sectors_of(cluster)[0], 0)

    def _clear(self, cluster: int) -> None:
        for number in self.geometry.sectors_of(cluster):
            self._sectors.write(number, ZERO_SECTOR)

    def _store_data(self, chain: Sequence[int], data: bytes) -> None:
        numbers = [n for cluster in chain for n in self.geometry.sectors_of(cluster)]
        for number, start in zip(
            numbers, range(0, len(data), SECTOR_SIZE), strict=False
        ):
            piece = data[start : start + SECTOR_SIZE].ljust(SECTOR_SIZE, b"\0")
            self._sectors.write(number, piece)

    def _refuse_taken(self, parent: _Directory, name: str) -> None:
        if self._find(parent, name) is not None:
            raise NameTakenError(
                "this name is already in use",
                where=parent.path_of(name),
                advice="Delete it first",
            )

    def _refuse_into_itself(self, path: str, new_path: str) -> None:
        names, new_names = split_path(path), split_path(new_path)
        if new_names[: len(names)] == names:
            raise WrongKindError(
                f"a directory cannot be moved into itself: {new_path}",
                where=path,
                advice="Choose a place outside of it",
            )

    def _neighbours(self, found: _Directory) -> str:
        names = [r.name for r in self._records(found) if not r.is_dot]
        return f"{found.path} holds: {', '.join(names) or 'nothing'}"
