"""The machine's serial console: what it says, and a place to type."""

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
    """While it has the focus, keys go to the guest."""

    TITLE: ClassVar[str] = "console"
    HELP: ClassVar[str] = (
        "The machine's serial port. Press c and type: a shell answers while there is a "
        "kernel to run it. Try `help`, `ps` or `ls /SYSTEM/CONTENT`. Held down while a "
        "machine starts, F8 leads into recovery. Esc ends typing. While time stands "
        "still, what you type is shown pale, and waits: the machine gets it when time "
        "goes on (esc, then space)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "End typing", tooltip="Give the keys back")
    ]

    class Typed(Message):
        """Somebody typed."""

        def __init__(self, console: GuestConsole, text: str) -> None:
            super().__init__()
            self.console = console
            self.text = text

    _paused: bool = False

    def tell(self, *, paused: bool) -> None:
        """Time stands still, so nobody answers; or it does not."""
        if paused != self._paused:
            self._paused = paused
            self._entitle(typed_on=self.has_focus)

    def _entitle(self, *, typed_on: bool) -> None:
        """Say on the border what becomes of a key."""
        if not typed_on:
            self.border_title = self.TITLE
        elif self._paused:
            self.border_title = "console: paused, keys wait; esc, then space goes on"
        else:
            self.border_title = "console: you type here, esc leaves"

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return console(
            frame.console, width, height, typing=self.has_focus, waits=waiting(frame)
        )

    def on_focus(self) -> None:
        """Show the place to type at."""
        self._entitle(typed_on=True)
        self.redraw()

    def on_blur(self) -> None:
        """Nobody types."""
        self._entitle(typed_on=False)
        self.redraw()

    def check_consume_key(self, key: str, _character: str | None) -> bool:
        """The footer hides what cannot be pressed here."""
        return key in _KEYS or types(key)

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
