"""Disk images on the host, as `--disk` takes them and `--save-disk` makes them.

Both are checked before a machine is made. So a file that cannot be a disk is refused in
one line, and does not become a stop code. A folder that cannot be written to is refused
before anybody has watched the demonstration.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.abi.disk_layout import SECTOR_SIZE
from minios.disk import DiskError, SectorsOfBuffer, Volume

MAXIMUM_DISK: Final = 64 << 20

_ANOTHER_FOLDER: Final = "Name a folder that can be written to"


def read_disk(path: Path) -> bytes:
    """Read a disk image from which a machine can boot.

    Raises:
        DiskError: it cannot be read, is too large, is cut short, or is not a FAT16
            volume.
    """
    data = host_files.read(path, MAXIMUM_DISK, partial(_not_read, path))
    if not data or len(data) % SECTOR_SIZE:
        raise DiskError(
            f"the file has {len(data)} bytes, which is no whole number of sectors",
            where=str(path),
            advice="Copy it again: it has been cut short, or it is no disk image",
        )
    try:
        Volume(SectorsOfBuffer(bytearray(data)))
    except DiskError as error:
        raise DiskError(error.what, where=str(path), advice=error.advice) from error
    return data


def make_folder(path: Path) -> None:
    """Make a folder for disk images, if it does not exist.

    Raises:
        DiskError: the path is no folder, or cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"the folder cannot be made: {error.strerror or error}"
        if isinstance(error, FileExistsError):
            words = "this is a file, and no folder"
        raise DiskError(words, where=str(path), advice=_ANOTHER_FOLDER) from error
    if not os.access(path, os.W_OK):
        raise DiskError(
            "the folder is write-protected",
            where=str(path),
            advice="Name another folder",
        )


def require_room(path: Path) -> None:
    """Raise DiskError if `write_disk` could not write an image there."""
    host_files.require_room(path, partial(_not_written, path))


def write_disk(path: Path, data: bytes) -> None:
    """Write a disk image, in place of an older one. Raises DiskError."""
    host_files.write(path, data, partial(_not_written, path))


def _not_read(path: Path, what: str) -> DiskError:
    advice = "Give the path of a disk image"
    return DiskError(f"the file {what}", where=str(path), advice=advice)


def _not_written(path: Path, what: str) -> DiskError:
    return DiskError(f"the file {what}", where=str(path), advice=_ANOTHER_FOLDER)
