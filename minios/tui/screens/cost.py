"""What a sensor costs in each ring, measured while one looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from minios.errors import MiniosError
from minios.lab.cost import Cost
from minios.tui.drawing.cost import costs
from minios.tui.drawing.lines import Line
from minios.tui.screens.modal import SCROLLED, Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane

WORDS = "Price: measure what a sensor costs in ring 0 and in ring 3"


class CostPane(Pane):
    """A chart for each kind of work."""

    TITLE: ClassVar[str] = "each time"
    HELP: ClassVar[str] = (
        "A bar shows how many instructions the whole machine needs for this work. The "
        "longest bar of each kind of work is full. The numbers beside it are for one "
        "time. The last lines say what they mean."
    )

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[Cost] = []
        self.is_over = False

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines for what is known now."""
        return costs(self.costs, width - 1, is_over=self.is_over)


class CostScreen(Modal[None]):
    """The price of isolation.

    Args:
        measure: gives one cost after the other. It runs in another thread.
    """

    TITLE: ClassVar[str] = "what a sensor costs"
    HELP: ClassVar[str] = (
        "This is the price of isolation. A program opens files, opens named pipes and "
        "starts programs. A sensor hears of each, and allows everything: as a driver "
        "in ring 0, or as an extension in ring 3. It is told after something was done, "
        "or asked before. minios measures this now, on machines of its own, so your "
        "machines do not change. A driver is called like a function. A message has to "
        "reach a process, and its answer has to come back: these changes of the ring "
        "are what ring 3 costs."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {Binding("escape,q,P", "dismiss", "Close"): "Back to where you were"} | SCROLLED
    )
    heading = "what a sensor costs: the price of isolation"

    def __init__(self, measure: Callable[[], Iterator[Cost]]) -> None:
        super().__init__()
        self._measure = measure
        self.pane = CostPane()

    def inside(self) -> ComposeResult:
        """The charts, and what went wrong."""
        yield self.pane
        yield Static("", id="trouble", classes="error", markup=False)

    def on_mount(self) -> None:
        """Begin to measure."""
        self.query_one("#trouble").display = False
        self.run_worker(self._work())

    def on_unmount(self) -> None:
        """Measure nothing more. The count that is under way comes to its end."""
        self.pane.is_over = True

    def _step(self, steps: Iterator[Cost]) -> Cost | None:
        """The next cost, in another thread. None: all is measured, or one has left."""
        found = next(steps, None)
        if self.pane.is_over and isinstance(steps, Generator):
            steps.close()  # releases its machine
            return None
        return found

    async def _work(self) -> None:
        """Take the costs as they come. Another thread runs the machines."""
        try:
            steps = self._measure()
            while (found := await asyncio.to_thread(self._step, steps)) is not None:
                self.pane.costs.append(found)
                self.pane.redraw()
        except MiniosError as error:
            trouble = self.query_one("#trouble", Static)
            trouble.update(str(error))
            trouble.display = True
        self.pane.is_over = True
        self.pane.redraw()
