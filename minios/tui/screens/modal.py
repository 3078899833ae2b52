"""What all dialogs are: a name, a help text, and the key that shows it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from minios.tui.widgets.key_bar import TALL_FROM

T = TypeVar("T")


class Modal(ModalScreen[T]):
    """A screen over another one.

    `TITLE` says in a few words what it is for, `HELP` in sentences.
    """

    TITLE: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual's own type
        (0, "-low"),
        (TALL_FROM, "-tall"),  # its footer covers both rows of the one below
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.help", "Help", tooltip="Help: say what this dialog is for"),
        Binding(
            "f6",
            "app.jump",
            "Jump",
            show=False,
            priority=True,  # a text area selects a line by it
            tooltip="Jump: every field gets a letter; press one to go there",
        ),
    ]
