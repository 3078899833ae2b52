"""The files of a pack that somebody hands in: a folder or a zip.

They come from a stranger. So all of them are looked at before any is written: what they
are called, how many they are, and how large. A name has only letters, digits, and
`. _ -`; no two names differ only in capitals; nothing is a link. So no name means
something else on another host, and none leads out of the folder.

Only these kinds of files are taken: text, C sources and content files. Nothing that the
host would execute is among them.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from minios import host_files
from minios.tutor.errors import LessonError
from minios.visible import visible

Files: TypeAlias = Mapping[str, bytes]
"""The path in the pack, with slashes -> the contents."""

TEXT_SUFFIXES: Final = (".toml", ".md", ".c", ".h", ".txt")
SUFFIXES: Final = (*TEXT_SUFFIXES, ".sys")
MOST_FILES: Final = 1000
MOST_BYTES: Final = 16 << 20  # of all files
LARGEST_FILE: Final = 1 << 20
LARGEST_ZIP: Final = 8 << 20
_MOST_ENTRIES: Final = 2 * MOST_FILES  # files, folders, and what is left out
_DEEPEST: Final = 6
_LONGEST: Final = 64  # characters of a name
_RATIO: Final = 100  # deflate makes text 3 to 10 times smaller
_SMALL: Final = 64 << 10  # a file that may be as empty as it likes

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII | re.IGNORECASE
)
_LEFT_OUT: Final = re.compile(r"\.[A-Za-z0-9_][A-Za-z0-9._-]*|__MACOSX", re.ASCII)
_ENTRY: Final = b"PK\x01\x02"  # begins each entry of a zip's directory
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def of(path: Path) -> Files:
    """The files of a pack, from its folder or its zip. Raises LessonError.

    What begins with a dot, and `__MACOSX`, is left out: hosts add such files by
    themselves.
    """
    if path.is_dir():
        return _of_folder(path)
    return _of_zip(path)


def is_reserved(name: str) -> bool:
    """Whether Windows takes a name for a device."""
    return bool(_RESERVED.fullmatch(name))


class _Names:
    """The names so far. Each method raises LessonError."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._spelled: dict[str, str] = {}  # in small letters -> as it is written
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._entries = 0
        self._bytes = 0

    def refuse(self, name: str, what: str, advice: str) -> LessonError:
        """The error for one file."""
        where = f"{self._place}: {visible(name)[:200]}"
        return LessonError(what, where=where, advice=advice)

    def count(self) -> None:
        """One entry more, whatever it is."""
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise _too_many(self._place)

    def takes(self, name: str, *, is_folder: bool) -> bool:
        """Whether a file or a folder is taken. False if it is left out."""
        self.count()
        parts = name.split("/")
        for part in parts:
            if _LEFT_OUT.fullmatch(part):
                return False
            self._require_name(name, part)
        if len(parts) > _DEEPEST:
            what = f"the path has more than {_DEEPEST} parts"
            raise self.refuse(name, what, "Make it shorter")
        if not is_folder and not name.endswith(SUFFIXES):
            what = "a pack does not hold files of this kind"
            raise self.refuse(name, what, f"Leave it out; it may hold {_listed()}")
        self._require_new(name, parts, is_folder=is_folder)
        return True

    def _require_name(self, name: str, part: str) -> None:
        if not _NAME.fullmatch(part) or part.endswith("."):
            what = "the name cannot be used"
            advice = "Use only letters, digits, and . _ - in names"
            raise self.refuse(name, what, advice)
        if len(part) > _LONGEST:
            what = f"the name has more than {_LONGEST} characters"
            raise self.refuse(name, what, "Make it shorter")
        if is_reserved(part):
            what = "Windows takes the name for a device"
            raise self.refuse(name, what, "Choose another one")

    def _require_new(self, name: str, parts: list[str], *, is_folder: bool) -> None:
        """Refuse a second file, and names that some hosts cannot keep apart."""
        paths = ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]
        folders = paths if is_folder else paths[:-1]
        for path in paths:
            other = self._spelled.setdefault(path.casefold(), path)
            if other != path:
                what = f"the name is too much like {other!r}"
                raise self.refuse(name, what, "Choose another one")
        if not self._files.isdisjoint(paths) or (
            not is_folder and name in self._folders
        ):
            what = "the name is there twice"
            raise self.refuse(name, what, "Leave one of them out")
        self._folders.update(folders)
        if is_folder:
            return
        self._files.add(name)
        if len(self._files) > MOST_FILES:
            raise _too_many(self._place)

    def weigh(self, data: bytes) -> None:
        """The contents of a file have been read."""
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise LessonError(
                f"the pack has more than {MOST_BYTES >> 20} MiB",
                where=str(self._place),
                advice="Make several packs of it",
            )


def _too_many(place: Path) -> LessonError:
    return LessonError(
        f"the pack has more than {MOST_FILES} files",
        where=str(place),
        advice="Make several packs of it",
    )


def _listed() -> str:
    *first, last = SUFFIXES
    return f"{', '.join(first)} and {last}"


# ---- From a folder.


def _of_folder(folder: Path) -> Files:
    names = _Names(folder)
    found: dict[str, bytes] = {}
    for name, path in _entries(folder, "", names):
        refuse = partial(names.refuse, name, advice="Leave it out")
        data = host_files.read(path, LARGEST_FILE, lambda it: refuse(f"the file {it}"))  # noqa: B023 - called at once
        names.weigh(data)
        found[name] = data
    return found


def _entries(folder: Path, above: str, names: _Names) -> Iterator[tuple[str, Path]]:
    """The files in a folder and below it, in order. Links are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda it: it.name)
    except OSError as error:
        what = f"the folder cannot be read: {error.strerror or error}"
        raise names.refuse(above, what, "Give yourself the right to read it") from error
    for entry in entries:
        name = f"{above}{entry.name}"
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not entry.is_file(follow_symlinks=False):
            if _LEFT_OUT.fullmatch(entry.name):
                names.count()
                continue
            what = "this is a link or a special file"
            raise names.refuse(name, what, "Copy the file itself into the pack")
        if not names.takes(name, is_folder=is_folder):
            continue
        if is_folder:
            yield from _entries(Path(entry.path), f"{name}/", names)
        else:
            yield name, Path(entry.path)


# ---- From a zip.


def _of_zip(path: Path) -> Files:
    data = host_files.read(path, LARGEST_ZIP, partial(_no_pack, path))
    names = _Names(path)
    if data.count(_ENTRY) > _MOST_ENTRIES:
        raise _too_many(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = dict(_unzipped(archive, names))
    except _BROKEN as error:
        raise LessonError(
            f"the zip cannot be read: {visible(error) or 'it ends too soon'}",
            where=str(path),
            advice="Make it again, or get it again",
        ) from error
    return _without_top(found)


def _no_pack(path: Path, what: str) -> LessonError:
    return LessonError(
        f"the file {what}",
        where=str(path),
        advice="Give the folder of a pack, or a zip of it",
    )


def _unzipped(archive: zipfile.ZipFile, names: _Names) -> Iterator[tuple[str, bytes]]:
    for info in archive.infolist():
        name = info.orig_filename  # zipfile changes the other one for this host
        is_folder = name.endswith("/")
        if not names.takes(name.removesuffix("/"), is_folder=is_folder):
            continue
        _require_ordinary(info, names, is_folder=is_folder)
        if is_folder:
            continue
        with archive.open(info) as file:
            data = file.read()  # never more than info.file_size
        names.weigh(data)
        yield name, data


def _require_ordinary(info: zipfile.ZipInfo, names: _Names, *, is_folder: bool) -> None:
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    wanted = stat.S_IFDIR if is_folder else stat.S_IFREG
    if kind not in (0, wanted) or (is_folder and info.file_size):
        what = "this is a link or a special file"
        raise names.refuse(name, what, "Put the file itself into the zip")
    if info.flag_bits & _ENCRYPTED:
        what = "the file is encrypted"
        raise names.refuse(name, what, "Make the zip without a password")
    if info.compress_type not in _METHODS:
        what = "the file is compressed in an unusual way"
        raise names.refuse(name, what, "Make the zip with the method deflate")
    if info.file_size > LARGEST_FILE:
        what = f"the file has more than {LARGEST_FILE >> 10} KiB"
        raise names.refuse(name, what, "Make it smaller")
    if info.file_size > _SMALL + _RATIO * info.compress_size:
        what = f"the file becomes more than {_RATIO} times as large"
        raise names.refuse(name, what, "A pack holds no such file: leave it out")


def _without_top(files: Files) -> Files:
    """The files of the zip's only folder, if everything is in one."""
    tops = {it.partition("/")[0] for it in files}
    if len(tops) == 1 and all("/" in it for it in files):
        return {it.partition("/")[2]: data for it, data in files.items()}
    return files
