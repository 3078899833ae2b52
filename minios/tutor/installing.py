"""Install the packs of others, and remove them.

A pack is a folder, or a zip of one. It comes from a stranger: its files are looked at
before any is written (`pack_files.py`), and all its texts are read before it is there
for lessons. It is installed as a whole or not at all.

Nothing of it is executed. C sources are built when a learner's files are checked, in
the sandbox of the plugins (`minios/image/sandbox.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from pathlib import Path

from minios import host_files
from minios.errors import MiniosError
from minios.tutor import examining, languages, pack_files, packs, texts
from minios.tutor.errors import LessonError
from minios.tutor.examining import Report
from minios.tutor.pack_files import Files
from minios.tutor.packs import INSTALLED, PACK_NAME, Pack


def install(path: Path, data: Path, *, replace: bool = False) -> Pack:
    """Install the pack in a folder or a zip.

    Args:
        path: the folder, or the zip.
        data: the folder of the user, as `paths.user_data` has it.
        replace: whether it may take the place of an installed pack of its name.

    Raises LessonError or ScenarioFileError if the pack cannot be used; then nothing has
    changed.
    """
    files = pack_files.of(path)
    with _written(files, path) as found:
        name = found.head.name
        _require_fit(found)
        _require_free(name, data, replace=replace)
    folder = data / INSTALLED / name
    with host_files.new_folder(folder, lambda what: _not_written(folder, what)) as new:
        _write(files, new)
    return packs.read(folder, languages.ENGLISH)


def remove(name: str, data: Path) -> None:
    """Remove an installed pack. What the learner made in its lessons stays.

    Raises LessonError if there is none.
    """
    folder = data / INSTALLED / name
    known = [it.name for it in packs.installed(data)]
    if name not in known:
        there = f"There are: {', '.join(known)}" if known else "You have none"
        raise LessonError(f"no pack {name!r} is installed", advice=there)
    host_files.remove_folder(folder, lambda what: _not_written(folder, what))


@contextmanager
def unpacked(path: Path) -> Iterator[Pack]:
    """A copy of the pack in a folder or a zip, for checks. It is removed afterwards.

    Raises LessonError or ScenarioFileError if it cannot be read.
    """
    with _written(pack_files.of(path), path) as found:
        yield found


@contextmanager
def _written(files: Files, origin: Path) -> Iterator[Pack]:
    """The files in a temporary folder. Errors name the places in the origin."""
    with host_files.temporary_folder("pack") as folder:
        copy = folder.resolve()
        try:
            _write(files, copy)
            _require_texts(files, copy)
            yield packs.read(copy, languages.ENGLISH)
        except MiniosError as error:
            raise LessonError(
                _told(error.what, copy, origin),
                where=_told(error.where, copy, origin),
                advice=error.advice,
            ) from error


def retold(report: Report, copy: Path, origin: Path) -> Report:
    """A report on the copy of a pack, with the names that a person knows."""
    problems = tuple(_told(it, copy, origin) for it in report.problems)
    return changed(report, problems=problems)


def _told(words: str, copy: Path, origin: Path) -> str:
    return words.replace(str(copy), str(origin))


def _write(files: Files, folder: Path) -> None:
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)


def _not_written(folder: Path, what: str) -> LessonError:
    return LessonError(
        f"the pack {what}",
        where=str(folder),
        advice="Make room, or give yourself the right to write there",
    )


def _require_texts(files: Files, folder: Path) -> None:
    """Refuse a text that is none, or that a terminal could obey."""
    if PACK_NAME not in files:
        raise LessonError(
            f"there is no {PACK_NAME}",
            where=str(folder),
            advice="Give the folder of a pack, or a zip of it",
        )
    for name in files:
        if name.endswith(".toml"):
            texts.read_toml(folder / name)
        elif name.endswith(pack_files.TEXT_SUFFIXES):
            texts.read(folder / name)


def _require_fit(pack: Pack) -> None:
    """Refuse a pack with a lesson that cannot be read, in any of its languages."""
    if not pack.lessons:
        raise LessonError(
            "the pack has no lesson",
            where=str(pack.folder),
            advice="Give it a folder with a lesson.toml for each lesson",
        )
    for folder in pack.folders:
        found = examining.text_problems(folder, pack.head.name, pack.folder)
        for problem in found:
            raise LessonError(problem)


def _require_free(name: str, data: Path, *, replace: bool) -> None:
    """Refuse a name that another pack has, and one that no folder can have."""
    if name == packs.OURS:
        raise LessonError(
            f"the name {name!r} is that of the lessons that come with minios",
            where=PACK_NAME,
            advice="Choose another name in the pack",
        )
    if pack_files.is_reserved(name):
        raise LessonError(
            f"Windows takes the name {name!r} for a device",
            where=PACK_NAME,
            advice="Choose another name in the pack",
        )
    if (data / INSTALLED / name).exists() and not replace:
        raise LessonError(
            f"a pack {name!r} is installed",
            where=PACK_NAME,
            advice="Let this one replace it with --replace, or remove it first",
        )
