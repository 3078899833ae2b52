"""Read the folder of a plugin, which a stranger may have written.

Only what lies in the folder is read: plugin.toml, and C sources and headers. A symbolic
link is refused, because it could lead elsewhere. Number, size, depth and names have
limits, so that a folder cannot keep the build busy, and so that every name can be
printed. Files of other kinds, and folders whose name begins with a dot, are not read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minios import host_files
from minios.errors import ImageError
from minios.visible import visible

FILE_NAME: Final = "plugin.toml"
MOST_FILES: Final = 64
MOST_BYTES: Final = 256 << 10
_MOST_BYTES_IN_ALL: Final = 512 << 10
_MOST_ENTRIES: Final = 500
_DEEPEST: Final = 4
_SUFFIXES: Final = frozenset({".c", ".h"})
_ASSEMBLY: Final = frozenset({".s", ".S", ".asm"})
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_CONTROL: Final = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\U0010ffff]")

_ADVICE: Final = (
    f"A plugin's files are plain text in UTF-8, of at most {MOST_BYTES >> 10} KiB each,"
    " and lie in its own folder"
)


def read_file(path: Path, shown: str, advice: str = _ADVICE) -> str:
    """The text of one file of a plugin, whose lines end in a line feed alone.

    `shown` names it in messages. Raises ImageError if it is no regular file, too large,
    or no plain text.
    """

    def refuse(why: str) -> ImageError:
        return ImageError(f"the file {why}", where=shown, advice=advice)

    if path.is_symlink():
        raise refuse("is a symbolic link")
    try:
        text = host_files.read(path, MOST_BYTES, refuse).decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse(f"is not UTF-8 text: see its byte {error.start}") from error
    strange = _CONTROL.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        raise refuse(f"has the control character {visible(strange[0])} in line {line}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(folder: Path) -> dict[str, str]:
    """The C sources and headers of a plugin: name in the folder -> text.

    The names have forward slashes ("parts/list.c") and are in order. Raises ImageError
    if the folder holds something else than a plugin may have, or no C source.
    """
    found: dict[str, str] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        shown = visible(name)
        if path.suffix in _ASSEMBLY:
            raise ImageError(
                "assembly files are not built",
                where=shown,
                advice="Write the instructions into a C file: __asm__ volatile(...)",
            )
        if len(found) == MOST_FILES:
            raise _too_much(folder, f"more than {MOST_FILES} C files and headers")
        found[name] = read_file(path, shown)
        if sum(map(len, found.values())) > _MOST_BYTES_IN_ALL:
            limit = _MOST_BYTES_IN_ALL >> 10
            raise _too_much(folder, f"C files and headers of more than {limit} KiB")
    if not any(name.endswith(".c") for name in found):
        raise no_source(visible(folder))
    return found


def no_source(folder: str) -> ImageError:
    """The refusal of a plugin without a C file."""
    return ImageError(
        "the folder has no C source",
        where=folder,
        advice="Write a file such as plugin.c in it, which includes <minios/plugin.h>",
    )


def _files(folder: Path) -> list[Path]:
    """What may be a source file, in the order of names."""
    found = []
    for seen, path in enumerate(_walk(folder, folder, _DEEPEST)):
        if seen == _MOST_ENTRIES:
            raise _too_much(folder, f"more than {_MOST_ENTRIES} files")
        if path.suffix in _SUFFIXES | _ASSEMBLY:
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _walk(folder: Path, top: Path, depth: int) -> Iterator[Path]:
    """Every file below a folder. Follows no symbolic link."""
    try:
        entries = os.scandir(folder)
    except OSError as error:
        raise ImageError(
            f"the folder cannot be read: {error.strerror}",
            where=visible(folder),
            advice="Name the folder that has the plugin.toml",
        ) from error
    with entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            if entry.is_dir() or path.suffix in _SUFFIXES | _ASSEMBLY:
                _check_entry(entry, path.relative_to(top))
            if not entry.is_dir():
                yield path
            elif depth and not (path / FILE_NAME).exists():  # another plugin
                yield from _walk(path, top, depth - 1)


def _check_entry(entry: os.DirEntry[str], name: Path) -> None:
    if entry.is_symlink():
        raise ImageError(
            "a symbolic link is not followed, because it could lead out of the folder",
            where=visible(name),
            advice="Put a copy of the file in its place",
        )
    if not _NAME.fullmatch(entry.name):
        raise ImageError(
            "the name of the file or folder cannot be used",
            where=visible(name),
            advice="Use up to 64 letters (a to z), digits, points, - and _",
        )


def _too_much(folder: Path, what: str) -> ImageError:
    return ImageError(
        f"the folder has {what}",
        where=visible(folder),
        advice="Put only the plugin into this folder",
    )
