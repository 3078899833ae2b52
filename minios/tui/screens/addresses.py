"""Which memory to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from minios.tui.addresses import address_of


class AddressScreen(ModalScreen["int | None"]):
    """An address as a number, or a register and an offset."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, registers: Mapping[str, int]) -> None:
        super().__init__()
        self._registers = registers

    def compose(self) -> ComposeResult:
        """One line to type in."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "show the memory at"
            yield Input(placeholder="0xb8000, rsp, rip, rdi+0xa0")
            yield Static("", classes="error", markup=False)
        yield Footer(show_command_palette=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it if it is an address."""
        address = address_of(event.value, self._registers)
        if address is None:
            words = "An address is a number (0x...) or a register, plus an offset"
            self.query_one(Static).update(words)
        else:
            self.dismiss(address)

    def action_cancel(self) -> None:
        """Show what was shown."""
        self.dismiss(None)
