"""Why: the answer first, then the reasons, then the evidence, for all machines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from minios.lab.explanation import Comparison, Depth
from minios.tui.drawing.lines import Line
from minios.tui.drawing.why import why
from minios.tui.screens.modal import SCROLLED, Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane

_WORDS = {
    Depth.ANSWER: "the answer",
    Depth.REASONS: "the reasons",
    Depth.EVIDENCE: "the evidence",
}


class WhyPane(Pane):
    """Explanations, down to a depth."""

    TITLE: ClassVar[str] = "explanation"
    HELP: ClassVar[str] = (
        "Every line here was read from the machine at the moment of the fault, before "
        "anything changed. Nothing is assumed. What is true of several machines is "
        "said once, above what differs. d shows more, and the left arrow shows less."
    )

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self.depths = comparison.depths
        self.shown = 0  # how many of the depths; 0 until the pane has a size

    def draw(self, width: int, height: int) -> list[Line]:
        """As deep as wanted; at first the answer, and the reasons if there is room."""
        if not self.shown:
            both = why(self.comparison, self.depths[:2], width - 1)
            self.shown = len(self.depths[:2]) if len(both) <= height else 1
        shown = self.depths[: self.shown]
        more = [f"d adds {_WORDS[it]}" for it in self.depths[self.shown :][:1]]
        self.border_title = "; ".join([" and ".join(_WORDS[it] for it in shown), *more])
        return why(self.comparison, shown, width - 1)


class WhyScreen(Modal[None]):
    """The explanations of all machines, as deep as the user wants."""

    TITLE: ClassVar[str] = "why it happened"
    HELP: ClassVar[str] = (
        "First come one or two sentences: what happened, and why it happened here and "
        "not there. Then come the reasons, from the first cause to the end. Then comes "
        "the evidence: what the CPU was doing, which of its rules was broken, and what "
        "the kernel did. The same mistake ends differently in ring 0 and in ring 3."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("d,enter,right", "deeper(1)", "Deeper"): (
                "Show more: the reasons, then the evidence"
            ),
            Binding("left,backspace", "deeper(-1)", "Less"): (
                "Show less: without the evidence, then the answer alone"
            ),
            Binding("escape,q,w", "dismiss", "Close"): "Back to the lab",
        }
        | SCROLLED
    )

    heading = "why"

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.pane = WhyPane(comparison)

    def inside(self) -> ComposeResult:
        """One pane, in which the machines stand side by side."""
        yield self.pane

    def action_deeper(self, by: int) -> None:
        """Show one depth more, or one less."""
        pane = self.pane
        top = pane.virtual_size.height if by > 0 else 0
        pane.shown += by
        pane.redraw()
        self.refresh_bindings()
        self.call_after_refresh(pane.scroll_to, y=top, animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing above the answer, and nothing below the last depth."""
        if action != "deeper":
            return True
        shown = self.pane.shown
        return shown < len(self.pane.depths) if parameters == (1,) else shown > 1
