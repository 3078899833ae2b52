"""The lessons of this user as the interface lists them: pack by pack, with their state.

A pack or a lesson that cannot be read is no error here: its shelf says what is wrong,
and the others are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from minios import paths
from minios.errors import MiniosError
from minios.session.catalogue import has_words
from minios.tutor import learner, packs, reading
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson
from minios.tutor.packs import INSTALLED, PACK_NAME, Pack

_OURS: Final = "minios"  # the pack that comes with minios
_MOST: Final = 200  # lessons of a pack


@dataclass(frozen=True, slots=True)
class Shelf:
    """A pack: its title, the lessons, and what is wrong with those not read."""

    title: str
    lessons: tuple[Lesson, ...]
    troubles: tuple[str, ...] = ()

    def matching(self, typed: str) -> tuple[Lesson, ...]:
        """The lessons with all these words."""
        return tuple(it for it in self.lessons if has_words(typed, it.title, it.about))


class Library(Learner):
    """A learner whose lessons stand on shelves."""

    @classmethod
    def of_this_user(cls, language: str = "") -> Library:
        """Their progress, their packs, and their language if none is named."""
        user = learner.of_this_user(language)
        return cls(user.data, user.language)

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """All packs, the shipped one first. They are read once."""
        found = [paths.LESSONS]
        if self.data is not None:
            installed = (self.data / INSTALLED).glob(f"*/{PACK_NAME}")
            found += sorted(it.parent for it in installed)
        return tuple(map(self._shelf, found))

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons that can be read, in order."""
        return tuple(it for shelf in self.shelves for it in shelf.lessons)

    def listed(self, lesson: Lesson) -> str:
        """A lesson in a list: `What a ring is  (15 min)  ✓ passed  ← go on here`."""
        words = self.progress.words(lesson)
        sign = "✓ " if self.progress.passed(lesson) else ""
        done = f"  {sign}{words}" if words else ""
        following = self.next
        if following is not None and lesson.key == following.key:
            done += "  ← go on here" if self.progress.is_begun else "  ← begin here"
        return f"{lesson.title}  ({lesson.minutes} min){done}"

    def _shelf(self, folder: Path) -> Shelf:
        try:
            pack = packs.read(folder, self.language)
        except MiniosError as error:
            return Shelf(folder.name, (), (str(error),))
        name = pack.head.name
        if folder != paths.LESSONS and (name != folder.name or name == _OURS):
            words = f"{folder}: the pack calls itself {name!r}"
            return Shelf(folder.name, (), (words,))
        found = list(_read_each(pack))
        lessons = tuple(it for it in found if isinstance(it, Lesson))
        troubles = tuple(it for it in found if isinstance(it, str))
        return Shelf(pack.head.title, lessons, troubles)


def _read_each(pack: Pack) -> Iterator[Lesson | str]:
    """Each lesson, or what is wrong with it."""
    for folder in pack.folders[:_MOST]:
        try:
            yield reading.read(folder, pack.head.name, pack.language)
        except MiniosError as error:
            yield str(error)
