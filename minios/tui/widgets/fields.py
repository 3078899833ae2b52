"""Fields to type in. Each knows which keys type a character.

The footer shows only keys that a field does not take for typing. Textual has names of
its own for some keys (`plus`, `minus`, `slash`) and finds no character for them. So
`types` translates these names first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, TextArea


def types(key: str) -> bool:
    """Whether a key, by its name, types a character."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character is not None and character.isprintable()


def move(options: OptionList, by: int) -> None:
    """Choose the line below or above, while the field beside the list has the keys."""
    if by > 0:
        options.action_cursor_down()
    else:
        options.action_cursor_up()


S = TypeVar("S", bound=Screen[Any])


def after_typing(act: Callable[[S], object]) -> Callable[[S], None]:
    """An act of a screen, for when its field has taken all that was typed before.

    Enter is bound with priority, so it is done at once. Letters wait in the queue of
    the field, and whoever types fast would lose them.
    """

    @wraps(act)
    def acted(screen: S) -> None:
        for field in screen.query(Input):
            field.call_later(act, screen)
            return
        screen.call_later(act, screen)

    return acted


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
    """The field to search the timeline. It searches after every key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", tooltip="Go to the events that were found"),
        Binding("escape", "clear", "List all", tooltip="End the search: list all"),
    ]

    class Left(Message):
        """The user has left the field."""

    def __init__(self) -> None:
        super().__init__(
            placeholder="search the timeline: all words must occur",
            compact=True,
            select_on_focus=False,
        )

    def open(self) -> None:
        """Show the field, with what was typed before."""
        self.display = True
        self.screen.set_focus(self)  # at once, so that a key typed right after arrives

    def on_blur(self) -> None:
        """Hide the field. The title of the timeline says what is listed."""
        self.display = False

    def action_clear(self) -> None:
        """List everything again."""
        self.value = ""
        self.post_message(self.Left())
