"""Choose where to go back to: before a fault, before an event, to a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from minios.session.going_back import Target
from minios.tui.screens.modal import Modal


class GoBackScreen(Modal[Target | None]):
    """A list of moments. The result is one of them, or None."""

    TITLE: ClassVar[str] = "go back in time"
    HELP: ClassVar[str] = (
        "All machines become as they were at the moment that you choose, and time is "
        "paused there. What came later is deleted. If you do something else from "
        "there, other things can happen. Before the fault, the next instruction is the "
        "one that the CPU refuses: look at its registers (i), then execute it (n). A "
        "snapshot is a moment at which the whole machine was saved."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Go back", priority=True, tooltip="Go back there"),
        Binding("escape", "dismiss", "Cancel", tooltip="Stay at this moment"),
    ]
    heading = "take all machines back"

    def __init__(self, offered: Sequence[Target]) -> None:
        super().__init__()
        self._offered = offered

    def inside(self) -> ComposeResult:
        """The list."""
        yield OptionList(*(it.words for it in self._offered), markup=False)

    def on_mount(self) -> None:
        """Choose the first line."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen moment."""
        self.dismiss(self._offered[event.option_index])

    def action_choose(self) -> None:
        """Do the same when the list has no focus."""
        self.query_one(OptionList).action_select()
