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
from minios.session.stopping import POWER, VENDOR, Choices
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field


class ErrorScreen(Modal[None]):
    """What went wrong, and what to do next, told instead of shown as a traceback."""

    TITLE = "something did not work"
    HELP = (
        "What could not be done, where, and what to do next. Close this, and you are "
        "back where you were."
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
    """A list of things to do; the command of what is chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Do it", priority=True, tooltip="Do what is chosen"),
        Binding("escape", "dismiss", "Cancel", tooltip="Do nothing"),
    ]
    CHOICES: ClassVar[Choices] = ()

    def inside(self) -> ComposeResult:
        """The list."""
        yield OptionList(*(words for words, _ in self.CHOICES), markup=False)

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


class PowerScreen(ChoiceScreen):
    """The reset button, the plug, and how to start: the active machine."""

    TITLE = "reset and power"
    HELP = (
        "For the active machine alone. Cutting the power stops it between two "
        "instructions: of a write to the disk that is under way only a part may "
        "arrive. To boot into another mode, the machine is reset with F8 held down. "
        "The recovery environment then asks, and gets its answer typed. (Windows has "
        "ignored F8 by default since version 8.)"
    )
    CHOICES = POWER

    def __init__(self, machine: str) -> None:
        super().__init__()
        self.heading = f"power: {machine}"


class VendorScreen(ChoiceScreen):
    """What the vendor of the sensor does, at the other end of the update link."""

    TITLE = "be the vendor of the sensor"
    HELP = (
        "What the vendor does at the other end of the update link, for all machines. "
        "A machine asks for newer content when it has come up, so a file that was "
        "deleted by hand comes again until the vendor withdraws it. Those that have it "
        "keep it. A fix is for machines in recovery that ask for one; without it the "
        "vendor's answer is that it knows none."
    )
    CHOICES = VENDOR
    heading = "the vendor"


class AddressScreen(Modal[int | None]):
    """An address as a number, or a register and an offset."""

    TITLE = "which memory to show"
    HELP = (
        "The memory view shows the bytes from here on. Type an address as a number "
        "(0xb8000 is the machine's screen), or a register of the active machine (rsp "
        "is its stack), with or without an offset: rdi+0xa0."
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
        """One line to type in."""
        yield Field(placeholder="0xb8000, rsp, rip, rdi+0xa0")
        yield Static("", classes="error", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it if it is an address."""
        address = address_of(event.value, self._registers)
        if address is None:
            words = "An address is a number (0x...) or a register, plus an offset"
            self.query_one(Static).update(words)
        else:
            self.dismiss(address)

    async def action_show(self) -> None:
        """The same by the footer."""
        await self.query_one(Input).action_submit()


_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm1234567890"


class JumpScreen(Modal[None]):
    """Over the screen below."""

    TITLE: ClassVar[str] = "jump"
    HELP: ClassVar[str] = (
        "Every pane and every field that can be gone to has a letter at its corner. "
        "Press it to go there: the arrows then scroll what is longer than the pane, "
        "and ? says what it shows."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f6", "dismiss", "Close", tooltip="Stay where you were"),
    ]

    def compose(self) -> ComposeResult:
        """A label at the corner of all that can be seen and gone to."""
        below = self.app.screen_stack[-2]
        self._panes: dict[str, Widget] = {}
        panes = [pane for pane in below.focus_chain if pane.region.area]
        for letter, pane in zip(_LETTERS, panes, strict=False):
            self._panes[letter] = pane
            label = Label(letter, id=f"jump-{letter}")
            label.styles.position = "absolute"
            yield label

    def on_resize(self) -> None:
        """The panes below have gone elsewhere, and so do their letters."""
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        for letter, pane in self._panes.items():
            label = self.query_one(f"#jump-{letter}", Label)
            label.display = bool(pane.region.area)
            label.styles.offset = (pane.region.x + 1, pane.region.y)

    def on_key(self, event: Key) -> None:
        """Go there."""
        pane = self._panes.get(event.key)
        if pane is not None:
            event.stop()
            self.dismiss(None)
            pane.focus()
