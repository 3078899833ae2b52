"""Disk images on the host: what `--disk` takes and `--save-disk` makes.

Looked at before a machine is made, so that a file that cannot be a disk is refused in
one line instead of becoming a stop code, and a folder that cannot be written to before
the demonstration has been watched in vain.
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


def read_disk(path: Path) -> bytes:
    """The bytes of a disk image that a machine can boot from.

    Raises:
        DiskError: it cannot be read, is too large, is cut short, or holds no FAT16
            volume.
    """
    data = host_files.read(path, MAXIMUM_DISK, partial(_not_read, path))
    if not data or len(data) % SECTOR_SIZE:
        raise DiskError(
            f"has {len(data)} bytes, which is no whole number of sectors",
            where=str(path),
            advice="It is no disk image, or it was cut short: copy it again",
        )
    try:
        Volume(SectorsOfBuffer(bytearray(data)))
    except DiskError as error:
        raise DiskError(error.what, where=str(path), advice=error.advice) from error
    return data


def make_folder(path: Path) -> None:
    """Make a folder for disk images, unless it is there.

    Raises:
        DiskError: it is something else, or cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"cannot be written: {error.strerror or error}"
        raise _not_written(path, words) from error
    if not os.access(path, os.W_OK):
        raise DiskError(
            "must not be written to", where=str(path), advice="Name another folder"
        )


def require_room(path: Path) -> None:
    """Raises DiskError if `write_disk` could not put an image there."""
    host_files.require_room(path, partial(_not_written, path))


def write_disk(path: Path, data: bytes) -> None:
    """Write a disk image, in the place of an older one. Raises DiskError."""
    host_files.write(path, data, partial(_not_written, path))


def _not_read(path: Path, what: str) -> DiskError:
    return DiskError(what, where=str(path), advice="Give the path of a disk image")


def _not_written(path: Path, what: str) -> DiskError:
    advice = "Name a folder that can be written to"
    return DiskError(what, where=str(path), advice=advice)
