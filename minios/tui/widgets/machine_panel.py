"""Everything of one machine, from its screen down to its registers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from minios.session.frames import Frame
from minios.tui.widgets.code_view import CodeView
from minios.tui.widgets.descriptors_view import DescriptorsView
from minios.tui.widgets.doors_view import DoorsView
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.guest_screen import GuestScreen
from minios.tui.widgets.memory_view import MemoryView
from minios.tui.widgets.pages_view import PagesView
from minios.tui.widgets.pane import FramePane
from minios.tui.widgets.ports_view import PortsView
from minios.tui.widgets.registers import Registers
from minios.tui.widgets.ring_view import RingView
from minios.tui.widgets.status_list import StatusList
from minios.tui.widgets.threads_view import ThreadsView
from minios.tui.widgets.walk_view import WalkView


class MachinePanel(Vertical):
    """Panes of one machine. The style sheet places them by the terminal's size."""

    DEFAULT_CLASSES: ClassVar[str] = "machine"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"machine{number}")
        self.number = number
        self._panes: list[FramePane] = []

    def compose(self) -> ComposeResult:
        """Screen and parts, rings and console, the pages of the inspector."""
        with Horizontal(classes="top"):
            yield GuestScreen()
            yield StatusList()
        with Vertical(classes="below"):
            yield RingView()
            yield GuestConsole()
        with Horizontal(classes="inspector page"):
            with Vertical(classes="left"):
                yield Registers()
                yield WalkView()
            yield CodeView()
        with Horizontal(classes="tables page"):
            yield PagesView()
            yield DescriptorsView()
            yield MemoryView()
        with Horizontal(classes="kernel page"):
            yield ThreadsView()
            yield PortsView()
        yield DoorsView(classes="doors page")

    def show_page(self, number: int) -> None:
        """One of the inspector's pages, counted from 1; 0 is none of them.

        Not by classes: the style sheet would be applied anew to every pane.
        """
        for own, page in enumerate(self.query(".page"), 1):
            page.display = own == number

    def show(self, frame: Frame) -> None:
        """Show this frame in every pane."""
        if not self._panes:
            self._panes = list(self.query(FramePane))
        for pane in self._panes:
            pane.show(frame)
