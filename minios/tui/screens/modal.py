"""What all dialogs are: a name, a help text, and the key that shows it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

T = TypeVar("T")


class Modal(ModalScreen[T]):
    """A screen over another one.

    `TITLE` says in a few words what it is for, `HELP` in sentences.
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
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but another focus does not draw the whole screen anew, and all
    that lies below it: what gets the focus and what loses it draw themselves."""
