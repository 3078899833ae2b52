"""Read and write files for the commands, with one clear sentence for each failure.

The size is checked before anything is read, because the file may be anything.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.content.errors import FileError

MAXIMUM_BYTES: Final = 1 << 20
"""Far more than the sensor takes, so that a file slightly too large gets a verdict."""

_ADVICE: Final = {
    "is a directory": "Name a file in it",
    "is not a regular file": "Copy it to one first",
    "has ": "Check that it is the right file",
}


def read_bytes(path: Path) -> bytes:
    """The contents of a regular file of at most a megabyte. Raises `FileError`."""
    return host_files.read(path, MAXIMUM_BYTES, partial(_refused, path))


def read_text(path: Path) -> str:
    """The contents of a UTF-8 file. Raises `FileError`."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"the file is not UTF-8: byte {error.start} is {data[error.start]:#04x}",
            where=str(path),
            advice="Save it as UTF-8, or name the source instead of the result",
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, as a whole or not at all. Raises `FileError`."""
    host_files.write(path, data, partial(_refused, path))


def is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to the same file."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False  # a file is missing, or reading or writing it will say why


def _refused(path: Path, what: str) -> FileError:
    known = (words for start, words in _ADVICE.items() if what.startswith(start))
    advice = next(known, "Check the path and its permissions")
    return FileError(f"the file {what}", where=str(path), advice=advice)
