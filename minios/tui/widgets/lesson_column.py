"""The column of a lesson: its text, its tasks, and what was said last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from markdown_it import MarkdownIt
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.widgets import Markdown

from minios.tui.drawing.lines import Line
from minios.tui.drawing.tasks import TaskRow, said_lines, task_line, task_lines
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane
from minios.tutor.facts import FACT

_LEAST_TEXT: Final = 4  # rows
_ALL_TASKS_FROM: Final = 30  # rows of the column: in fewer, the text has most of them


def prose(text: str) -> str:
    """Markdown in which the number of a fact is a link: `[F12]` leads to `fact:F12`."""
    return FACT.sub(r"[\[\1\]](fact:\1)", text)


def parser() -> MarkdownIt:
    """CommonMark and tables. Raw HTML is not shown: it would be a comment."""
    return MarkdownIt("gfm-like", {"html": True, "linkify": False})


class Prose(Markdown):
    """A text of a lesson. Whoever shows it decides what a link does."""

    def __init__(self, text: str) -> None:
        super().__init__(prose(text), parser_factory=parser, open_links=False)


LESSON_KEYS: Final = {
    Binding("a,enter", "screen.answer", "Answer"): (
        "Answer the question of the task at hand, or of another task with a question"
    ),
    Binding("h", "screen.hint", "Hint"): (
        "Hint: say how to go on with the task at hand; each hint says more"
    ),
    Binding("n", "screen.next_lesson", "Next lesson"): (
        "Open the next lesson; nothing opens it by itself"
    ),
    Binding("e", "screen.edit", "Edit files"): (
        "Edit the files of this lesson; they are checked whenever they are saved"
    ),
    Binding("T", "screen.tasks", "All tasks"): (
        "List all tasks of the lesson: where there are few rows, not all are in view"
    ),
    Binding("m", "screen.more", "More"): (
        "More: read all that is known of the mistake that was found last"
    ),
    Binding("l", "screen.lessons", "Lessons"): (
        "List all lessons, and how far you have come in each"
    ),
    Binding("s", "screen.solution", "Solution"): (
        "Show the solution, once all tasks of the lesson were done"
    ),
    Binding("r", "screen.reset_lesson", "Start again"): (
        "Start the lesson again: no task is done, and its files are as they were first"
    ),
    Binding("f", "screen.facts", "Facts"): (
        "Facts: where the claims of the text come from, such as [F12]"
    ),
}
"""The keys while the text has the focus. The screen does what they say."""


class LessonText(VerticalScroll, can_focus=True):
    """The text of a lesson. The arrows scroll it."""

    TITLE: ClassVar[str] = "the lesson"
    HELP: ClassVar[str] = (
        "This is the text of the lesson. The arrows and the page keys scroll it. Below "
        "it are the tasks: ✓ marks what is done, because the machines have shown it, "
        "and ▸ marks the task at hand. Below the tasks you read what was found last, "
        "and the hint that you asked for."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(LESSON_KEYS)

    def __init__(self, text: str) -> None:
        super().__init__(Prose(text))


class TaskPane(Pane, can_focus=False):
    """The tasks. `rows` is how many it may take at most."""

    TITLE: ClassVar[str] = "tasks"
    HELP: ClassVar[str] = "The tasks of the lesson, and which of them are done."

    def __init__(self, rows: int = 0) -> None:
        super().__init__()
        self.border_title = ""
        self._most = rows
        self.tasks: Sequence[TaskRow] = ()

    def show(self, tasks: Sequence[TaskRow]) -> None:
        """Show these."""
        self.tasks = tasks
        self.redraw()
        self.refresh(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        draw = task_line if self._most else task_lines
        return draw(self.tasks, width, height)

    def get_content_height(self, container: Size, _viewport: Size, width: int) -> int:
        """The number of lines at this width: at most half of what the text leaves.

        In a low terminal there are few, so the task at hand stands alone.
        """
        part = 2 if container.height >= _ALL_TASKS_FROM else 5
        most = self._most or max(1, (container.height - _LEAST_TEXT) // part)
        return len(self.draw(width, most))


class SaidPane(Pane, can_focus=False):
    """What was said last: a mistake, a hint, the end of the lesson."""

    TITLE: ClassVar[str] = "said last"
    HELP: ClassVar[str] = (
        "What was found last in your work, and the hint that you asked for. m, in the "
        "lesson, shows more of it."
    )

    def __init__(self) -> None:
        super().__init__()
        self.border_title = ""
        self.paragraphs: Sequence[tuple[str, str]] = ()

    def show(self, paragraphs: Sequence[tuple[str, str]]) -> None:
        """Show these texts, each with its role."""
        self.paragraphs = paragraphs
        self.display = bool(paragraphs)
        self.scroll_home(animate=False)
        self.redraw()
        self.refresh(layout=True)

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines."""
        return said_lines(self.paragraphs, width)

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """The number of lines at this width."""
        return len(self.draw(width, 0))


class LessonColumn(Vertical):
    """Text, tasks, and what was said last."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.border_title = Content(title)
        self.text = LessonText(text)
        self.tasks = TaskPane()
        self.said = SaidPane()

    def compose(self) -> ComposeResult:
        """One below the other."""
        yield self.text
        yield self.tasks
        yield self.said

    def on_click(self, _event: Click) -> None:
        """A click anywhere in the column gives it the keys."""
        self.text.focus()
