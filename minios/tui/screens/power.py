"""The reset button, the plug, and how to start."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList

from minios.tui.orders import Command
from minios.tui.stopping import POWER


class PowerScreen(ModalScreen[Command | None]):
    """What is done to the active machine."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", key_display="esc"),
        Binding("enter", "choose", "Do it", key_display="⏎"),
    ]
    HELP: ClassVar[str] = (
        "Cutting the power stops the machine between two instructions: of a write to "
        "the disk that is under way only a part may arrive. To boot into another mode, "
        "the machine is reset with F8 held down, as on a real one; the recovery "
        "environment then asks, and gets its answer typed."
    )

    def __init__(self, world: str) -> None:
        super().__init__()
        self._world = world

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = f"power: {self._world}"
            yield OptionList(*(words for words, _ in POWER), markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The button is chosen already."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do it."""
        self.dismiss(POWER[event.option_index][1])

    def action_choose(self) -> None:
        """The same from elsewhere."""
        self.query_one(OptionList).action_select()

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss(None)
