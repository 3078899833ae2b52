"""A learner: all lessons that there are for this user, and how far the user has come.

Every interface asks here which lesson is meant by a name, and which one comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from minios import paths
from minios.lab.mistakes import nearest
from minios.tutor import languages, shelves
from minios.tutor.errors import LessonError
from minios.tutor.model import Lesson
from minios.tutor.progress import Progress
from minios.tutor.shelves import Shelf
from minios.tutor.visit import Visit

_LONGEST: Final = 9  # digits of a number
_SHOWN: Final = 60  # characters of a name


class Learner:
    """A user who takes lessons.

    Attributes:
        data: the folder of the user for all that is kept; None keeps nothing.
        language: in which lessons are read, where they have it.
        progress: which tasks were done.
    """

    def __init__(self, data: Path | None, language: str = languages.ENGLISH) -> None:
        self.data: Final = data
        self.language: Final = languages.require_code(language)
        self.progress: Final = Progress(data)

    @classmethod
    def of_this_user(cls, language: str = "") -> Learner:
        """From the user's data folder; in their language, if none is named."""
        try:
            data: Path | None = paths.user_data()
        except OSError:
            data = None
        return cls(data, language or languages.of_user())

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """All packs, the one that comes with minios first. They are read once."""
        return shelves.of(self.data, self.language)

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons that can be read, in order."""
        return tuple(it for shelf in self.shelves for it in shelf.lessons)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with packs and lessons that cannot be read, in sentences."""
        found = (it for shelf in self.shelves for it in shelf.troubles)
        return tuple(filter(None, (self.progress.trouble, *found)))

    def number(self, lesson: Lesson) -> int:
        """The number before the name of its folder, or else its place in its pack."""
        number = lesson.name.partition("_")[0]
        if _is_number(number):
            return int(number)
        mine = [it.key for it in self.lessons if it.pack == lesson.pack]
        return mine.index(lesson.key) + 1

    def visit(self, lesson: Lesson, *, is_opened: bool = True) -> Visit:
        """Begin a lesson, or go on with it. `is_opened`: this counts as progress.

        Raises LessonError if its files cannot be copied.
        """
        if self.data is None and lesson.start.is_dir():
            raise LessonError(
                "there is no folder in which your files could be kept",
                where=lesson.key,
                advice="Give yourself the right to write in your home folder",
            )
        visit = Visit(lesson, self.progress, self.data or Path())
        if is_opened:
            self.progress.note(lesson)
        return visit

    @property
    def next(self) -> Lesson | None:
        """The first lesson that was not passed; None if all were."""
        return self.progress.next(self.lessons)

    def after(self, lesson: Lesson) -> Lesson | None:
        """The lesson behind this one; None behind the last."""
        keys = [it.key for it in self.lessons]
        return next(iter(self.lessons[keys.index(lesson.key) + 1 :]), None)

    def words(self, lesson: Lesson) -> str:
        """A lesson in one line: its title, how long it takes, how far the user is."""
        head = f"{lesson.title}, {lesson.minutes} minutes"
        said = [head, self.progress.words(lesson)]
        said += ["this comes next"] * (lesson is self.next)
        return ", ".join(filter(None, said))

    # ---- By name.

    def find(self, name: str) -> Lesson:
        """The lesson that a user means.

        `name` is its number, the name of its folder, or a part of that which no other
        lesson has. "pack/name" is a lesson of another pack.

        Raises LessonError if it is no lesson, or several.
        """
        pack, _, own = name.rpartition("/")
        if _is_number(own):
            pack = pack or self.shelves[0].pack  # a number alone is one of minios
        among = [it for it in self.lessons if pack in ("", it.pack)]
        found = list(self._meant(own, among))
        if len(found) == 1:
            return found[0]
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        if found:
            known = ", ".join(it.key for it in found)
            raise LessonError(
                f"{shown!r} is a part of the names of several lessons: {known}",
                advice="Write more of the name",
            )
        raise LessonError(f"there is no lesson {shown!r}", advice=self._advice(name))

    def _meant(self, name: str, among: Sequence[Lesson]) -> Iterator[Lesson]:
        if _is_number(name):
            yield from (it for it in among if self.number(it) == int(name))
            return
        exact = [it for it in among if it.name == name]
        part = name.casefold()
        yield from exact or (it for it in among if part and part in it.name.casefold())

    def _advice(self, name: str) -> str:
        if name.isdecimal():
            return "`minios learn --list` prints the numbers"
        known = [it.key if "/" in name else it.name for it in self.lessons]
        return nearest(name, known) or "`minios learn --list` prints the lessons"


def _is_number(name: str) -> bool:
    return name.isdecimal() and len(name) <= _LONGEST
