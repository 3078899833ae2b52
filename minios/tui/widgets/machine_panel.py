"""Everything of one machine, from its screen down to its registers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from minios.tui.frames import Frame
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.guest_screen import GuestScreen
from minios.tui.widgets.inspector import CodeView, Registers, WalkView
from minios.tui.widgets.kernel_views import PortsView, ThreadsView
from minios.tui.widgets.pane import FramePane
from minios.tui.widgets.ring_view import DoorsView, RingView
from minios.tui.widgets.status_list import StatusList
from minios.tui.widgets.table_views import DescriptorsView, MemoryView, PagesView


class MachinePanel(Vertical):
    """Panes of one machine. The style sheet places them by the terminal's size."""

    DEFAULT_CLASSES: ClassVar[str] = "machine"

    def __init__(self, number: int) -> None:
        super().__init__(id=f"machine{number}")
        self.number = number
        self._panes: list[FramePane] = []

    def compose(self) -> ComposeResult:
        """Screen and parts, rings, the pages of the inspector, console."""
        with Horizontal(classes="top"):
            yield GuestScreen()
            yield StatusList()
        yield RingView()
        with Horizontal(classes="inspector"):
            with Vertical(classes="left"):
                yield Registers()
                yield WalkView()
            yield CodeView()
        with Horizontal(classes="tables"):
            yield PagesView()
            yield DescriptorsView()
            yield MemoryView()
        with Horizontal(classes="kernel"):
            yield ThreadsView()
            yield PortsView()
        yield DoorsView(classes="doors")
        yield GuestConsole()

    def show(self, frame: Frame) -> None:
        """Show this frame in every pane."""
        if not self._panes:
            self._panes = list(self.query(FramePane))
        for pane in self._panes:
            pane.show(frame)
