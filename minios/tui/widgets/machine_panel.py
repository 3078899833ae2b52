"""Everything about one machine: its heading and its panes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import Click
from textual.message import Message

from minios.session.frames import Frame
from minios.tui.drawing.lines import Line
from minios.tui.drawing.status import title
from minios.tui.pages import PAGES
from minios.tui.pages.page import Page
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.guest_screen import GuestScreen
from minios.tui.widgets.pane import FramePane
from minios.tui.widgets.ring_view import RingView


class TitleBar(FramePane, can_focus=False):
    """The heading of a machine; a click makes it the active one."""

    TITLE: ClassVar[str] = "title"
    HELP: ClassVar[str] = (
        "You see which machine this is, whether a sensor protects it, and in which "
        "ring the sensor runs. Unprotected is the time without a sensor that watches, "
        "since power on: it compares the machines. Then come how often the machine "
        "crashed, started, and lost a program. ▶ marks the active machine: single "
        "steps and typing are for this one. A click makes a machine active."
    )

    class Chosen(Message):
        """The heading of the machine was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.active = False

    def mark(self, *, active: bool) -> None:
        """Mark whether this is the active machine."""
        self.active = active
        self.set_class(active, "-active")
        self.redraw()

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        number = self.number + 1
        return title(frame, number, width, active=self.active, rows=height)

    def on_click(self, _event: Click) -> None:
        """Choose this machine."""
        self.post_message(self.Chosen(self.number))


class MachinePanel(Vertical):
    """The panes of one machine. The style sheet places them by the terminal's size."""

    DEFAULT_CLASSES: ClassVar[str] = "machine"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"machine{number}")
        self.number = number
        self.rings = RingView()
        self._panes: list[FramePane] = []

    def compose(self) -> ComposeResult:
        """The building, screen and console, the pages of the inspector."""
        with Container(classes="house"):
            yield self.rings
            yield GuestScreen()
            yield GuestConsole()
        yield from (page() for page in PAGES)

    def show_page(self, number: int) -> None:
        """Show a page of the inspector, counted from 1; 0 shows none.

        This uses no classes: with them, the style sheet would be applied to every pane.
        """
        for own, page in enumerate(self.query(Page), 1):
            page.display = own == number

    def show(self, frame: Frame) -> None:
        """Show this frame in every pane."""
        if not self._panes:
            self._panes = list(self.query(FramePane))
        for pane in self._panes:
            pane.show(frame)
