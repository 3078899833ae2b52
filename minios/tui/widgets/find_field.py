"""A line to type in what is looked for on the timeline; there only while it is used."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from minios.tui.widgets.fields import Field


class FindField(Field):
    """Whatever is typed is looked for at once."""

    DEFAULT_CSS = """
    FindField { display: none; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", tooltip="Go to what was found"),
        Binding("escape", "clear", "List all", tooltip="Look for nothing: list all"),
    ]

    class Left(Message):
        """Somebody has looked enough; or wants to see all again."""

    def __init__(self) -> None:
        super().__init__(
            placeholder="find on the timeline: words, all of which occur",
            compact=True,
            select_on_focus=False,
        )

    def open(self) -> None:
        """Take what is typed; what was typed before is still there."""
        self.display = True
        self.focus()

    def on_blur(self) -> None:
        """Nobody types: the title of the timeline says what is listed."""
        self.display = False

    def action_clear(self) -> None:
        """Everything is listed again."""
        self.value = ""
        self.post_message(self.Left())
