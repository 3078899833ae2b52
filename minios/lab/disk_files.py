"""Disk images from the host: what `--disk` takes.

Looked at before a machine is made, so that a file that cannot be a disk is refused in
one line instead of becoming a stop code.
"""

from __future__ import annotations

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
