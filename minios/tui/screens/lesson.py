"""The lesson screen: a text with tasks on the left, its machines on the right.

The machines, and the learner's files, show which tasks are done (`minios.tutor.visit`).
The text and all that is said may come from anybody: links in it open the glossary or a
fact, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Markdown

from minios import glossary
from minios.errors import MiniosError
from minios.session.files import Files
from minios.session.goals.aims import Asked, Deed
from minios.session.goals.keeper import GoalKeeper
from minios.session.recording import OTHER
from minios.tui.drawing.tasks import DONE, MISTAKE, TaskRow
from minios.tui.screens import lesson_words
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.facts import FactScreen
from minios.tui.screens.glossary import TermScreen
from minios.tui.screens.keys import SEE
from minios.tui.screens.lab import LabScreen, PlayerFactory
from minios.tui.screens.lab_keys import KEYS, RINGS
from minios.tui.screens.lesson_dialogs import (
    AnswerScreen,
    LessonListScreen,
    ResetScreen,
    TextScreen,
)
from minios.tui.screens.lesson_files import FilesScreen, is_content
from minios.tui.widgets.key_bar import KeyBar, told
from minios.tui.widgets.lesson_column import LessonColumn, TaskPane
from minios.tutor import actions, prose
from minios.tutor.facts import facts_of
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson, TaskCard
from minios.tutor.visit import Judged, Said, Tone, Visit
from minios.tutor.work import Feedback

_BESIDE_FROM: Final = 120  # cells: text and lab beside each other
_NARROWEST: Final = 60  # cells of the text beside a lab
_WIDEST: Final = 84
_LINE: Final = 2  # rows above a lab that has all the room: the task at hand
_LOOKS_A_SECOND: Final = 4  # at the learner's files
_READABLE: Final = 10  # seconds
_TICK: Final = 3  # seconds: a task is ticked in its list, too


class LessonScreen(LabScreen):
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
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("tab,f6", "other_side", "Text/lab", group=SEE): (
                "Change between the text of the lesson and the lab"
            ),
        }
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
        self.lesson: Final = lesson
        self.visit: Final = visit
        self.learner: Final = learner
        self._acts = lesson_words.words(self.app)
        title = f"lesson: {lesson.title} ({lesson.minutes} min)"
        self._column = LessonColumn(title, self.worded(lesson.text))
        self._line = TaskPane(_LINE)
        self._lab = Vertical(id="lab")
        self._column_width = 0
        self._hint = ""
        self._hinted: TaskCard | None = None
        self._is_from_text = False
        self._was_saved = False
        self._is_checking = False
        self._is_first_check = True

    def worded(self, text: str) -> str:
        """A text of the lesson with the keys of this interface."""
        return actions.with_keys(text, self._acts)

    # ---- Layout.

    def compose(self) -> ComposeResult:
        """The text beside the lab, and the keys below both."""
        with Horizontal(id="sides"):
            yield self._column
            with self._lab:
                yield self._line
                yield from self.inside()
        yield KeyBar(rows=2, first=lesson_words.actions_of(self.lesson))

    def on_mount(self) -> None:
        """Begin with the text. Textual itself calls the lab's method, too."""
        self._show_lesson()
        self._column.text.focus()
        if self._automatic and self.visit.work.is_wanted:
            self.set_interval(1 / _LOOKS_A_SECOND, self.look_at_files)

    def on_unmount(self) -> None:
        """Nobody waits for a check any more."""
        self.visit.work.give_up()

    @property
    def room(self) -> Size:
        """The room for the lab."""
        width, height = self.size
        if self.is_narrow:
            return Size(width, max(1, height - _LINE))
        return Size(width - self._column_width, height)

    @property
    def is_narrow(self) -> bool:
        """Whether text and lab are shown one at a time."""
        return self.size.width < _BESIDE_FROM

    def _lay_out(self, size: Size) -> None:
        is_narrow = size.width < _BESIDE_FROM
        width = min(_WIDEST, max(_NARROWEST, size.width * 3 // 10))
        self._column_width = 0 if is_narrow else width
        self._column.styles.width = "100%" if is_narrow else width
        self._line.display = is_narrow
        self._show_side()
        super()._lay_out(self.room)

    @property
    def reads(self) -> bool:
        """Whether the text has the keys."""
        focused = self.focused
        return focused is not None and self._column in focused.ancestors_with_self

    def action_other_side(self) -> None:
        """Give the keys to the lab, or to the text."""
        if self.reads:
            self._go_to_lab()
        else:
            self._go_to_text()

    def _go_to_lab(self) -> None:
        self.set_focus(None)
        self.add_class("-in-lab")
        self._show_side()
        self.show_clock()

    def _go_to_text(self) -> None:
        self.remove_class("-in-lab")
        self._show_side()
        self._column.text.focus()

    def _show_side(self) -> None:
        """In a narrow terminal show the side that has the keys."""
        in_lab = self.has_class("-in-lab")
        self._column.display = not (self.is_narrow and in_lab)
        self._lab.display = in_lab or not self.is_narrow
        to = "back to the text" if in_lab else "to the lab"
        self._column.border_subtitle = f"F6: {to}"

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Follow the focus, which a click, a jump or a key can move, too."""
        in_lab = self._lab in event.widget.ancestors_with_self
        if in_lab != self.has_class("-in-lab"):
            self.set_class(in_lab, "-in-lab")
            self._show_side()

    def make_lab_seen(self) -> None:
        """In a narrow terminal show the lab: what a key of it does is seen there."""
        if self.is_narrow:
            self._go_to_lab()

    def action_console(self) -> None:
        """Type on the console of the active machine, which can be seen."""
        self._is_from_text = self.reads
        self.make_lab_seen()
        super().action_console()

    def action_find(self) -> None:
        """Search the timeline, which can be seen."""
        self._is_from_text = self.reads
        self.make_lab_seen()
        super().action_find()

    def action_end_typing(self) -> None:
        """Give the keys back: to the text, if typing has begun there."""
        super().action_end_typing()
        if self._is_from_text:
            self._go_to_text()

    def show_page(self, page: int) -> None:
        """Show a page of the inspector, where it can be seen."""
        if page:
            self.make_lab_seen()
        super().show_page(page)

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
                timeout=_READABLE,
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

    # ---- The learner's files.

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
        """Answer the question of the task at hand, or of another task with one."""
        if len(self.conductor.frames) == len(self.card.worlds):
            task = self.visit.task
            self._put_question(task if task in self._questions else self._questions[0])

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
            self.notify(self._hint, timeout=_READABLE, markup=False)
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
            self.app.notify(words, timeout=_READABLE, markup=False)
            self.post_message(self.Wanted(self.lesson))

        self.app.push_screen(ResetScreen(self.visit.work), meant)

    def action_edit(self) -> None:
        """Edit the files of the lesson."""
        screen = FilesScreen(self.visit.work, self.look_at_files)

        def closed(_: None) -> None:
            self._show_lesson()

        self.app.push_screen(screen, closed)

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


def _seen(act: Callable[..., object]) -> Callable[..., object]:
    """The act of a key of the lab, after which the lab is in view."""

    @wraps(act)
    def acted(screen: LessonScreen, *arguments: object) -> object:
        screen.make_lab_seen()
        return act(screen, *arguments)

    return acted


for _binding in Binding.make_bindings(KEYS):
    _name, _, _ = f"action_{_binding.action}".partition("(")
    _is_own = _name in vars(LessonScreen) or _binding.action in ("leave", "save")
    if hasattr(LabScreen, _name) and not _is_own:
        setattr(LessonScreen, _name, _seen(getattr(LabScreen, _name)))
