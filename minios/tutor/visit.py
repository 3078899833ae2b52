"""A learner who takes a lesson: tasks that are done, hints, what to say of mistakes.

An interface calls `look` after everything that happens, and `check` after a file was
saved. What they return is to be told; nothing here prints.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.session.conductor import Conductor
from minios.session.goals.aims import Asked, Deed, Goal, GoalList
from minios.session.goals.keeper import GoalKeeper
from minios.tutor import languages, rights, texts
from minios.tutor.model import TEXT_NAME, Lesson, TaskCard
from minios.tutor.progress import Progress
from minios.tutor.work import Feedback, Stamp, Work

NOT_PASSED: Final = "The solution is shown when all tasks of the lesson are done."
NO_HINT: Final = "There is no task left, so there is no hint."


class Tone(enum.Enum):
    """What is told, so that an interface can choose a sign for it."""

    DONE = "done"
    MISTAKE = "mistake"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Said:
    """Something to tell the learner, about a task; about the lesson if it is ""."""

    tone: Tone
    words: str
    task: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of an answer, and what it has reached: all of it is to be told."""

    is_right: bool
    words: str
    said: tuple[Said, ...] = ()


class Visit:
    """One learner in one lesson.

    Attributes:
        lesson: what is taken.
        work: the learner's files.
        last: what was told last of a mistake, until a task is done; None at first.
    """

    def __init__(self, lesson: Lesson, progress: Progress, data: Path) -> None:
        """`data` is the folder of the user for the files that are changed.

        Raises LessonError if they cannot be copied.
        """
        self.lesson: Final = lesson
        self.work: Final = Work(lesson, data)
        self.last: Said | None = None
        self._progress = progress
        self._begin()

    def _begin(self) -> None:
        lesson = self.lesson
        models = lesson.card.worlds
        done = self._progress.of(lesson).tasks
        wrong = [it.goal for task in lesson.tasks for it in task.mistakes]
        self.keeper = GoalKeeper(lesson.card.goal_list, models, done)
        self._slips = GoalKeeper(GoalList(tuple(wrong)), models, again=True)
        self._hints: dict[str, int] = {}
        self._stamp: Stamp | None = None
        self.last = None
        self.work.begin()

    # ---- What was done.

    @property
    def task(self) -> TaskCard | None:
        """The first task that is not done."""
        goal = self.keeper.next
        return None if goal is None else self.lesson.task(goal.name)

    @property
    def is_passed(self) -> bool:
        """Whether all tasks are done."""
        return self.keeper.is_done

    def has(self, task: TaskCard) -> bool:
        """Whether a task is done."""
        return self.keeper.has(task.goal)

    # ---- Finding out.

    def look(self, conductor: Conductor) -> tuple[Said, ...]:
        """What the machines show now, for the first time: tasks done, and mistakes."""
        slips = self._slips.look(conductor)
        return (*self._reached(self.keeper.look(conductor)), *self._slipped(slips))

    def did(self, deed: Deed, models: Iterable[str] = ()) -> tuple[Said, ...]:
        """The learner has done something that leaves no trace in the machines."""
        models = tuple(models)
        slips = self._slips.did(deed, models)
        return (*self._reached(self.keeper.did(deed, models)), *self._slipped(slips))

    def answer(self, task: TaskCard, typed: str, conductor: Conductor) -> Judged:
        """Compare an answer with what the machines show."""
        verdict = self.keeper.answer(task.goal, typed, conductor.frames)
        if verdict.is_right:
            return Judged(True, verdict.words, self._reached([task.goal]))
        said = next((it.words for it in self._mistaken(task, typed)), "")
        aim = task.goal.aim
        can_be = isinstance(aim, Asked) and aim.right(conductor.frames) is not None
        words = said if said and can_be else verdict.words
        self._mistake(task, words)
        return Judged(False, words)

    def _mistaken(self, task: TaskCard, typed: str) -> Iterable[Goal]:
        """The known mistakes that this answer is."""
        meant = rights.chosen_from(task.options, typed) or typed
        for mistake in task.mistakes:
            if mistake.typed is not None and rights.same(mistake.typed, meant):
                yield mistake.goal

    def take_save(self) -> bool:
        """Whether a file was saved since this was asked last; at first, too."""
        before, self._stamp = self._stamp, self.work.stamp
        return self._stamp != before

    def check(self) -> tuple[Said, ...]:
        """Check the learner's files, for every task with files that is not done."""
        said: list[Said] = []
        for task in self.lesson.tasks:
            if task.work is not None and not self.has(task):
                said += self.checked(task, self.work.check(task))
        return tuple(said)

    def checked(self, task: TaskCard, feedback: Feedback) -> tuple[Said, ...]:
        """Somebody has checked the files for a task."""
        if feedback.passed:
            return self._reached(self.keeper.reach(task.goal))
        return (self._mistake(task, feedback.words, feedback.more),)

    def _reached(self, goals: Iterable[Goal]) -> tuple[Said, ...]:
        said = [Said(Tone.DONE, goal.words, goal.name) for goal in goals]
        if not said:
            return ()
        self.last = None
        self._progress.note(self.lesson, self.keeper.names)
        if self.is_passed:
            said.append(Said(Tone.PASSED, self.lesson.learned))
        return tuple(said)

    def _slipped(self, goals: Iterable[Goal]) -> tuple[Said, ...]:
        """The mistakes in tasks that are not done yet."""
        said = []
        for task in self.lesson.tasks:
            if self.has(task):
                continue
            mine = {it.goal.name for it in task.mistakes}
            said += [self._mistake(task, it.words) for it in goals if it.name in mine]
        return tuple(said)

    def _mistake(self, task: TaskCard, words: str, more: tuple[str, ...] = ()) -> Said:
        """Tell a mistake. The words name the task if it is not the one at hand."""
        if task is not self.task:
            words = f"About task {self.lesson.tasks.index(task) + 1}: {words}"
        self.last = Said(Tone.MISTAKE, words, task.name, more)
        return self.last

    # ---- Help.

    def hint(self, task: TaskCard | None = None) -> str:
        """The next hint for a task, or for the one at hand.

        After the last one, all begin again.
        """
        task = task or self.task
        if task is None:
            return NO_HINT
        number = self._hints.get(task.name, 0) % len(task.hints) + 1
        self._hints[task.name] = number
        return self.hint_of(task, number)

    @staticmethod
    def hint_of(task: TaskCard, number: int) -> str:
        """One hint for a task, counted from 1."""
        return f"Hint {number} of {len(task.hints)}: {task.hints[number - 1]}"

    def is_last_hint(self, task: TaskCard) -> bool:
        """Whether the hint that was given last is the last one of a task."""
        return self._hints.get(task.name) == len(task.hints)

    def question(self, task: TaskCard, conductor: Conductor) -> tuple[str, ...]:
        """What is asked, the answers to choose from, and what is to be typed."""
        aim = task.goal.aim
        assert isinstance(aim, Asked)
        wanted = self.keeper.wanted(task.goal, conductor.frames)
        return (aim.question, *rights.lettered(task.options), wanted)

    @property
    def may_see_solution(self) -> bool:
        """Whether the lesson was passed, now or before it began anew."""
        return self.is_passed or self._progress.passed(self.lesson)

    def solution(self) -> tuple[str, ...]:
        """The solution in lines, once the lesson was passed; else why not."""
        if not self.may_see_solution:
            return (NOT_PASSED,)
        return tuple(texts.read_prose(self._solution).splitlines())

    @property
    def _solution(self) -> Path:
        """The text of the solution: in the language of the lesson, else in English."""
        names = (languages.file_name(TEXT_NAME, self.lesson.language), TEXT_NAME)
        paths = [self.lesson.solution / it for it in names]
        return next((it for it in paths if it.exists()), paths[-1])

    def reset(self) -> Path | None:
        """Begin anew: no task is done, and the files are as they were at the start.

        The learner's own files are kept; returns where, None if there were none.
        """
        kept = self.work.reset()
        self._progress.reset(self.lesson)
        self._begin()
        return kept
