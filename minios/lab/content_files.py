"""Content files by name or by path: what `push` and `--content` take.

A file from outside is checked for what would make sending it senseless (it is not a
file, it is empty, it is larger than the sensor can hold), never for whether it is good:
that is the sensor's business, and often the point of the lesson.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.content import MAXIMUM_FILE_SIZE
from minios.content.errors import FileError
from minios.content.files import read_bytes
from minios.visible import visible

_FOLDER: Final = "content"
_SUFFIX: Final = ".sys"
MAXIMUM_PUSH: Final = 4 * MAXIMUM_FILE_SIZE
"""Bytes that may be sent: more than the guest takes, so that it can say no itself."""


FACTORY: Final = "channel-291-factory"
"""The content file on a fresh disk."""


@dataclass(frozen=True, slots=True)
class ContentFile:
    """A content file: what its sender calls it, and its bytes."""

    name: str
    data: bytes


def shipped() -> tuple[str, ...]:
    """The names of the content files that come with minios."""
    folder = paths.ASSETS / _FOLDER
    return tuple(sorted(path.stem for path in folder.glob("*" + _SUFFIX)))


def find(name: str | Path) -> ContentFile:
    """A shipped file by its name, or any file by its path.

    Raises:
        FileError: there is no such file, it is empty, or it has more bytes than
            `MAXIMUM_PUSH`. FileError is a ContentError.
    """
    path = Path(name)
    if str(name) in shipped():
        path = paths.ASSETS / _FOLDER / f"{name}{_SUFFIX}"
    elif not os.path.lexists(path):
        raise FileError(
            "cannot be read: there is no such file",
            where=str(name),
            advice=f"Give a path, or one of: {', '.join(shipped())}",
        )
    data = read_bytes(path)
    if len(data) > MAXIMUM_PUSH:
        raise FileError(
            f"has {len(data)} bytes; at most {MAXIMUM_PUSH} can be pushed",
            where=str(name),
            advice="A content file is a few hundred bytes: is this the right one?",
        )
    if not data:
        raise FileError(
            "is empty", where=str(name), advice="Give a file with something in it"
        )
    return ContentFile(visible(path.stem), data)
