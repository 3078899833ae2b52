"""The machine's serial console: what it says, and a place to type."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message

from minios.lab import recovery
from minios.tui.drawing.console import console
from minios.tui.drawing.lines import Line
from minios.tui.frames import Frame
from minios.tui.widgets.pane import FramePane

_KEYS = {"enter": "\n", "backspace": "\x7f", "tab": "\t", "f8": recovery.F8}


class GuestConsole(FramePane):
    """While it has the focus, keys go to the guest."""

    TITLE: ClassVar[str] = "console"
    HELP: ClassVar[str] = (
        "The machine's serial port. Press c and type: a shell answers while there is a "
        "kernel to run it. Try `help`, `ps` or `ls /SYSTEM/CONTENT`. Held down while a "
        "machine starts, F8 leads into recovery. Esc ends typing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "End typing", tooltip="Give the keys back"),
    ]

    class Typed(Message):
        """Somebody typed."""

        def __init__(self, console: GuestConsole, text: str) -> None:
            super().__init__()
            self.console = console
            self.text = text

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return console(frame.console, width, height, typing=self.has_focus)

    def on_focus(self) -> None:
        """Show the place to type at."""
        self.border_title = "console: you type here, esc leaves"
        self.redraw()

    def on_blur(self) -> None:
        """Nobody types."""
        self.border_title = self.TITLE
        self.redraw()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """The footer hides what cannot be pressed here."""
        return key in _KEYS or (character is not None and character.isprintable())

    def on_key(self, event: Key) -> None:
        """Send it to the guest."""
        text = _KEYS.get(event.key) or (event.character if event.is_printable else None)
        if text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(self, text))

    def action_leave(self) -> None:
        """Give the keys back to the screen."""
        self.screen.set_focus(None)
