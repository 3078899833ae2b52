"""Places to type in, and what all of them know: which keys type something.

Textual names some keys otherwise than Unicode names their characters (`plus`, `minus`,
`slash`), and then finds no character for the name. A place to type in has to say of
such a key, too, that it takes it: the footer shows all others.
"""

from __future__ import annotations

from textual.keys import REPLACED_KEYS, key_to_character
from textual.widgets import Input, TextArea


def types(key: str) -> bool:
    """Whether a key, by its name, types a character."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character is not None and character.isprintable()


class Field(Input):
    """One line to type in."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """The footer hides what would be typed."""
        del character
        return types(key)


class SourceArea(TextArea):
    """Many lines to type in."""

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """The footer hides what would be typed."""
        del character
        return types(key)
