"""The dialogs of a lesson: answer, list, start again, and a longer text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Key
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios.session.conductor import Conductor
from minios.tui.drawing.lessons import listed
from minios.tui.drawing.tasks import MISTAKE
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, after_typing, move
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.lesson_column import Prose
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson, TaskCard
from minios.tutor.visit import Judged, Visit
from minios.tutor.work import Work


class AnswerScreen(Modal[Judged | TaskCard | None]):
    """A question.

    The result says that the task is done; None if it is not. Or it is the task whose
    question is wanted instead.
    """

    TITLE: ClassVar[str] = "answer a question"
    HELP: ClassVar[str] = (
        "This is the question of a task. Choose an answer with the arrows or by its "
        "letter, or type it, and press enter. It is compared with what the machines "
        "show now. If it is not right, you read why, and you can try again as often as "
        "you want. If more questions are open, f2 goes to the next one."
    )
    AUTO_FOCUS: ClassVar[str | None] = "OptionList, Field"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "answer", "Answer", priority=True): (
                "Compare your answer with what the machines show"
            ),
            Binding("down", "choose(1)", "Next", priority=True): (
                "Choose the next answer; the letter of an answer chooses it, too"
            ),
            Binding("up", "choose(-1)", "Before", priority=True): (
                "Choose the answer before"
            ),
            Binding("f2", "next_question", "Next question", priority=True): (
                "Go to the next question of the lesson that is open"
            ),
            Binding("escape", "dismiss", "Close"): "Back to the lesson",
        }
    )

    def __init__(
        self,
        visit: Visit,
        tasks: Sequence[TaskCard],
        conductor: Conductor,
        worded: Callable[[str], str],
    ) -> None:
        """The first task has the question; `worded` puts keys into a text."""
        super().__init__()
        self._visit = visit
        self._card, *self._others = tasks
        self._conductor = conductor
        self._worded = worded
        self.heading = worded(self._card.goal.words)

    def inside(self) -> ComposeResult:
        """The question, the answers or a field, and what is said of an answer."""
        yield Static(self._asked, id="told", classes="words", markup=False)
        if self._card.options:
            _, *answers, _ = self._visit.question(self._card, self._conductor)
            yield OptionList(*map(self._worded, answers), markup=False)
        else:
            yield Field(placeholder="your answer", compact=True)
        with VerticalScroll(can_focus=False):
            yield Static("", id="verdict", classes="words", markup=False)

    @property
    def _asked(self) -> str:
        """The question; without answers to choose from, also what is to be typed."""
        question, *_, wanted = self._visit.question(self._card, self._conductor)
        words = question if self._card.options else f"{question} {wanted}"
        return self._worded(words)

    def tick(self) -> None:
        """What the machines show may say only now what is to be typed."""
        if self.is_mounted:
            self.query_one("#told", Static).update(self._asked)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click answers."""
        self._judge(self._card.options[event.option_index])

    def action_choose(self, by: int) -> None:
        """Choose another answer."""
        move(self.query_one(OptionList), by)

    def on_key(self, event: Key) -> None:
        """The letter of an answer, or its number, chooses it."""
        count, key = len(self._card.options), event.character or " "
        at = max("abcdefghi"[:count].find(key), "123456789"[:count].find(key))
        if at >= 0:
            self.query_one(OptionList).highlighted = at
            event.stop()

    def on_input_changed(self, _event: Input.Changed) -> None:
        """What was wrong with another answer is wrong no more."""
        self.query_one("#verdict", Static).update("")

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Another answer, or another question, only where there is one."""
        if action == "choose":
            return bool(self._card.options)
        return action != "next_question" or bool(self._others)

    def action_next_question(self) -> None:
        """Go to the next question; after the last one comes the first."""
        self.dismiss(self._others[0])

    @after_typing
    def action_answer(self) -> None:
        """Judge what was chosen or typed."""
        if self._card.options:
            self.query_one(OptionList).action_select()
        else:
            self._judge(self.query_one(Field).value)

    def _judge(self, typed: str) -> None:
        judged = self._visit.answer(self._card, typed, self._conductor)
        if judged.is_right:
            self.dismiss(judged)
        else:
            words = f"{MISTAKE} {self._worded(judged.words)}"
            self.query_one("#verdict", Static).update(words)


class LessonListScreen(Modal[Lesson | None]):
    """All lessons. The result is the one to open."""

    TITLE: ClassVar[str] = "all lessons"
    HELP: ClassVar[str] = (
        "These are all lessons in their order. ✓ marks those that you have passed: all "
        "their tasks were done. An arrow marks the lesson that comes next for you. You "
        "may open them in any order. Enter opens the chosen one, and esc goes back."
    )
    AUTO_FOCUS: ClassVar[str | None] = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "open", "Open", priority=True): "Open the chosen lesson",
            Binding("escape,q", "dismiss", "Close"): "Back to where you were",
        }
    )
    heading = "lessons"

    def __init__(self, learner: Learner, now: Lesson) -> None:
        """`now` is the lesson that is open."""
        super().__init__()
        self._learner = learner
        self._now = now

    def inside(self) -> ComposeResult:
        """A line for each lesson."""
        yield OptionList(
            *(
                Option(listed(self._learner, it), id=it.key)
                for it in self._learner.lessons
            ),
            markup=False,
        )

    def on_mount(self) -> None:
        """Choose the lesson that is open."""
        keys = [it.key for it in self._learner.lessons]
        if self._now.key in keys:
            self.query_one(OptionList).highlighted = keys.index(self._now.key)

    def action_open(self) -> None:
        """Open the chosen one."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        self.dismiss(self._learner.lessons[event.option_index])


class ResetScreen(Modal[bool]):
    """Ask before a lesson begins anew."""

    TITLE: ClassVar[str] = "start the lesson again"
    HELP: ClassVar[str] = (
        "The machines are switched on anew, and no task is done. A lesson that you "
        "have passed stays passed. Your own files are never deleted: they are kept in "
        "a folder beside the new ones."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("y,enter", "dismiss(True)", "Start again"): (
                "Start the lesson again"
            ),
            Binding("escape,n", "dismiss(False)", "Cancel"): "Change nothing",
        }
    )
    heading = "start the lesson again?"

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def inside(self) -> ComposeResult:
        """What becomes of tasks and files."""
        words = "The machines are switched on anew, and no task is done."
        if self._work.is_wanted:
            words += (
                " The files of the lesson are as they were at the start. Your own are "
                f"kept in a folder beside {self._work.folder}"
            )
        yield Static(words, classes="words", markup=False)


class TextScreen(Modal[None]):
    """A text to read: the solution, or all that is known of a mistake."""

    TITLE: ClassVar[str] = "a text to read"
    HELP: ClassVar[str] = "The arrows and the page keys scroll the text. Esc closes it."
    AUTO_FOCUS: ClassVar[str | None] = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {Binding("escape,q,enter", "dismiss", "Close"): "Back to the lesson"}
    )

    def __init__(self, heading: str, text: str, *, is_prose: bool = False) -> None:
        """`is_prose`: the text is Markdown."""
        super().__init__()
        self.heading = heading
        self._text = text
        self._is_prose = is_prose

    def inside(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(can_focus=True):
            if self._is_prose:
                yield Prose(self._text)
            else:
                yield Static(self._text, classes="words", markup=False)
