"""Directories: tables of 32-byte entries, one for each file.

    0          11     12       22     24     26        28     32
    +----------+------+--------+------+------+---------+------+
    | name,    | attri| (time, | time | date | first   | size |
    | 11 bytes | butes| NT)    |      |      | cluster |      |
    +----------+------+--------+------+------+---------+------+

    first byte of the name: 0x00 = this entry and all behind it are free,
                            0xe5 = this entry is free

Every date is 19 July 2024, 04:09, so that a disk has the same bytes whenever it is
made. The volume label is skipped. Another system may have given a file a long name. A
long name has its own entries before the entry of the file (attributes 0x0f, each with a
checksum of the short name). It is not read, but it is deleted with the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi.disk_layout import FILE_DATE, FILE_TIME, SECTOR_SIZE
from minios.disk.geometry import ENTRY_SIZE
from minios.disk.names import raw_name, spoken_name
from minios.disk.sectors import Sectors

ATTRIBUTE_VOLUME_LABEL: Final = 0x08
ATTRIBUTE_DIRECTORY: Final = 0x10
ATTRIBUTE_ARCHIVE: Final = 0x20
_ATTRIBUTE_LONG_NAME: Final = 0x0F

_FREE_FROM_HERE: Final = 0x00
_FREE: Final = 0xE5

_ENTRY: Final = struct.Struct("<11sBBBHHHHHHHI")
assert _ENTRY.size == ENTRY_SIZE

_LONG_NAME_CHECKSUM: Final = 13  # offset in an entry


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a directory entry: its sector, and its byte offset in the sector."""

    sector: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One directory entry that stands for a file or directory."""

    name: str
    attributes: int
    first_cluster: int
    size: int
    slot: Slot
    long_name: tuple[Slot, ...] = ()

    @property
    def is_directory(self) -> bool:
        """Whether the entry stands for a directory."""
        return bool(self.attributes & ATTRIBUTE_DIRECTORY)

    @property
    def is_dot(self) -> bool:
        """Whether this is "." or "..", which every directory contains."""
        return self.name in {".", ".."}


def pack_entry(raw: bytes, attributes: int, first_cluster: int, size: int) -> bytes:
    """The 32 bytes of an entry. `raw` is the 11 bytes of the name."""
    return _ENTRY.pack(
        raw,
        attributes,
        0,
        0,
        FILE_TIME,
        FILE_DATE,
        FILE_DATE,
        0,  # high half of the cluster number: FAT32 only
        FILE_TIME,
        FILE_DATE,
        first_cluster,
        size,
    )


def file_entry(name: str, first_cluster: int, size: int) -> bytes:
    """The entry for a file."""
    return pack_entry(raw_name(name), ATTRIBUTE_ARCHIVE, first_cluster, size)


def directory_entry(name: str, first_cluster: int) -> bytes:
    """The entry for a directory. Its size is always 0."""
    return pack_entry(raw_name(name), ATTRIBUTE_DIRECTORY, first_cluster, 0)


def dot_entries(own_cluster: int, parent_cluster: int) -> bytes:
    """The first two entries of a directory. The cluster of the root counts as 0."""
    own = pack_entry(b".".ljust(11), ATTRIBUTE_DIRECTORY, own_cluster, 0)
    parent = pack_entry(b"..".ljust(11), ATTRIBUTE_DIRECTORY, parent_cluster, 0)
    return own + parent


def records(sectors: Sectors, numbers: Iterable[int]) -> Iterator[Record]:
    """The files and directories in the directory that these sectors contain."""
    parts: list[tuple[Slot, int]] = []  # of a long name, with their checksums
    for slot, entry in _entries(sectors, numbers):
        if entry[0] == _FREE_FROM_HERE:
            return
        raw, attributes, _, _, _, _, _, _, _, _, cluster, size = _ENTRY.unpack(entry)
        if entry[0] != _FREE and attributes == _ATTRIBUTE_LONG_NAME:
            parts.append((slot, entry[_LONG_NAME_CHECKSUM]))
            continue
        long_name = tuple(part for part, sum_ in parts if sum_ == _checksum(raw))
        parts = []
        if entry[0] != _FREE and not attributes & ATTRIBUTE_VOLUME_LABEL:
            yield Record(spoken_name(raw), attributes, cluster, size, slot, long_name)


def _checksum(raw: bytes) -> int:
    """The checksum of a short name, as each part of its long name contains it."""
    total = 0
    for byte in raw:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    return total


def free_slot(sectors: Sectors, numbers: Iterable[int]) -> Slot | None:
    """The first free place in a directory, or None if it is full."""
    for slot, entry in _entries(sectors, numbers):
        if entry[0] in {_FREE_FROM_HERE, _FREE}:
            return slot
    return None


def put(sectors: Sectors, slot: Slot, entry: bytes) -> None:
    """Write one entry to its place."""
    data = bytearray(sectors.read(slot.sector))
    data[slot.offset : slot.offset + ENTRY_SIZE] = entry
    sectors.write(slot.sector, bytes(data))


def get(sectors: Sectors, slot: Slot) -> bytes:
    """The 32 bytes of one entry."""
    return sectors.read(slot.sector)[slot.offset : slot.offset + ENTRY_SIZE]


def erase(sectors: Sectors, record: Record) -> None:
    """Mark the entries of a file as free.

    Their other bytes stay, as on any FAT disk.
    """
    for slot in (*record.long_name, record.slot):
        put(sectors, slot, bytes([_FREE]) + get(sectors, slot)[1:])


def _entries(sectors: Sectors, numbers: Iterable[int]) -> Iterator[tuple[Slot, bytes]]:
    for number in numbers:
        data = sectors.read(number)
        for offset in range(0, SECTOR_SIZE, ENTRY_SIZE):
            yield Slot(number, offset), data[offset : offset + ENTRY_SIZE]
