"""The learner's files: looked at while a lesson is open, and checked when saved.

A check builds and runs machines, so it runs in another thread. There is one at a time;
what was saved meanwhile is checked instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from minios.tui.screens.lesson_files import FilesScreen, is_content
from minios.tui.screens.lesson_tasks import Telling
from minios.tutor.model import TaskCard
from minios.tutor.work import Feedback

_LOOKS_A_SECOND: Final = 4


class Saving(Telling):
    """Checks the files of a lesson, and tells what was found."""

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - as a lab takes them
        super().__init__(*arguments, **more)
        self._was_saved = False
        self._is_first_check = True

    def on_mount(self) -> None:
        """Look at the files from now on."""
        if self._automatic and self.visit.work.is_wanted:
            self.set_interval(1 / _LOOKS_A_SECOND, self.look_at_files)

    def on_unmount(self) -> None:
        """Nobody waits for a check any more."""
        self.visit.work.give_up()

    @property
    def own_files(self) -> Sequence[Path]:
        """The content files among them, also those with a mistake."""
        return [it for it in self.visit.work.files if is_content(it)]

    def look_at_files(self) -> None:
        """Check the learner's files if they were saved. One check at a time."""
        self._was_saved |= self.visit.take_save()
        if self._was_saved and not self._is_checking:
            self._was_saved = False
            tasks = [
                it
                for it in self.lesson.tasks
                if it.work is not None and not self.visit.has(it)
            ]
            if tasks:
                self._is_checking = True
                if not self._is_first_check:
                    self._show_lesson()
                self.run_worker(self._check(tasks))
            else:
                self._show_in_editor(is_checked=False)

    async def _check(self, tasks: Sequence[TaskCard]) -> None:
        """Check in another thread. What was saved meanwhile is checked instead."""
        found = await asyncio.to_thread(self._feedback, tasks)
        self._is_checking = False
        self._was_saved |= self.visit.take_save()
        if self._was_saved:
            self._is_first_check = False
            self.look_at_files()
            return
        is_first, self._is_first_check = self._is_first_check, False
        self._checked(tasks, found, is_first=is_first)

    def _feedback(self, tasks: Sequence[TaskCard]) -> list[Feedback]:
        return [self.visit.work.check(task) for task in tasks]

    def _checked(
        self, tasks: Sequence[TaskCard], found: Sequence[Feedback], *, is_first: bool
    ) -> None:
        """Tell what was found. The first task that fails is told last, and stays.

        At first nothing was changed yet, so a mistake is none of the learner's.
        """
        both = list(zip(tasks, found, strict=True))
        for task, feedback in both:
            if feedback.passed:
                self._tell(self.visit.checked(task, feedback))
        for task, feedback in reversed(both):
            if not feedback.passed and not is_first:
                self.visit.checked(task, feedback)
        self._show_lesson()
        self._show_in_editor()

    def _show_in_editor(self, *, is_checked: bool = True) -> None:
        """Say in the editor what is known of the files, and of nothing else."""
        screen, last = self.app.screen, self.visit.last
        if not isinstance(screen, FilesScreen):
            return
        left = [it for it in self.lesson.tasks if it.work and not self.visit.has(it)]
        if not left:
            said = "Your files pass the check." if is_checked else "Saved."
            screen.say(f"{said} All tasks with files are done.")
        elif last is not None and last.task in {it.name for it in left}:
            screen.say(self.worded(last.words), is_bad=True)
        else:
            screen.say("")

    def action_edit(self) -> None:
        """Edit the files of the lesson."""
        screen = FilesScreen(self.visit.work, self.look_at_files)

        def closed(_: None) -> None:
            self._show_lesson()

        self.app.push_screen(screen, closed)
