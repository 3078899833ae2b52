"""The lesson screen: a text with tasks on the left, its machines on the right.

The machines, and the learner's files, show which tasks are done (`minios.tutor.visit`).
The text and all that is said may come from anybody: links in it open the glossary or a
fact, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Markdown

from minios import glossary
from minios.errors import MiniosError
from minios.session.files import Files
from minios.session.goals.aims import Asked
from minios.session.recording import OTHER
from minios.tui.screens import lesson_words
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.facts import FactScreen
from minios.tui.screens.glossary import TermScreen
from minios.tui.screens.lab import PlayerFactory
from minios.tui.screens.lab_keys import RINGS
from minios.tui.screens.lesson_dialogs import (
    AnswerScreen,
    LessonListScreen,
    ResetScreen,
    TextScreen,
)
from minios.tui.screens.lesson_saves import Saving
from minios.tui.screens.lesson_tasks import READABLE
from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.lesson_column import LessonColumn
from minios.tutor import prose
from minios.tutor.facts import facts_of
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson, TaskCard
from minios.tutor.visit import Judged, Visit


class LessonScreen(Saving):
    """A lesson: its text and tasks, and a lab."""

    TITLE: ClassVar[str] = "a lesson"
    HELP: ClassVar[str] = (
        "This screen shows a lesson: a text with tasks, and machines on which you do "
        "them. A task is ticked when the machines show that it is done. Tab or F6 "
        "changes between the text and the lab. In a narrow terminal only one of the "
        "two is shown at a time. While the text has the keys, its frame is bright. "
        "Then the keys of the pane `the lesson` are those of the lesson, and all other "
        "keys of the lab work as well.\n"
        "If a lesson has files, e opens an editor for them. You can also use an editor "
        "of your own. The files are checked whenever they are saved, and what is wrong "
        "with them is said below the tasks.\n"
        f"{RINGS}"
    )

    class Wanted(Message):
        """The learner wants this lesson, or the same one from the start."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    def __init__(
        self,
        visit: Visit,
        learner: Learner,
        *,
        factory: PlayerFactory,
        automatic: bool,
        files: Files,
    ) -> None:
        lesson = visit.lesson
        # A recording of a lesson is offered as one of no lab.
        card = replace(lesson.card, name=OTHER)
        super().__init__(card, factory=factory, automatic=automatic, files=files)
        self.visit, self.lesson, self.learner = visit, lesson, learner
        title = f"lesson: {lesson.title} ({lesson.minutes} min)"
        self._column = LessonColumn(title, self.worded(lesson.text))
        self._is_asked_for = False  # a question, before the machines were there

    def compose(self) -> ComposeResult:
        """The text beside the lab, and the keys below both."""
        with Horizontal(id="sides"):
            yield self._column
            with self._lab:
                yield self._line
                yield from self.inside()
        yield KeyBar(rows=2, first=lesson_words.actions_of(self.lesson))

    def on_mount(self) -> None:
        """Begin with the text. Textual itself calls those of the bases, too."""
        self._show_lesson()
        self._column.text.focus()

    # ---- Keys of the text.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what this lesson has."""
        if action == "goals":
            return False
        if action == "edit":
            return self.visit.work.is_wanted
        if action == "more":
            return self.visit.last is not None or bool(self._hint)
        if action == "answer":
            return bool(self._questions)
        if action == "facts":
            return bool(facts_of(self.lesson))
        return super().check_action(action, parameters)

    @property
    def _questions(self) -> list[TaskCard]:
        """The open tasks with a question."""
        return [
            it
            for it in self.lesson.tasks
            if isinstance(it.goal.aim, Asked) and not self.visit.has(it)
        ]

    def action_answer(self) -> None:
        """Answer the question of the task at hand, or of another task with one.

        The machines are asked about, so the question waits until they are there.
        """
        self._is_asked_for = len(self.conductor.frames) < len(self.card.worlds)
        if not self._is_asked_for:
            task = self.visit.task
            self._put_question(task if task in self._questions else self._questions[0])

    def tick(self) -> None:
        """Time goes on, and a question that waits for the machines is put."""
        super().tick()
        if self._is_asked_for and self.is_on_top:
            self.action_answer()

    def _put_question(self, first: TaskCard) -> None:
        """Put this question; the others come behind it, in their order."""
        tasks = self._questions
        at = tasks.index(first)
        self._look_inside()
        self.app.push_screen(
            AnswerScreen(
                self.visit, (*tasks[at:], *tasks[:at]), self.conductor, self.worded
            ),
            self._answered,
        )

    def _answered(self, found: Judged | TaskCard | None) -> None:
        if isinstance(found, TaskCard):
            self._put_question(found)
        elif found is not None:
            self._tell(found.said)
        else:
            self._show_lesson()

    def action_hint(self) -> None:
        """Say how to go on with the task at hand."""
        self._hinted = self.visit.task
        self._hint = self.worded(self.visit.hint())
        if not self._column.display:
            self.notify(self._hint, timeout=READABLE, markup=False)
        self._show_lesson()

    def action_tasks(self) -> None:
        """List all tasks."""
        text = "\n".join(f"{it.sign} {it.words}" for it in self._rows)
        self.app.push_screen(TextScreen("tasks", text))

    def action_more(self) -> None:
        """Show the whole of what was said last."""
        last = self.visit.last
        parts = []
        if last is not None:
            parts += [self.worded(last.words), *last.more]
        if self._hint:
            parts.append(self._hint)
        self.app.push_screen(TextScreen("what was found", "\n\n".join(parts)))

    def action_next_lesson(self) -> None:
        """Open the next lesson. If tasks are left, this is said."""
        following = self.learner.after(self.lesson)
        if following is None:
            self.notify("This was the last lesson. l lists all of them.", markup=False)
            return
        left = sum(not self.visit.has(it) for it in self.lesson.tasks)
        if left:
            tasks = "1 task" if left == 1 else f"{left} tasks"
            self.app.notify(
                f"{tasks} of the lesson before are left. l lists all lessons.",
                markup=False,
            )
        self.post_message(self.Wanted(following))

    def action_lessons(self) -> None:
        """List all lessons, and open the one that is chosen."""

        def chosen(lesson: Lesson | None) -> None:
            if lesson is not None:
                self.post_message(self.Wanted(lesson))

        self.app.push_screen(LessonListScreen(self.learner, self.lesson), chosen)

    def action_solution(self) -> None:
        """Show the solution, or say when it is shown."""
        try:
            lines = self.visit.solution()
        except MiniosError as error:
            self.app.push_screen(ErrorScreen(str(error)))
            return
        if not self.visit.may_see_solution:
            self.notify("\n".join(lines), markup=False)
        else:
            text = self.worded("\n".join(lines))
            self.app.push_screen(TextScreen("the solution", text, is_prose=True))

    def action_reset_lesson(self) -> None:
        """Begin the lesson anew, if the learner means it."""

        def meant(yes: bool | None) -> None:
            if not yes:
                return
            try:
                kept = self.visit.reset()
            except MiniosError as error:
                self.app.push_screen(ErrorScreen(str(error)))
                return
            words = "The lesson begins anew."
            if kept is not None:
                words += f" Your files are kept in {kept}"
            self.app.notify(words, timeout=READABLE, markup=False)
            self.post_message(self.Wanted(self.lesson))

        self.app.push_screen(ResetScreen(self.visit.work), meant)

    # ---- Links. The text may come from anybody.

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Explain a word, or show a fact. Any other link does nothing."""
        event.stop()
        self.follow(event.href)

    def follow(self, href: str) -> None:
        """Open a term of the glossary, or a fact of the lesson's pack."""
        kind, _, name = prose.target_of(href).partition(":")
        if kind == "glossary":
            try:
                term = glossary.find(name)
            except MiniosError as error:
                self.notify(str(error), markup=False)
                return
            self.app.push_screen(TermScreen(term))
        elif kind == "fact":
            self.action_facts(name)
        else:
            self.notify("This link leads nowhere inside minios.", markup=False)

    def action_facts(self, name: str = "") -> None:
        """Show where the claims of the text come from."""
        self.app.push_screen(FactScreen(facts_of(self.lesson), name))
