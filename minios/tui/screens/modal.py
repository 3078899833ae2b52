"""The base class of all dialogs: a title, a help text, a frame, and keys."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
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
"""The keys of a dialog whose text may be longer than the dialog."""


class Modal(ModalScreen[T]):
    """A dialog over another screen.

    `TITLE` says in a few words what it is for, and `HELP` says it in sentences.
    `heading` is shown on the border.
    """

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f1",
            "app.help",
            "Help",
            tooltip="Help: what this dialog is for, and what words mean (then g)",
        ),
        Binding(
            "f6",
            "app.jump",
            "Jump",
            show=False,
            priority=True,  # a text area selects a line by it
            tooltip="Jump: every field gets a letter; press a letter to go there",
        ),
    ]
    heading: str = ""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Textual, but a change of focus does not redraw the whole screen and all
    screens below it. The widgets that get and lose the focus redraw themselves."""

    def compose(self) -> ComposeResult:
        """A frame with the contents, and the keys."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self.heading)
            yield from self.inside()
        yield KeyBar()

    def inside(self) -> ComposeResult:
        """The contents of the frame."""
        raise NotImplementedError

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close the dialog. A second key that was on its way closes nothing else."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def action_scroll(self, by: int) -> None:
        """Scroll all panes together: they tell the same story step by step."""
        for pane in self.query(Pane):
            pane.scroll_relative(y=by, animate=False)
