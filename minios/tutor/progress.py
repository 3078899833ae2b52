"""Which tasks of which lessons a learner has done: one small JSON file of the user.

{"minios/01_rings": {"tasks": ["crash", "ring"], "passed": true}}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from minios.session.kept import Kept
from minios.tutor.model import Lesson

_FILE: Final = "lessons.json"


class Taken(msgspec.Struct, frozen=True):
    """What is kept of a lesson: the tasks that were done, and whether all were once."""

    tasks: frozenset[str] = frozenset()
    passed: bool = False


_NOTHING: Final = Taken()


class Progress:
    """How far a learner has come in all lessons."""

    def __init__(self, folder: Path | None) -> None:
        """Read it; a folder of None remembers nothing."""
        path = None if folder is None else folder / _FILE
        self._kept: Final = Kept[dict[str, Taken]](
            path, dict[str, Taken], "your progress in lessons"
        )
        self._taken = self._read()

    def _read(self) -> dict[str, Taken]:
        return self._kept.read() or {}

    @property
    def trouble(self) -> str:
        """What is wrong with the file, in a sentence; "" if nothing is."""
        return self._kept.trouble

    @property
    def is_begun(self) -> bool:
        """Whether any lesson was opened."""
        return bool(self._taken)

    def of(self, lesson: Lesson) -> Taken:
        """How far the learner has come in a lesson."""
        return self._taken.get(lesson.key, _NOTHING)

    def passed(self, lesson: Lesson) -> bool:
        """Whether all tasks of a lesson were done once."""
        return self.of(lesson).passed

    def note(self, lesson: Lesson, tasks: Iterable[str] = ()) -> None:
        """A lesson was opened, and these tasks were done.

        Undoes nothing that was noted before, nor what others have noted meanwhile.
        """
        self._taken |= self._read()
        before = self.of(lesson)
        done = before.tasks.union(tasks)
        passed = before.passed or done.issuperset(it.name for it in lesson.tasks)
        if lesson.key in self._taken and (done, passed) == (
            before.tasks,
            before.passed,
        ):
            return
        self._keep(lesson, Taken(done, passed))

    def reset(self, lesson: Lesson) -> None:
        """Begin a lesson anew. It stays passed if it was."""
        self._taken |= self._read()
        self._keep(lesson, Taken(passed=self.passed(lesson)))

    def _keep(self, lesson: Lesson, taken: Taken) -> None:
        self._taken = {**self._taken, lesson.key: taken}
        self._kept.write(self._taken)

    def next(
        self, lessons: Sequence[Lesson], after: Lesson | None = None
    ) -> Lesson | None:
        """The first lesson behind this one that was not passed; then from the start.

        None if all were passed.
        """
        keys = [it.key for it in lessons]
        at = keys.index(after.key) + 1 if after is not None and after.key in keys else 0
        order = (*lessons[at:], *lessons[:at])
        return next((it for it in order if not self.passed(it)), None)

    def words(self, lesson: Lesson) -> str:
        """How far somebody has come: "2 of 5 tasks"; "" if it was not opened."""
        if lesson.key not in self._taken:
            return ""
        if self.passed(lesson):
            return "passed"
        done = sum(it.name in self.of(lesson).tasks for it in lesson.tasks)
        return f"{done} of {len(lesson.tasks)} tasks" if done else "opened before"
