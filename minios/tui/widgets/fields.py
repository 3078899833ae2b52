"""Places to type in, and what all of them know: which keys type something.

Textual names some keys otherwise than Unicode names their characters (`plus`, `minus`,
`slash`), and then finds no character for the name. A place to type in has to say of
such a key, too, that it takes it: the footer shows all others.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character
from textual.message import Message
from textual.widgets import Input, TextArea


def types(key: str) -> bool:
    """Whether a key, by its name, types a character."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character is not None and character.isprintable()


class Field(Input):
    """One line to type in."""

    def check_consume_key(self, key: str, _character: str | None) -> bool:
        """The footer hides what would be typed."""
        return types(key)


class SourceArea(TextArea):
    """Many lines to type in."""

    def check_consume_key(self, key: str, _character: str | None = None) -> bool:
        """The footer hides what would be typed."""
        return types(key)


class FindField(Field):
    """Whatever is typed is looked for at once."""

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
