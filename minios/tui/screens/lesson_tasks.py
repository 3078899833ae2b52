"""The tasks of a lesson on its screen: what is done, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from minios.session.goals.aims import Deed
from minios.session.goals.keeper import GoalKeeper
from minios.tui.drawing.tasks import DONE, MISTAKE, TaskRow
from minios.tui.screens import lesson_words
from minios.tui.screens.lesson_dialogs import AnswerScreen
from minios.tui.screens.lesson_sides import Sides
from minios.tutor import actions
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson, TaskCard
from minios.tutor.visit import Said, Tone, Visit

READABLE: Final = 10  # seconds
_TICK: Final = 3  # seconds: a task is ticked in its list, too


class Telling(Sides):
    """Looks at what the machines show, and tells what the visit says of it.

    Attributes:
        visit: the learner in the lesson.
        lesson: what is taken.
        learner: the user, who has other lessons.
    """

    visit: Visit
    lesson: Lesson
    learner: Learner

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - as a lab takes them
        super().__init__(*arguments, **more)
        self._acts = lesson_words.words(self.app)
        self._hint = ""
        self._hinted: TaskCard | None = None
        self._is_checking = False

    def worded(self, text: str) -> str:
        """A text of the lesson with the keys of this interface."""
        return actions.with_keys(text, self._acts)

    @property
    def count_of_goals(self) -> str:
        """The clock counts no goals: the tasks are in view."""
        return ""

    # ---- What is done.

    @cached_property
    def goals(self) -> GoalKeeper:
        """The tasks as the goals of a lab."""
        return self.visit.keeper

    def tick(self) -> None:
        """Let the machines run, and show what is new."""
        super().tick()
        top = self.app.screen
        if isinstance(top, AnswerScreen):
            top.tick()
        elif not self.conductor.busy:
            self._look_inside(not self.conductor.running)

    def _look_inside(self, inside: bool = True) -> None:
        """Read where the machines stand, and the walk of the latest fault.

        Tasks and questions are about these. While time runs, only a page needs them.
        """
        if inside is not self.reads_code:
            self.reads_code = inside
            self.look()

    def look_for_goals(self) -> None:
        """Tell which tasks are done, and which mistakes were made."""
        self._tell(self.visit.look(self.conductor))

    def did(self, deed: Deed, models: Iterable[str] = ()) -> None:
        """The learner has done something that leaves no trace in the machines."""
        self._tell(self.visit.did(deed, models))

    def _tell(self, said: Collection[Said]) -> None:
        if not said:
            return
        for it in said:
            self._notify(it)
        self._show_lesson()

    def _notify(self, said: Said) -> None:
        words = self.worded(said.words)
        if said.tone is Tone.DONE:
            self.notify(f"{DONE} task done: {words}", timeout=_TICK, markup=False)
        elif said.tone is Tone.PASSED:
            self.notify(f"{DONE} All tasks of this lesson are done.", markup=False)
        elif not self._column.display or not self.is_on_top:
            self.notify(
                f"{MISTAKE} {words}",
                severity="warning",
                timeout=READABLE,
                markup=False,
            )

    def _show_lesson(self) -> None:
        """Show the tasks, and what was said last."""
        at_hand = self.visit.task
        if at_hand is not self._hinted:
            self._hint, self._hinted = "", at_hand
        rows = self._rows
        self._column.tasks.show(rows)
        self._line.show(rows)
        self._column.said.show(self._said())
        self.refresh_bindings()

    @property
    def _rows(self) -> list[TaskRow]:
        visit = self.visit
        return [
            TaskRow(self.worded(it.goal.words), visit.has(it), it is visit.task)
            for it in self.lesson.tasks
        ]

    def _said(self) -> Sequence[tuple[str, str]]:
        """What stands below the tasks: texts and their roles."""
        found = []
        visit = self.visit
        if self._is_checking:
            found.append(("Your files are being checked ...", "dim"))
        elif visit.last is not None:
            more = " (m says more)" if visit.last.more else ""
            found.append((f"{MISTAKE} {self.worded(visit.last.words)}{more}", "bad"))
        if self._hint:
            found.append((self._hint, "changed"))
        if visit.is_passed:
            found.append((f"{DONE} All tasks are done. {self._what_next}", "good"))
            if self.lesson.learned:
                learned = self.worded(self.lesson.learned)
                found.append((f"What you have learned: {learned}", ""))
        elif visit.work.is_wanted and not found:
            found.append((f"Your files are in {visit.work.folder}", "dim"))
        return found

    @property
    def _what_next(self) -> str:
        following = self.learner.after(self.lesson)
        if following is None:
            return "This was the last lesson. s shows the solution."
        return f"n opens the next lesson: {following.title}. s shows the solution."
