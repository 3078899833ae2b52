"""The steps of a scenario beside its machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from minios.session.frames import Frame
from minios.session.script import Script
from minios.tui.drawing.lines import Line
from minios.tui.drawing.steps import steps
from minios.tui.widgets.pane import Pane


class StepList(Pane):
    """The steps; the latest one is kept in view.

    Attributes:
        done: the latest step that all machines have behind them.
        wanted: the step to which they go, or went.
    """

    TITLE: ClassVar[str] = "scenario"
    HELP: ClassVar[str] = (
        "These are the steps of the scenario, with their lines in its file. ✓ is done, "
        "✖ has failed, with what was expected and what was found, and · comes later. "
        "The machines stand where they stood at the end of the latest step, each on "
        "its own clock. Whatever you do in between, the next step begins where the "
        "scenario was."
    )

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script
        self.done = -1
        self.wanted = 0
        worlds = script.card.worlds
        if script.names != worlds:
            names = ", ".join(f"{n} {it}" for n, it in enumerate(script.names, 1))
            self.border_title = Content(f"{self.TITLE}: {names}")

    def show(self, frames: Sequence[Frame]) -> None:
        """Find out how far the machines are."""
        done = self.script.done(frames, self.wanted)
        if done != self.done:
            self.done = done
            self.redraw()

    def follow(self, wanted: int) -> None:
        """The machines are on their way to another step."""
        self.wanted = wanted
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """All steps."""
        lines, latest = steps(self.script, self.done, self.wanted, width)
        self.call_after_refresh(self._show_line, latest, height)
        return lines

    def _show_line(self, number: int, height: int) -> None:
        """Scroll so that the latest step and what it saw can be read."""
        self.scroll_to(y=max(0, number - max(0, height - 4)), animate=False)
