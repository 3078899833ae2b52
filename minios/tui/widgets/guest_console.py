"""The machine's serial console: its output, and a place to type."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message

from minios.lab import recovery
from minios.session.frames import Frame
from minios.tui.drawing.console import console, further_up, waiting
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
        "ends typing. Page up shows earlier lines, and f2 goes to the console of "
        "another machine. "
        "Hold F8 down while a machine starts to open the recovery environment, or the "
        "boot menu of Linux. While time is paused, what you type is shown pale and "
        "waits: the machine gets it when time goes on (esc, then space)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.end_typing", "End typing", tooltip="End typing"),
        Binding(
            "f2",
            "screen.other_console",
            "Other machine",
            tooltip="Type on the console of the next machine",
        ),
        Binding("pageup", "page_up", "Earlier lines", tooltip="Show earlier lines"),
        Binding(
            "pagedown",
            "page_down",
            "Later lines",
            show=False,
            tooltip="Show later lines, down to the end",
        ),
    ]

    class Typed(Message):
        """The user has typed on the console."""

        def __init__(self, console: GuestConsole, text: str) -> None:
            super().__init__()
            self.console = console
            self.text = text

    asks: str = ""
    """Who asks for something to be typed, and how: it stands on the border."""
    whose: str = ""
    """The machine, where there are several."""
    _paused: bool = False
    _back: int = 0
    """Rows between what is shown and the end."""
    _read: str = ""
    """What the console said when one began to read back: it stands still meanwhile."""

    def tell(self, *, paused: bool) -> None:
        """Show whether time is paused, so that the machine cannot answer."""
        if paused != self._paused:
            self._paused = paused
            self._entitle(typed_on=self.has_focus)

    def _entitle(self, *, typed_on: bool) -> None:
        """Say on the border where keys go."""
        name = self.whose or self.TITLE
        if not typed_on:
            self.border_title = self.TITLE
        elif self._back:
            self.border_title = f"{name}: earlier lines"
        elif self._paused:
            self.border_title = f"{name}: paused, keys wait; esc, then space goes on"
        else:
            self.border_title = self.asks or f"{name}: you type here, esc leaves"

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return console(
            self._read if self._back else frame.console,
            width,
            height,
            typing=self.has_focus and not self._back,
            waits="" if self._back else waiting(frame),
            back=self._back,
        )

    def action_page_up(self) -> None:
        """Show earlier lines."""
        self._go_back_to(self._back + self._page)

    def action_page_down(self) -> None:
        """Show later lines, down to the end."""
        self._go_back_to(self._back - self._page)

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _go_back_to(self, rows: int) -> None:
        if self.frame is not None:
            if not self._back:
                self._read = self.frame.console
            size = self.scrollable_content_region.size
            most = further_up(self._read, *size) if rows > 0 else 0
            self._back = max(0, min(rows, most))
            self._entitle(typed_on=self.has_focus)
            self.redraw()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._entitle(typed_on=True)
        self.redraw()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._back = 0
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
            self._go_back_to(0)
            self.post_message(self.Typed(self, text))
