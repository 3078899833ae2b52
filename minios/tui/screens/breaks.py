"""Small questions: where to stop, and which memory to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, OptionList, Static

from minios.lab import events
from minios.machine.events import RingCrossing

KINDS: Final[tuple[tuple[str, type], ...]] = (
    ("a bugcheck", events.Bugchecked),
    ("the death of a process", events.ProcessDied),
    ("any fault", events.Faulted),
    ("a reset", events.WasReset),
    ("a restart by the supervisor", events.Restarted),
    ("content that the sensor loads", events.ContentLoaded),
    ("a file that the updater stores", events.UpdateStored),
    ("a detection", events.Detected),
    ("a process that starts", events.ProcessStarted),
    ("all services are up", events.Ready),
    ("any crossing of the rings", RingCrossing),
)


class BreakScreen(ModalScreen["frozenset[type] | None"]):
    """Kinds of events at which time stands still."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,o", "close", "Done", key_display="esc"),
        Binding("space", "mark", "Choose", key_display="space"),
    ]

    def __init__(self, chosen: frozenset[type]) -> None:
        super().__init__()
        self._chosen = set(chosen)

    def compose(self) -> ComposeResult:
        """A list to tick, with signs that need no colour."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "stop at"
            yield OptionList(*map(self._words, range(len(KINDS))), markup=False)
        yield Footer(show_command_palette=False)

    def _words(self, number: int) -> str:
        words, kind = KINDS[number]
        return f"[{'x' if kind in self._chosen else ' '}] {words}"

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose the line, or not any more."""
        self._chosen ^= {KINDS[event.option_index][1]}
        event.option_list.replace_option_prompt_at_index(
            event.option_index, self._words(event.option_index)
        )

    def action_mark(self) -> None:
        """The same by the space bar."""
        self.query_one(OptionList).action_select()

    def action_close(self) -> None:
        """Use what was chosen."""
        self.dismiss(frozenset(self._chosen))


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


def address_of(text: str, registers: Mapping[str, int]) -> int | None:
    """The sum of numbers and registers; None if it is something else."""
    total = 0
    for part in text.lower().replace(" ", "").split("+"):
        if part in registers:
            total += registers[part]
            continue
        try:
            total += int(part, 0)
        except ValueError:
            return None
    return total & (1 << 64) - 1
