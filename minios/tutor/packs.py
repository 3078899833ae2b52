"""Packs of lessons: the one that comes with minios, and those that were installed.

A pack is a folder with a `pack.toml`, and with a folder for each lesson. Lessons follow
in the order of their names:

    name = "minios"
    title = "Rings, crashes and recovery"
    version = "1.0"
    license = "CC-BY-4.0"
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from minios import paths
from minios.testing.scenarios.base import Table
from minios.testing.scenarios.tables import Tables
from minios.tutor import reading, texts
from minios.tutor.errors import LessonError
from minios.tutor.model import FILE_NAME, Lesson, Line

PACK_NAME: Final = "pack.toml"
OURS: Final = "minios"  # the pack that comes with minios
INSTALLED: Final = "packs"
MOST: Final = 200  # lessons of a pack


class PackHead(Table, frozen=True, kw_only=True):
    """The keys of `pack.toml`.

    Attributes:
        name: small letters, digits and hyphens. Progress is kept under it, so it never
            changes.
        title: what a list of packs shows.
        version: any text; a learner tells it to you with a problem.
        license: what others may do with the pack, such as "CC-BY-4.0".
        author: who has written it.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,40}\Z")]
    title: Line
    version: Line
    license: Line
    author: Line = "unknown"


@dataclass(frozen=True)
class Pack:
    """A pack of lessons, in one language.

    Attributes:
        folder: where it is.
        head: what its `pack.toml` says.
        language: in which its lessons are read, where they have it.
    """

    folder: Path
    head: PackHead
    language: str

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of its lessons, in order."""
        return tuple(sorted(it.parent for it in self.folder.glob(f"*/{FILE_NAME}")))

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """Its lessons, in order. Raises LessonError or ScenarioFileError."""
        if len(self.folders) > MOST:
            raise LessonError(
                f"the pack has more than {MOST} lessons", where=str(self.folder)
            )
        return tuple(map(self.lesson, self.folders))

    def lesson(self, folder: Path) -> Lesson:
        """The lesson in a folder. Raises LessonError or ScenarioFileError."""
        return reading.read(folder, self.head.name, self.language)


def read(folder: Path, language: str) -> Pack:
    """The pack in a folder. Raises LessonError or ScenarioFileError."""
    path = folder / PACK_NAME
    text, table = texts.read_table(path)
    return Pack(folder, Tables(path, text).table(PackHead, table, ()), language)


def shipped(language: str) -> Pack:
    """The pack that comes with minios."""
    return read(paths.LESSONS, language)


def installed(data: Path) -> tuple[Path, ...]:
    """The folders of the packs that this user has installed, also of broken ones."""
    folders = (data / INSTALLED).glob("[!.]*")  # a copy left half way begins with a dot
    return tuple(sorted(it for it in folders if it.is_dir()))
