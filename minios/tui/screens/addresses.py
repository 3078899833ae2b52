"""Which memory to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from minios.session.addresses import address_of
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field
from minios.tui.widgets.key_bar import KeyBar


class AddressScreen(Modal["int | None"]):
    """An address as a number, or a register and an offset."""

    TITLE: ClassVar[str] = "which memory to show"
    HELP: ClassVar[str] = (
        "The memory view shows the bytes from here on. Type an address as a number "
        "(0xb8000 is the machine's screen), or a register of the active machine (rsp "
        "is its stack), with or without an offset: rdi+0xa0."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show", "Show it", priority=True, tooltip="Show that memory"),
        Binding("escape", "cancel", "Cancel", tooltip="Show what was shown before"),
    ]

    def __init__(self, registers: Mapping[str, int]) -> None:
        super().__init__()
        self._registers = registers

    def compose(self) -> ComposeResult:
        """One line to type in."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "show the memory at"
            yield Field(placeholder="0xb8000, rsp, rip, rdi+0xa0")
            yield Static("", classes="error", markup=False)
        yield KeyBar()

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

    def action_cancel(self) -> None:
        """Show what was shown."""
        self.dismiss(None)
