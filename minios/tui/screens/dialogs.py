"""Small dialogs: help, and an error that is told instead of shown as a traceback."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static


class Dialog(ModalScreen[None]):
    """A text that any of the usual keys closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.help", "Help", show=False),
        Binding("escape,q,enter,question_mark", "close", "Close", key_display="esc"),
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
        yield Footer(show_command_palette=False)

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss(None)


class HelpScreen(Dialog):
    """What a pane is for, and the keys."""


class ErrorScreen(Dialog):
    """What went wrong, and what to do next."""

    def __init__(self, text: str) -> None:
        super().__init__("that did not work", text, role="error")
