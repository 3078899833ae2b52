"""What all dialogs are: a name, a help text, a frame, and the keys of each."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.pane import Pane

T = TypeVar("T")
SCROLLED: Final = {
    Binding("down,j", "scroll(1)", "Down"): "Go down a line",
    Binding("up,k", "scroll(-1)", "Up"): "Go up a line",
    Binding("space,pagedown", "scroll(12)", "Page down"): "Go down a page",
    Binding("pageup", "scroll(-12)", "Page up", show=False): "Go up a page",
}
"""Keys of a dialog in which there is more to read than there is room for."""


class Modal(ModalScreen[T]):
    """A screen over another one.

    `TITLE` says in a few words what it is for, `HELP` in sentences, `heading` stands on
    the border.
    """

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f1",
            "app.help",
            "Help",
            tooltip="Help: say what this dialog is for, and what words mean (then g)",
        ),
        Binding(
            "f6",
            "app.jump",
            "Jump",
            show=False,
            priority=True,  # a text area selects a line by it
            tooltip="Jump: every field gets a letter; press one to go there",
        ),
    ]
    heading: str = ""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but another focus does not draw the whole screen anew, and all
    that lies below it: what gets the focus and what loses it draw themselves."""

    def compose(self) -> ComposeResult:
        """A frame with something in it, and the keys."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self.heading
            yield from self.inside()
        yield KeyBar()

    def inside(self) -> ComposeResult:
        """What stands in the frame."""
        raise NotImplementedError

    def action_scroll(self, by: int) -> None:
        """Read on, in all panes together: they tell the same story step by step."""
        for pane in self.query(Pane):
            pane.scroll_relative(y=by, animate=False)
