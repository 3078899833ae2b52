"""Disk images on the host: what `--disk` takes and `--save-disk` makes.

Looked at before a machine is made, so that a file that cannot be a disk is refused in
one line instead of becoming a stop code, and a folder that cannot be written to before
the demonstration has been watched in vain.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from minios.abi.disk_layout import SECTOR_SIZE
from minios.disk import DiskError, SectorsOfBuffer, Volume

MAXIMUM_DISK: Final = 64 << 20


def read_disk(path: Path) -> bytes:
    """The bytes of a disk image that a machine can boot from.

    Raises:
        DiskError: it cannot be read, is too large, is cut short, or holds no FAT16
            volume.
    """
    try:
        if path.is_dir():
            raise DiskError(
                "is a directory", where=str(path), advice="Name a disk image"
            )
        if path.exists() and not path.is_file():
            raise DiskError(
                "is not a regular file", where=str(path), advice="Copy it to one first"
            )
        size = path.stat().st_size
        if size > MAXIMUM_DISK:
            raise DiskError(
                f"has {size} bytes; a disk has at most {MAXIMUM_DISK}",
                where=str(path),
                advice="Is this the right file?",
            )
        data = path.read_bytes()
    except OSError as error:
        raise DiskError(
            f"cannot be read: {error.strerror or error}",
            where=str(path),
            advice="Give the path of a disk image",
        ) from error
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
        raise _not_written(path, error) from error
    if not os.access(path, os.W_OK):
        raise DiskError(
            "must not be written to", where=str(path), advice="Name another folder"
        )


def write_disk(path: Path, data: bytes) -> None:
    """Write a disk image, over an older one if there is one. Raises DiskError."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> DiskError:
    return DiskError(
        f"cannot be written: {error.strerror or error}",
        where=str(path),
        advice="Name a folder that can be written to",
    )
