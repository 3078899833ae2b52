"""The facts of a lesson: where its claims about the world come from."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static

from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import told
from minios.tutor.facts import Fact


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
        self.query_one("#told", Static).update(
            "\n\n".join(self._facts[event.option_index].paragraphs)
        )

    def on_option_list_option_selected(self) -> None:
        """A click chooses, and closes nothing."""
