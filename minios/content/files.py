"""Reading and writing files for the commands, with one clear sentence for each failure.

The size is looked at before a byte is read: what claims to be a channel file may be
anything.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from minios.content.errors import FileError

MAXIMUM_BYTES: Final = 1 << 20
"""Far above what the sensor takes, so that a file a little too large gets a verdict."""


def read_bytes(path: Path) -> bytes:
    """The contents of a regular file of at most a megabyte. Raises `FileError`."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise FileError(
                "is a directory", where=str(path), advice="Name a file in it"
            )
        if not stat.S_ISREG(status.st_mode):
            raise FileError(
                "is not a regular file", where=str(path), advice="Copy it to one first"
            )
        if status.st_size > MAXIMUM_BYTES:
            raise FileError(
                f"has {status.st_size} bytes, which no channel file has",
                where=str(path),
                advice="Check that it is the right file",
            )
        return path.read_bytes()
    except OSError as error:
        raise _failure(error, path) from error


def read_text(path: Path) -> str:
    """The contents of a UTF-8 file. Raises `FileError`."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"is not UTF-8: byte {error.start} is {data[error.start]:#04x}",
            where=str(path),
            advice="Save it as UTF-8, or name the source instead of the result",
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file. Raises `FileError`."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise _failure(error, path) from error


def _failure(error: OSError, path: Path) -> FileError:
    words = (error.strerror or type(error).__name__).lower()
    return FileError(
        words, where=str(path), advice="Check the path and its permissions"
    )
