"""Read what a student has handed in, without trusting any of it.

Only the parts that the assignment asks for are read, and only regular files: links of
both kinds are refused, and so are names that a terminal would obey, trees that are too
deep, and more files or bytes than a part needs. What remains is kept as bytes. A worker
writes these into a folder of its own, and everything else in the submission (a
`conftest.py`, say) is never seen by anything.

Nothing here raises for a bad submission: what is wrong is a sentence for the student.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from unicodedata import normalize

import msgspec

from minios import host_files
from minios.errors import MiniosError, ScenarioError
from minios.testing.grading.assignment import Assignment, Kind, Part
from minios.visible import visible

MOST_BYTES: Final = 4 << 20  # of a part
_MOST_TOML: Final = 64 << 10  # bytes of a TOML file
_MOST_FILES: Final = 200
_MOST_FOLDERS_DEEP: Final = 8
_MOST_NAMES: Final = 1000  # of a folder that are looked at
_LONGEST_NAME: Final = 60


class Found(NamedTuple):
    """A submission's folder: its path, what to call it, and a safe file name for it."""

    path: Path
    name: str
    file_name: str


class Submission(msgspec.Struct, frozen=True):
    """What was handed in: the contents of each file, and what is wrong.

    Attributes:
        name: what to call it.
        files: path in the submission, with `/` -> contents.
        problems: sentences for the student.
    """

    name: str
    files: dict[str, bytes]
    problems: tuple[str, ...] = ()


class _BadPartError(MiniosError):
    """A part cannot be taken; the words are for the student."""


def find(
    root: Path, assignment: Assignment, others: Sequence[Path] = ()
) -> list[Found]:
    """Every folder directly in this one is a submission, but for some. Sorted by name.

    Raises ScenarioError if there are none, or if this folder is itself a submission.
    """
    try:
        entries = [it for it in root.iterdir() if _can_be_handed_in(it.name)]
    except OSError as error:
        raise ScenarioError(
            f"the submissions cannot be read: {error.strerror}",
            where=str(root),
            advice="Name a folder that has one folder for each submission",
        ) from error
    folders = [it for it in entries if it.is_dir() and it.resolve() not in others]
    own = _part_in(root, assignment)
    if own and not any(_part_in(it, assignment) for it in folders):
        raise ScenarioError(
            f"this folder is itself a submission: {own} is directly in it",
            where=str(root),
            advice="Add --single, or name the folder that holds all submissions",
        )
    if not folders:
        raise ScenarioError(
            "there are no submissions: this folder has no folder in it",
            where=str(root),
            advice="Put each submission into a folder of its own, or use --single",
        )
    taken: set[str] = set()
    return [_found(path, taken) for path in sorted(folders, key=os.fsencode)]


def _can_be_handed_in(name: str) -> bool:
    """Whether a folder may be a student's: not one that a program has left there."""
    return not name.startswith(".") and name not in ("__MACOSX", "__pycache__")


def _part_in(folder: Path, assignment: Assignment) -> str:
    """A part of the assignment that is in a folder; "" if there is none."""
    files = (it.file for it in assignment.part)
    return next((it for it in files if os.path.lexists(folder / it)), "")


def single(path: Path) -> Found:
    """This folder is the only submission. Raises ScenarioError if it is no folder."""
    if not path.is_dir():
        raise ScenarioError(
            "there is no such folder",
            where=str(path),
            advice="Name the folder of the submission",
        )
    return _found(path, set())


def _found(path: Path, taken: set[str]) -> Found:
    """Choose a file name that every host can have, and that no other one has."""
    name = path.resolve().name if path.name in {"", ".."} else path.name
    safe = "".join(it if it.isalnum() or it in "-_." else "_" for it in name)
    safe = safe[:_LONGEST_NAME].rstrip(".")
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    others = (f"{safe}-{digest}" + "-again" * number for number in count())
    choices = chain([safe] if safe == name else [], others)
    free = next(it for it in choices if _alike(it) not in taken)
    taken.add(_alike(free))
    return Found(path, visible(name), free)


def _alike(name: str) -> str:
    """The same for two names that some host takes for one: `Bob` and `bob`, say."""
    return normalize("NFKC", normalize("NFKC", name).casefold())


def read(found: Found, assignment: Assignment) -> Submission:
    """Read the parts that the assignment asks for."""
    files: dict[str, bytes] = {}
    problems = []
    for part in assignment.part:
        try:
            files |= _read_part(found.path, part)
        except _BadPartError as error:
            problems.append(str(error))
    return Submission(found.name, files, tuple(problems))


def _read_part(root: Path, part: Part) -> dict[str, bytes]:
    place = root
    for name in PurePosixPath(part.file).parts:
        if root.is_symlink() or place.is_symlink():
            raise _link(part.file)
        place /= name
    if place.is_symlink():
        raise _link(part.file)
    if not place.exists():
        if part.required:
            raise _missing(place, part)
        return {}
    if part.kind is Kind.PLUGIN:
        return _read_folder(place, part)
    return {part.file: _read_file(place, part.file, MOST_BYTES)}


def _read_folder(top: Path, part: Part) -> dict[str, bytes]:
    if not top.is_dir():
        raise _BadPartError(
            f"the plugin {part.file} is a file",
            advice="Hand in its folder, with plugin.toml and the C sources in it",
        )
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for path in _walk(top, part.file):
        name = f"{part.file}/{path.relative_to(top).as_posix()}"
        if len(files) == _MOST_FILES:
            raise _BadPartError(
                f"the folder {part.file} has more than {_MOST_FILES} files",
                advice="Leave only plugin.toml and the C sources in it",
            )
        files[name] = _read_file(path, name, left)
        left -= len(files[name])
    return files


def _walk(folder: Path, name: str, depth: int = 1) -> Iterator[Path]:
    """Every file below a folder, in the order of its names. Folders are bounded."""
    try:
        with os.scandir(folder) as entries:
            some = sorted(islice(entries, _MOST_NAMES), key=lambda it: it.name)
    except OSError as error:
        raise _BadPartError(
            f"the folder {visible(name)} cannot be read: {error.strerror}",
            advice="Make it readable and hand it in again",
        ) from error
    if len(some) == _MOST_NAMES or depth > _MOST_FOLDERS_DEEP:
        raise _BadPartError(
            f"the folder {visible(name)} holds too much, or lies too deep",
            advice="Leave only plugin.toml and the C sources in the plugin's folder",
        )
    for entry in some:
        inner = f"{name}/{entry.name}"
        if not entry.name.isprintable():
            raise _BadPartError(
                f"the name {visible(inner)} has characters that cannot be shown",
                advice="Use letters, digits, `-`, `_` and `.` in names",
            )
        if entry.is_symlink():
            raise _link(inner)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), inner, depth + 1)
        else:
            yield Path(entry.path)


def _read_file(path: Path, name: str, most: int) -> bytes:
    def refuse(what: str) -> MiniosError:
        return _BadPartError(
            f"the file {visible(name)} {what}",
            advice="Hand in a regular file of the right size",
        )

    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise refuse("is not a regular file")
    if status.st_nlink > 1:  # the other name may lie outside, and be a secret
        raise _BadPartError(
            f"the file {visible(name)} is a hard link: it has another name elsewhere",
            advice="Hand in a copy of the file",
        )
    is_toml = name.casefold().endswith(".toml")
    return host_files.read(path, min(most, _MOST_TOML) if is_toml else most, refuse)


def _link(name: str) -> _BadPartError:
    return _BadPartError(
        f"{visible(name)} is a symbolic link, or lies behind one",
        advice="Hand in the file or the folder itself",
    )


def _missing(place: Path, part: Part) -> _BadPartError:
    what = "folder" if part.kind is Kind.PLUGIN else "file"
    near = _nearest(place)
    hint = f"There is {visible(near)}: rename or move it. " if near else ""
    return _BadPartError(
        f"the {what} {part.file} is missing",
        advice=f"{hint}Hand in a {what} of exactly this name",
    )


def _nearest(place: Path) -> str:
    """What the student may have meant: a similar name, or the same one lower down."""
    try:
        with os.scandir(place.parent) as entries:
            some = [it for it in islice(entries, _MOST_NAMES) if not it.is_symlink()]
        beside = sorted(it.name for it in some)
        for name in beside:
            if os.path.lexists(place.parent / name / place.name):
                return f"{name}/{place.name}"
    except (OSError, ValueError):
        return ""
    close = difflib.get_close_matches(
        place.name.casefold(), [it.casefold() for it in beside], n=1
    )
    return next((it for it in beside if [it.casefold()] == close), "")
