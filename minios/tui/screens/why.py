"""Why: the explanations of a fault, the worlds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Footer

from minios.lab import Explanation
from minios.tui.drawing.lines import Line
from minios.tui.drawing.why import why
from minios.tui.widgets.pane import Pane

_COLUMN = 55  # cells that an explanation needs


class WhyPane(Pane):
    """One explanation."""

    HELP: ClassVar[str] = (
        "Every line here was read from the machine at the moment of the fault, before "
        "anything changed. Nothing is assumed."
    )

    def __init__(self, world: str, explanation: Explanation) -> None:
        super().__init__()
        self.world = world
        self.explanation = explanation

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        del height
        return why(self.world, self.explanation, width - 1)


class WhyScreen(ModalScreen[None]):
    """Up to four explanations."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.help", "Help", show=False),
        Binding("escape,q,w", "close", "Close", key_display="esc"),
        Binding("down,j", "scroll(1)", "Down", key_display="↓"),
        Binding("up,k", "scroll(-1)", "Up", key_display="↑"),
        Binding("pagedown,space", "scroll(12)", "Page down", key_display="space"),
        Binding("pageup", "scroll(-12)", "Page up", show=False),
    ]

    def __init__(self, found: Sequence[tuple[str, Explanation]]) -> None:
        super().__init__()
        self._found = tuple(found)

    def compose(self) -> ComposeResult:
        """A column a world."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "why"
            with Horizontal(id="columns"):
                for world, explanation in self._found:
                    yield WhyPane(world, explanation)
        yield Footer(show_command_palette=False)

    def on_resize(self, event: Resize) -> None:
        """Narrow terminals stack the columns."""
        number = len(self._found)
        narrow = number > 1 and event.size.width < number * _COLUMN
        self.set_class(narrow, "-stacked")

    def action_scroll(self, by: int) -> None:
        """Both columns together: they tell the same story step by step."""
        for pane in self.query(WhyPane):
            pane.scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Back to the lab."""
        self.dismiss(None)
