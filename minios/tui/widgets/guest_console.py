"""The machine's serial console: its output, and a place to type."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message

from minios.lab import recovery
from minios.session.frames import Frame
from minios.tui.drawing.console import console, waiting
from minios.tui.drawing.lines import Line
from minios.tui.widgets.fields import types
from minios.tui.widgets.pane import FramePane

_KEYS = {"enter": "\n", "backspace": "\x7f", "tab": "\t", "f8": recovery.F8}


class GuestConsole(FramePane):
    """The console. While it has the focus, keys go to the guest."""

    TITLE: ClassVar[str] = "console"
    HELP: ClassVar[str] = (
        "This is the machine's serial port. c opens it in the place of the screen, and "
        "it opens by itself when the recovery environment asks what to do. While the "
        "kernel runs, a shell answers. Try `help`, `ps` or `ls /SYSTEM/CONTENT`. Esc "
        "ends typing. "
        "Hold F8 down while a machine starts to open the recovery environment. While "
        "time is paused, what you type is shown pale and waits: the machine gets it "
        "when time goes on (esc, then space)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "End typing", tooltip="End typing")
    ]

    class Typed(Message):
        """The user has typed on the console."""

        def __init__(self, console: GuestConsole, text: str) -> None:
            super().__init__()
            self.console = console
            self.text = text

    asks: str = ""
    """Who asks for something to be typed, and how: it stands on the border."""
    _paused: bool = False

    def tell(self, *, paused: bool) -> None:
        """Show whether time is paused, so that the machine cannot answer."""
        if paused != self._paused:
            self._paused = paused
            self._entitle(typed_on=self.has_focus)

    def _entitle(self, *, typed_on: bool) -> None:
        """Say on the border where keys go."""
        if not typed_on:
            self.border_title = self.TITLE
        elif self._paused:
            self.border_title = "console: paused, keys wait; esc, then space goes on"
        else:
            self.border_title = self.asks or "console: you type here, esc leaves"

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return console(
            frame.console, width, height, typing=self.has_focus, waits=waiting(frame)
        )

    def on_focus(self) -> None:
        """Show the cursor."""
        self._entitle(typed_on=True)
        self.redraw()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._entitle(typed_on=False)
        self.redraw()

    def check_consume_key(self, key: str, _character: str | None) -> bool:
        """Tell the footer which keys go to the guest, so that it hides them."""
        return key in _KEYS or types(key)

    def on_key(self, event: Key) -> None:
        """Send the key to the guest."""
        text = _KEYS.get(event.key) or (event.character if event.is_printable else None)
        if text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(self, text))

    def action_leave(self) -> None:
        """End typing."""
        self.screen.set_focus(None)
