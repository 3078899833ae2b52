"""A text in a frame: an error that is told instead of shown as a traceback."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import KeyBar


class Dialog(Modal[None]):
    """A text that any of the usual keys closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close", tooltip="Back to where you were"),
    ]

    def __init__(self, title: str, text: str, *, role: str = "words") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._role = role

    def compose(self) -> ComposeResult:
        """A frame with the text in it."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self._title
            with VerticalScroll():
                yield Static(self._text, classes=self._role, markup=False)
        yield KeyBar()

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss(None)


class ErrorScreen(Dialog):
    """What went wrong, and what to do next."""

    TITLE: ClassVar[str] = "something did not work"
    HELP: ClassVar[str] = (
        "What could not be done, where, and what to do next. Close this, and you are "
        "back where you were."
    )

    def __init__(self, text: str) -> None:
        super().__init__("that did not work", text, role="error")
