"""Where a dump is: in a file of its own, or on a disk image.

On a disk there may be two kinds: the last crash in the reserved sectors, and earlier
ones in `/SYSTEM/DUMPS`, where the boots after them have put them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.abi import dump as abi
from minios.abi.disk_layout import DUMP_SECTOR, DUMP_SECTORS, SECTOR_SIZE
from minios.disk import DiskError, SectorsOfBuffer, Volume
from minios.dump import sealed
from minios.dump.errors import DumpError
from minios.lab.disk_files import MAXIMUM_DISK

_BOOT_SIGNATURE: Final = b"\x55\xaa"


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one dump, where they are from, and what should be said of it."""

    name: str
    data: bytes
    note: str = ""


def read(path: Path, file: str = "") -> Source:
    """The dump in a file, or on a disk image: there, in `file` or in the reserve.

    Raises:
        DumpError: the file cannot be read, or holds no dump.
    """
    data = _read_file(path)
    if _is_disk(data):
        return _read_disk(path, data, file)
    if file:
        raise DumpError(
            "the file is no disk image, so it contains no dumps",
            where=str(path),
            advice="Leave --file out",
        )
    if not sealed.is_dump(data):
        raise DumpError(
            "the file is neither a dump nor a disk image",
            where=str(path),
            advice="Make one: `minios demo --save-disk FOLDER`",
        )
    return Source(str(path), data)


def listing(path: Path) -> tuple[Source, ...]:
    """The dumps in the folder of a disk image, oldest first.

    Raises:
        DumpError: the file cannot be read, is no disk image, or its volume is damaged.
    """
    data = _read_file(path)
    if not _is_disk(data):
        raise DumpError(
            "the file is no disk image, so it contains no dumps",
            where=str(path),
            advice="Leave --list out",
        )
    volume = _volume(path, data)
    try:
        entries = sorted(volume.list(abi.DUMPS_FOLDER), key=lambda entry: entry.name)
        return tuple(
            Source(entry.path, volume.read(entry.path))
            for entry in entries
            if entry.name.endswith(".DMP") and not entry.is_directory
        )
    except DiskError as error:
        raise _on_disk(path, error) from error


def _read_file(path: Path) -> bytes:
    data = host_files.read(path, MAXIMUM_DISK, partial(_not_read, path))
    if not data:
        raise DumpError(
            "the file is empty", where=str(path), advice="Name a dump or a disk image"
        )
    return data


def _not_read(path: Path, what: str) -> DumpError:
    advice = "Name a dump or a disk image"
    return DumpError(f"the file {what}", where=str(path), advice=advice)


def _reserve(data: bytes) -> bytes:
    start = DUMP_SECTOR * SECTOR_SIZE
    return data[start : start + DUMP_SECTORS * SECTOR_SIZE]


def _is_disk(data: bytes) -> bool:
    """A boot sector, or at least a dump where a disk has its own."""
    signed = data[SECTOR_SIZE - 2 : SECTOR_SIZE] == _BOOT_SIGNATURE
    return (signed and not sealed.is_dump(data)) or sealed.is_dump(_reserve(data))


def _read_disk(path: Path, data: bytes, file: str) -> Source:
    if file:
        return _read_volume(path, data, file)
    reserve = _reserve(data)
    if sealed.is_dump(reserve):
        try:
            _volume(path, data)
        except DumpError as error:
            return Source(str(path), reserve, f"its volume is damaged: {error.what}")
        return Source(str(path), reserve)
    kept = _files(_volume(path, data))  # complains if this is no disk at all
    raise DumpError(
        "the disk has no dump in its reserved sectors",
        where=str(path),
        advice=(
            f"Read a dump of {abi.DUMPS_FOLDER} with --file: {', '.join(kept)}"
            if kept
            else "Make a disk with a dump: `minios demo --save-disk FOLDER`"
        ),
    )


def _files(volume: Volume) -> list[str]:
    """The names of the dumps in the folder, as far as it can be read."""
    try:
        names = [entry.name for entry in volume.list(abi.DUMPS_FOLDER)]
    except DiskError:
        return []
    return sorted(name for name in names if name.endswith(".DMP"))


def _read_volume(path: Path, data: bytes, file: str) -> Source:
    volume = _volume(path, data)
    place = file if file.startswith("/") else f"{abi.DUMPS_FOLDER}/{file}"
    try:
        found = volume.read(place)
    except DiskError as error:
        raise _on_disk(path, error) from error
    name = f"{path}, {place.upper()}"
    if not sealed.is_dump(found):
        raise DumpError(
            "the file is no dump", where=name, advice="List the dumps with --list"
        )
    return Source(name, found)


def _volume(path: Path, data: bytes) -> Volume:
    try:
        return Volume(SectorsOfBuffer(bytearray(data)))
    except DiskError as error:
        raise _on_disk(path, error) from error


def _on_disk(path: Path, error: DiskError) -> DumpError:
    """The same complaint, with the name of the image."""
    where = f"{path}, {error.where}" if error.where else str(path)
    return DumpError(error.what, where=where, advice=error.advice)
