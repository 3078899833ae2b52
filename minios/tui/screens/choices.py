"""Short lists of things to do: to a machine by its switches, or as its vendor."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList

from minios.session.orders import Order
from minios.session.stopping import POWER, VENDOR, Choices
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import KeyBar


class ChoiceScreen(Modal[Order | None]):
    """A list with a title; the order of what is chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Do it", priority=True, tooltip="Do what is chosen"),
        Binding("escape", "cancel", "Cancel", tooltip="Do nothing"),
    ]
    CHOICES: ClassVar[Choices] = ()

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self._title
            yield OptionList(*(words for words, _ in self.CHOICES), markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """The first is chosen already."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do it."""
        self.dismiss(self.CHOICES[event.option_index][1])

    def action_choose(self) -> None:
        """The same from elsewhere."""
        self.query_one(OptionList).action_select()

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss(None)


class PowerScreen(ChoiceScreen):
    """The reset button, the plug, and how to start: the active machine."""

    TITLE: ClassVar[str] = "reset and power"
    HELP: ClassVar[str] = (
        "For the active machine alone. Cutting the power stops it between two "
        "instructions: of a write to the disk that is under way only a part may "
        "arrive. To boot into another mode, the machine is reset with F8 held down. "
        "The recovery environment then asks, and gets its answer typed. (Windows has "
        "ignored F8 by default since version 8.)"
    )
    CHOICES: ClassVar[Choices] = POWER


class VendorScreen(ChoiceScreen):
    """What the vendor of the sensor does, at the other end of the update link."""

    TITLE: ClassVar[str] = "be the vendor of the sensor"
    HELP: ClassVar[str] = (
        "What the vendor does at the other end of the update link, for all machines. "
        "A machine asks for newer content when it has come up, so a file that was "
        "deleted by hand comes again until the vendor withdraws it. Those that have it "
        "keep it. A fix is for machines in recovery that ask for one; without it the "
        "vendor's answer is that it knows none."
    )
    CHOICES: ClassVar[Choices] = VENDOR
