"""The files that a learner changes in a lesson, and their check.

A lesson with a folder `start/` gives the learner a copy of it. The learner changes the
copy with any editor. The check of a task is a scenario, which calls the learner's files
`submission/...`: it builds and runs them as it would run what a student hands in. Or it
is the vendor's pipeline, with the learner's switches. Or it is the kernel's verifier,
with the learner's eBPF program.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

from minios import host_files
from minios.errors import MiniosError
from minios.machine.allowance import Allowance, AllowanceError
from minios.testing.budgets import Budget
from minios.testing.loans import Labs
from minios.testing.plugins import PluginBuilder
from minios.testing.scenarios import running
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.outcome import Outcome
from minios.testing.stock import of_process
from minios.testing.submission import Submission
from minios.tutor import checks, programs, releases
from minios.tutor.errors import LessonError
from minios.tutor.model import Exercise, Lesson, Release, TaskCard
from minios.visible import visible

_FOLDER: Final = "lessons"
_LARGEST: Final = 1 << 20  # bytes of a file that are compared
_PLACE: Final = re.compile(r"\S+:\d+:\d+: ")  # a file, a line and a column
_PASSED: Final = "Your files pass the check."
_GIVEN_UP: Final = "The check was given up."
_TOO_LONG: Final = "The check has used up its time. Does your program have a long loop?"
Stamp: TypeAlias = Mapping[str, tuple[int, int]]
"""Of each file: when it was changed, in nanoseconds of the host, and its size."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a check says of a learner's files.

    `words` names the mistake; `more` are lines with all that is known of it.
    """

    passed: bool
    words: str
    more: tuple[str, ...] = ()


class Work:
    """The learner's copy of the files of a lesson.

    Attributes:
        folder: where it is.
    """

    def __init__(self, lesson: Lesson, data: Path) -> None:
        """`data` is the folder of the user for all that is kept."""
        self._lesson = lesson
        self.folder: Final = data / _FOLDER / lesson.pack / lesson.name
        self._allowance: Allowance | None = None  # of the check that runs
        self._is_given_up = False

    @property
    def is_wanted(self) -> bool:
        """Whether this lesson gives files to change."""
        return self._lesson.start.is_dir()

    def begin(self) -> None:
        """Make the copy if there is none. Raises LessonError if that is impossible."""
        if self.is_wanted and not self.folder.exists():
            self._start()

    def reset(self) -> Path | None:
        """Copy the files of the start anew. What was there is kept beside it.

        Returns where that is; None if there was nothing.
        """
        if not self.is_wanted:
            return None
        kept = None
        if self.folder.exists():
            kept = self._free_name()
            try:
                self.folder.rename(kept)
            except OSError as error:
                raise self._refused(f"cannot be moved: {error.strerror}") from error
        self._start()
        return kept

    def take(self, folder: Path) -> None:
        """Copy the files of a folder of the lesson over the learner's."""
        try:
            shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        except OSError as error:
            raise self._refused(f"cannot be copied: {error}") from error

    @property
    def files(self) -> tuple[Path, ...]:
        """The learner's files, in order."""
        return _files(self.folder)

    @property
    def is_changed(self) -> bool:
        """Whether a file differs from that of the start, or is new or gone."""
        return _contents(self.folder) != _contents(self._lesson.start)

    @property
    def stamp(self) -> Stamp:
        """Changes whenever a file is saved."""
        found = {}
        for path in _found(self.folder):
            try:
                state = path.lstat()
            except OSError:  # an editor has just replaced it
                continue
            if stat.S_ISDIR(state.st_mode):
                continue
            found[str(path)] = (state.st_mtime_ns, state.st_size)
        return found

    def check(self, task: TaskCard) -> Feedback:
        """Run the scenario of a task with the learner's files."""
        assert task.work is not None
        trouble = self._unusable()
        if trouble:
            return Feedback(False, trouble)
        try:
            submission = Submission(self.folder)
            if isinstance(task.work, Release):
                words = releases.missed(task.work, submission)
                return Feedback(not words, visible(words) or _PASSED)
            if isinstance(task.work, Exercise):
                return self._verified(task.work, submission)
            scenarios = checks.read(task.work)
        except MiniosError as error:
            return refused(error)
        left = checks.MOST_INSTRUCTIONS
        for scenario in scenarios:
            budget = Budget(min(scenario.instructions, max(left, 1)), scenario.budget)
            labs = Labs(of_process(), budget, PluginBuilder(None))
            found = self._run(scenario, submission, labs)
            left -= labs.allowance.instructions
            if not found.passed:
                return found
        return Feedback(True, _PASSED)

    def _unusable(self) -> str:
        """Which of the files that the lesson gave cannot be checked; "" if all can."""
        given = (it for it in sorted(self._lesson.start.rglob("*")) if it.is_file())
        for path in given:
            name = path.relative_to(self._lesson.start)
            mine = self.folder / name
            if not mine.is_symlink() and not mine.exists():
                return f"{visible(name)} is missing. A copy of it is in {path.parent}"
            if mine.is_symlink() or not mine.is_file():
                return f"{visible(name)} is a link or a folder, so it is not read"
            if not mine.stat().st_size and path.stat().st_size:
                return f"{visible(name)} is empty. A copy of it is in {path.parent}"
        return ""

    def _verified(self, exercise: Exercise, submission: Submission) -> Feedback:
        allowance = Allowance(checks.MOST_INSTRUCTIONS, checks.MOST_TIME)
        self._allowance = allowance
        if self._is_given_up:
            allowance.end()
        try:
            words, log = programs.missed(exercise, submission, allowance)
        except AllowanceError:
            words, log = _GIVEN_UP if allowance.is_ended else _TOO_LONG, ()
        finally:
            self._allowance = None
        more = tuple(map(visible, log))
        return Feedback(not words, visible(words) or _PASSED, more)

    def _run(self, scenario: Scenario, submission: Submission, labs: Labs) -> Feedback:
        self._allowance = labs.allowance
        if self._is_given_up:
            labs.allowance.end()
        try:
            outcome = running.run(scenario, labs, submission=submission)
        finally:
            self._allowance = None
            labs.give_back()
        return (
            Feedback(False, _GIVEN_UP)
            if labs.allowance.is_ended
            else _feedback(outcome)
        )

    def give_up(self) -> None:
        """End a check that runs in another thread, soon. None can run afterwards."""
        self._is_given_up = True
        if (allowance := self._allowance) is not None:
            allowance.end()

    def _free_name(self) -> Path:
        names = (f"{self.folder.name}-{number}" for number in count(1))
        paths = map(self.folder.with_name, names)
        return next(path for path in paths if not path.exists())

    def _start(self) -> None:
        """Copy the files of the start: all of them, or none."""
        with host_files.new_folder(self.folder, self._refused) as new:
            shutil.copytree(self._lesson.start, new, dirs_exist_ok=True)

    def _refused(self, what: str) -> LessonError:
        return LessonError(
            f"the folder with your files {what}",
            where=str(self.folder),
            advice="Make room, or give yourself the right to write there",
        )


def _found(folder: Path) -> Iterator[Path]:
    """What is in a folder, without that which an editor keeps there."""
    found = folder.rglob("[!.]*") if folder.is_dir() else ()
    return (it for it in found if not it.name.endswith("~"))


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(it for it in _found(folder) if it.is_file()))


def _contents(folder: Path) -> dict[Path, bytes]:
    """The beginning of each file; one that cannot be read counts as empty."""
    found = {}
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                found[path.relative_to(folder)] = file.read(_LARGEST)
        except OSError:
            found[path.relative_to(folder)] = b""
    return found


def _feedback(outcome: Outcome) -> Feedback:
    failure = outcome.failure
    if failure is None:
        return Feedback(True, "")
    if failure.error is not None:
        return refused(failure.error)
    words = str(failure.message or outcome.reason)
    return Feedback(False, visible(words), tuple(outcome.report().splitlines()))


def refused(error: MiniosError) -> Feedback:
    """What minios refuses names the mistake itself, with the file and the line.

    A compiler says it in several lines. The first of them that names a place is enough
    to begin with.
    """
    lines = [visible(it) for it in str(error).splitlines()]
    if len(lines) == 1:
        return Feedback(False, lines[0])
    first = next((it for it in lines if _PLACE.match(it)), lines[0])
    words = filter(None, (first, visible(error.advice)))
    return Feedback(False, ". ".join(words), tuple(lines))
