"""Content files by name or by path, as `push` and `--content` take them.

A path that ends in `.toml` is a source: it is compiled. Any other file is sent as it
is, and is refused only if it makes no sense to send it: if it is not a file, is empty,
or is larger than a push may be. Whether it is good is not checked. That is the work of
the sensor, and often the point of the lesson.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.content import MAXIMUM_FILE_SIZE
from minios.arguments import meant
from minios.content.errors import ContentError, FileError
from minios.content.files import read_bytes, read_text
from minios.content.source import compile_source
from minios.lab.mistakes import WrongTypeError
from minios.visible import visible

_FOLDER: Final = "content"
_SUFFIX: Final = ".sys"
SOURCE: Final = ".toml"
"""How the name of a source ends, which is compiled before it is sent."""
MAXIMUM_PUSH: Final = 4 * MAXIMUM_FILE_SIZE
"""Bytes that may be sent: more than the guest takes, so that it can refuse itself."""


_HEAD: Final = "[[instance]]"
_INSTANCE: Final = re.compile(r"instance (\d+)")
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
    """A file that comes with minios by its name, or any file by its path.

    Raises:
        FileError: there is no such file, it is empty, or it has more bytes than
            `MAXIMUM_PUSH`. FileError is a ContentError.
        ContentError: a source has a mistake. `where` says in which file, and where.
        WrongTypeError: it is neither.
    """
    if not isinstance(name, str | Path):
        raise WrongTypeError(
            f"a value of the type {type(name).__name__} is no content file",
            advice=_instead_of(name),
        )
    path = Path(name)
    if str(name) in shipped():
        path = paths.ASSETS / _FOLDER / f"{name}{_SUFFIX}"
    elif not os.path.lexists(path):
        asked = meant(str(name), shipped())
        raise FileError(
            "there is no such file",
            where=str(name),
            advice=f"{asked}Give the path of a file, or one of: {', '.join(shipped())}",
        )
    data = _compiled(path) if path.suffix == SOURCE else read_bytes(path)
    if len(data) > MAXIMUM_PUSH:
        raise FileError(
            f"the file has {len(data)} bytes, but at most {MAXIMUM_PUSH} can be pushed",
            where=str(name),
            advice="Choose a content file: those have a few hundred bytes",
        )
    if not data:
        raise FileError(
            "the file is empty", where=str(name), advice="Give a file with contents"
        )
    return ContentFile(visible(path.stem), data)


def _instead_of(content: object) -> str:
    if isinstance(content, Mapping):
        return "The fixture `content` makes one of a dictionary: push(content({...}))"
    return 'Give a name or a path. For bytes write ContentFile("name", data)'


def _compiled(path: Path) -> bytes:
    text = read_text(path)
    try:
        return compile_source(text)
    except ContentError as error:
        place = f"{path}{_line(text, error.where)}"
        place += f": {error.where}" if error.where else ""
        raise type(error)(error.what, where=place, advice=error.advice) from error


def _line(text: str, where: str) -> str:
    """The line of the instance that has the mistake, as ":12"; "" if none has it."""
    named = _INSTANCE.match(where)
    lines = enumerate(text.splitlines(), 1)
    heads = [number for number, line in lines if line.lstrip().startswith(_HEAD)]
    if named is None or int(named[1]) > len(heads):
        return ""
    return f":{heads[int(named[1]) - 1]}"
