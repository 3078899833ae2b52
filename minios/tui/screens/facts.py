"""The facts of a lesson: where its claims about the world come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static

from minios.errors import MiniosError
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.lesson_column import FACT
from minios.tutor import texts
from minios.tutor.model import Lesson

_FILE: Final = "FACTS.md"
_ROW: Final = re.compile(r"^\|\s*(F[0-9]{1,4})\s*\|(.*)\|\s*$", re.MULTILINE)
_NO_ROW: Final = "The pack of this lesson has no row for this fact."


class Fact(NamedTuple):
    """A row of the list of facts."""

    name: str
    statement: str = _NO_ROW
    source: str = ""
    sure: str = ""

    @property
    def words(self) -> str:
        """All of it, in paragraphs."""
        found = [self.statement]
        if self.source:
            found.append(f"Source: {self.source}")
        if self.sure:
            found.append(f"How sure: {self.sure}")
        return "\n\n".join(found)


def facts_of(lesson: Lesson) -> tuple[Fact, ...]:
    """The facts that the text of a lesson names, in the order of the text."""
    names = dict.fromkeys(FACT.findall(lesson.text))
    known = _known(lesson) if names else {}
    return tuple(known.get(name, Fact(name)) for name in names)


def _known(lesson: Lesson) -> Mapping[str, Fact]:
    """The list of facts of the lesson's pack; nothing if it cannot be read."""
    try:
        text = texts.read(lesson.folder.parent / _FILE)
    except MiniosError:
        return {}
    rows = (
        (it[1], [cell.strip() for cell in it[2].split("|")])
        for it in _ROW.finditer(text)
    )
    return {name: Fact(name, *cells[:3]) for name, cells in rows}


class FactScreen(Modal[None]):
    """The facts of a lesson: choose one, and read it."""

    TITLE: ClassVar[str] = "the facts of a lesson"
    HELP: ClassVar[str] = (
        "A claim about the real world ends with the number of a fact, such as [F12]. "
        "Here you read each fact of this lesson, which document it comes from, and how "
        "sure we are of it. The arrows choose a fact."
    )
    AUTO_FOCUS: ClassVar[str | None] = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("escape,q,enter", "dismiss", "Close", priority=True): (
                "Back to the lesson"
            )
        }
    )
    heading = "facts"

    def __init__(self, facts: tuple[Fact, ...], name: str = "") -> None:
        """Begin with the fact of this name."""
        super().__init__()
        self._facts = facts
        self._name = name

    def inside(self) -> ComposeResult:
        """The numbers, and below them the chosen fact."""
        yield OptionList(*(it.name for it in self._facts), markup=False)
        with VerticalScroll(can_focus=False):
            yield Static("", id="told", classes="words", markup=False)

    def on_mount(self) -> None:
        """Choose the fact that was asked for."""
        names = [it.name for it in self._facts]
        at = names.index(self._name) if self._name in names else 0
        self.query_one(OptionList).highlighted = at

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        """Show what it says."""
        self.query_one("#told", Static).update(self._facts[event.option_index].words)

    def on_option_list_option_selected(self) -> None:
        """A click chooses, and closes nothing."""
