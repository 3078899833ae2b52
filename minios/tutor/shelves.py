"""Packs as they are listed: their lessons, and what is wrong with those not read.

A pack or a lesson that cannot be read is no error here: its shelf says what is wrong,
and the others are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minios import paths
from minios.errors import MiniosError
from minios.session.catalogue import has_words
from minios.tutor import packs
from minios.tutor.model import Lesson
from minios.tutor.packs import Pack


@dataclass(frozen=True, slots=True)
class Shelf:
    """A pack: its lessons, and what is wrong with those that were not read."""

    pack: str
    title: str
    lessons: tuple[Lesson, ...] = ()
    troubles: tuple[str, ...] = ()

    def matching(self, typed: str) -> tuple[Lesson, ...]:
        """The lessons with all these words."""
        return tuple(
            it for it in self.lessons if has_words(typed, it.name, it.title, it.about)
        )


def of(data: Path | None, language: str) -> tuple[Shelf, ...]:
    """The pack that comes with minios, then those in the folder of the user."""
    found = [paths.LESSONS]
    if data is not None:
        found += packs.installed(data)
    return tuple(_shelf(it, language) for it in found)


def _shelf(folder: Path, language: str) -> Shelf:
    try:
        pack = packs.read(folder, language)
    except MiniosError as error:
        return Shelf(folder.name, folder.name, (), (str(error),))
    name = pack.head.name
    is_ours = folder == paths.LESSONS
    if not is_ours and (name != folder.name or name == packs.OURS):
        words = f"{folder}: the pack calls itself {name!r}"
        return Shelf(folder.name, folder.name, (), (words,))
    found = list(_read_each(pack))
    lessons = tuple(it for it in found if isinstance(it, Lesson))
    troubles = tuple(it for it in found if isinstance(it, str))
    return Shelf(name, pack.head.title, lessons, troubles)


def _read_each(pack: Pack) -> Iterator[Lesson | str]:
    """Each lesson, or what is wrong with it."""
    for folder in pack.folders[: packs.MOST]:
        try:
            yield pack.lesson(folder)
        except MiniosError as error:
            yield str(error)
