"""The small dialogs: an error, a list of things to do, an address, where to jump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Static

from minios.session.addresses import address_of
from minios.session.orders import Order
from minios.session.stopping import VENDOR, Choices, power
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, after_typing


class ErrorScreen(Modal[None]):
    """Say what went wrong and what to do next, instead of showing a traceback."""

    TITLE = "something did not work"
    HELP = (
        "You see what could not be done, where, and what to do next. Close this dialog "
        "to go back to where you were."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", tooltip="Back to where you were"),
    ]
    heading = "that did not work"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def inside(self) -> ComposeResult:
        """The text."""
        with VerticalScroll():
            yield Static(self._text, classes="error", markup=False)


class ChoiceScreen(Modal[Order | None]):
    """Choose from a list of things to do. The result is an order, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Do it", priority=True, tooltip="Do what is chosen"),
        Binding("escape", "dismiss", "Cancel", tooltip="Do nothing"),
    ]
    choices: Choices = ()

    def inside(self) -> ComposeResult:
        """The list."""
        yield OptionList(*(words for words, _ in self.choices), markup=False)

    def on_mount(self) -> None:
        """Choose the first line."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen order."""
        self.dismiss(self.choices[event.option_index][1])

    def action_choose(self) -> None:
        """Do the same when the list has no focus."""
        self.query_one(OptionList).action_select()


class PowerScreen(ChoiceScreen):
    """Reset the active machine, cut its power, or boot it in another mode."""

    TITLE = "reset and power"
    HELP = (
        "This is for the active machine only. A power cut stops it between two "
        "instructions. If it is writing to the disk, perhaps only a part is written. "
        "To boot in another mode, the machine is reset with F8 held down. The recovery "
        "environment, or the boot menu of Linux, then asks, and the answer is typed "
        "for you. (Windows has ignored F8 by default since version 8.)"
    )

    def __init__(self, machine: str, model: str) -> None:
        super().__init__()
        self.choices = power(model)
        self.heading = f"power: {machine}"


class VendorScreen(ChoiceScreen):
    """Act as the vendor of the sensor, at the other end of the update link."""

    TITLE = "be the vendor of the sensor"
    HELP = (
        "You act for the vendor, at the other end of the update link of all machines. "
        "After each start a machine asks the vendor for newer content. So a file that "
        "was deleted by hand comes again as long as the updater runs and the vendor "
        "offers it. Machines that have the file keep it. A fix is for machines in the "
        "recovery environment that ask for one. Without a fix the vendor answers that "
        "it has none."
    )
    choices = VENDOR
    heading = "the vendor"


class AddressScreen(Modal[int | None]):
    """An address as a number, or a register and an offset."""

    TITLE = "which memory to show"
    HELP = (
        "The memory view shows the bytes from this address on. Type a number (0xb8000 "
        "is the machine's screen) or a register of the active machine (rsp points to "
        "its stack). You can add an offset: rdi+0xa0."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show", "Show it", priority=True, tooltip="Show that memory"),
        Binding("escape", "dismiss", "Cancel", tooltip="Show what was shown before"),
    ]
    heading = "show the memory at"

    def __init__(self, registers: Mapping[str, int]) -> None:
        super().__init__()
        self._registers = registers

    def inside(self) -> ComposeResult:
        """A field for the address."""
        yield Field(placeholder="0xb8000, rsp, rip, rdi+0xa0")
        yield Static("", classes="error", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it if it is an address."""
        address = address_of(event.value, self._registers)
        if address is None:
            words = "Type a number (0x...) or a register, with or without an offset"
            self.query_one(Static).update(words)
        else:
            self.dismiss(address)

    @after_typing
    async def action_show(self) -> None:
        """Do the same when the footer is clicked."""
        await self.query_one(Input).action_submit()


_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm1234567890"


class JumpScreen(Modal[None]):
    """Letters over the panes of the screen below."""

    TITLE: ClassVar[str] = "jump"
    HELP: ClassVar[str] = (
        "Every pane and every field has a letter at its corner. Press the letter to go "
        "there. In a pane the arrows scroll, and ? says what the pane shows."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f6", "dismiss", "Close", tooltip="Stay where you were"),
    ]

    def compose(self) -> ComposeResult:
        """A letter at the corner of each pane and field that is visible."""
        below = self.app.screen_stack[-2]
        self._panes: dict[str, Widget] = {}
        panes = [pane for pane in below.focus_chain if pane.region.area]
        for letter, pane in zip(_LETTERS, panes, strict=False):
            self._panes[letter] = pane
            label = Label(letter, id=f"jump-{letter}")
            label.styles.position = "absolute"
            yield label

    def on_resize(self) -> None:
        """Move the letters, as the panes below have moved."""
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        for letter, pane in self._panes.items():
            label = self.query_one(f"#jump-{letter}", Label)
            label.display = bool(pane.region.area)
            label.styles.offset = (pane.region.x + 1, pane.region.y)

    def on_key(self, event: Key) -> None:
        """Go to the pane with this letter."""
        pane = self._panes.get(event.key)
        if pane is not None:
            event.stop()
            self.dismiss(None)
            pane.focus()
