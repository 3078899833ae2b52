"""Why: explanations of faults, with the machines side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize

from minios.lab import Explanation
from minios.tui.drawing.lines import Line
from minios.tui.drawing.why import why
from minios.tui.screens.modal import SCROLLED, Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane

_COLUMN = 55  # cells that an explanation needs


class WhyPane(Pane):
    """One explanation."""

    TITLE: ClassVar[str] = "explanation"
    HELP: ClassVar[str] = (
        "Every line here was read from the machine at the moment of the fault, before "
        "anything changed. Nothing is assumed. Machines with the same explanation "
        "share a column."
    )

    def __init__(self, world: str, explanation: Explanation) -> None:
        super().__init__()
        self.world = world
        self.border_title = f"In {world}"  # stays when the lines scroll
        self.explanation = explanation
        self.beside: Sequence[WhyPane] = ()

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines, as wide as those of the other columns: all scroll together."""
        widths = [it.scrollable_content_region.width for it in self.beside]
        common = min((width, *filter(None, widths)))
        return why(self.explanation, common - 1, [it.explanation for it in self.beside])


class WhyScreen(Modal[None]):
    """Up to four explanations."""

    TITLE: ClassVar[str] = "why it happened"
    HELP: ClassVar[str] = (
        "Each column explains one machine: what the CPU was doing, which of its rules "
        "was broken, and what the kernel did then. The same mistake ends differently "
        "in ring 0 and in ring 3. All columns scroll together."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {Binding("escape,q,w", "dismiss", "Close"): "Back to the lab"} | SCROLLED
    )

    heading = "why"

    def __init__(self, found: Sequence[tuple[str, Explanation]]) -> None:
        super().__init__()
        self._found = tuple(found)

    def inside(self) -> ComposeResult:
        """One column for each machine."""
        panes = [WhyPane(world, explanation) for world, explanation in self._found]
        for pane in panes:
            pane.beside = panes
        with Horizontal(id="columns"):
            yield from panes

    def on_resize(self, event: Resize) -> None:
        """Narrow terminals stack the columns."""
        number = len(self._found)
        narrow = number > 1 and event.size.width < number * _COLUMN
        self.set_class(narrow, "-stacked")
