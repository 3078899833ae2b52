"""The lessons that this user can take, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from minios import paths
from minios.errors import MiniosError
from minios.session.catalogue import has_words
from minios.tutor import languages, packs, reading
from minios.tutor.errors import LessonError
from minios.tutor.model import Lesson
from minios.tutor.packs import PACK_NAME, Pack
from minios.tutor.progress import Progress
from minios.tutor.visit import Visit

_INSTALLED: Final = "packs"
_MOST: Final = 200  # lessons of a pack
_NOWHERE: Final = Path("nowhere")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A pack: its title, the lessons, and what is wrong with those not read."""

    title: str
    lessons: tuple[Lesson, ...]
    troubles: tuple[str, ...] = ()

    def matching(self, typed: str) -> tuple[Lesson, ...]:
        """The lessons with all these words."""
        return tuple(it for it in self.lessons if has_words(typed, it.title, it.about))


class Library:
    """The shipped pack, and behind it those that were installed.

    A pack or a lesson that cannot be read is no error here: its shelf says why.
    """

    def __init__(
        self,
        progress: Progress,
        data: Path | None,
        language: str = languages.ENGLISH,
        shipped: Path = paths.LESSONS,
    ) -> None:
        """`data` is the folder of the user; without one, no file can be changed."""
        self.progress: Final = progress
        self._data = data
        self._language = language
        self._shipped = shipped

    @classmethod
    def of_this_user(cls, language: str = "") -> Library:
        """Their progress, their packs, and their language if none is named."""
        language = language or languages.of_user()
        try:
            data = paths.user_data()
        except OSError:
            return cls(Progress(None), None, language)
        return cls(Progress(data), data, language)

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """All packs, the shipped one first. They are read once."""
        found = [self._shipped]
        if self._data is not None:
            installed = (self._data / _INSTALLED).glob(f"*/{PACK_NAME}")
            found += sorted(it.parent for it in installed)
        return tuple(map(self._read, found))

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons, in order."""
        return tuple(it for shelf in self.shelves for it in shelf.lessons)

    @property
    def next(self) -> Lesson | None:
        """The first lesson that was not passed; None if all were."""
        return self.progress.next(self.lessons)

    def after(self, lesson: Lesson) -> Lesson | None:
        """The lesson behind this one; None behind the last."""
        lessons = self.lessons
        keys = [it.key for it in lessons]
        at = keys.index(lesson.key) + 1 if lesson.key in keys else len(keys)
        return lessons[at] if at < len(lessons) else None

    def words(self, lesson: Lesson) -> str:
        """A lesson in a list: `What a ring is  (15 min)  ✓ passed  ← go on here`."""
        words = self.progress.words(lesson)
        sign = "✓ " if self.progress.passed(lesson) else ""
        done = f"  {sign}{words}" if words else ""
        following = self.next
        if following is not None and lesson.key == following.key:
            done += "  ← go on here" if self.progress.is_begun else "  ← begin here"
        return f"{lesson.title}  ({lesson.minutes} min){done}"

    def visit(self, lesson: Lesson) -> Visit:
        """Begin a lesson, or go on in it.

        Raises LessonError if the learner's files cannot be copied.
        """
        if self._data is None and lesson.start.is_dir():
            raise LessonError(
                "this lesson has files to change, and there is no folder for them",
                advice="Set XDG_DATA_HOME to a folder in which you may write",
            )
        return Visit(lesson, self.progress, self._data or _NOWHERE)

    # ---- Reading.

    def _read(self, folder: Path) -> Shelf:
        try:
            pack = packs.read(folder, self._language)
        except MiniosError as error:
            return Shelf(folder.name, (), (str(error),))
        found = list(self._lessons(pack))
        lessons = tuple(it for it in found if isinstance(it, Lesson))
        troubles = tuple(it for it in found if isinstance(it, str))
        return Shelf(pack.head.title, lessons, troubles)

    def _lessons(self, pack: Pack) -> Iterator[Lesson | str]:
        """Each lesson, or what is wrong with it."""
        for folder in pack.folders[:_MOST]:
            try:
                yield reading.read(folder, pack.head.name, pack.language)
            except MiniosError as error:
                yield str(error)
