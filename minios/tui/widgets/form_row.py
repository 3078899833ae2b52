"""A row of the form: what is asked for, the input, what it is now."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from minios.content import FieldRef, Said
from minios.tui.widgets.fields import Field


class FormRow(Horizontal):
    """Number and name, the input, what it is now."""

    def __init__(self, group: str, key: str, number: int = 0) -> None:
        super().__init__()
        self.group = group
        self.key = key
        self._title = f"{number or '':>2} {key}"
        self.input = Field(placeholder="*" if number else "", compact=True)
        self.input.cursor_blink = False
        self.said = Said("", "")
        self._is_marked = False

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static(classes="name", markup=False)
        yield self.input
        yield Static(classes="said", markup=False)

    def field(self, instance: int) -> FieldRef:
        """Which input it is of a file, if this instance is shown."""
        return FieldRef(0 if self.group == "file" else instance, self.key)

    def say(self, found: Said, *, is_refused: bool) -> None:
        """Show what the input is, and whether the validator complains of it."""
        self.said, self._is_marked = found, found.is_wrong or is_refused
        self.set_class(self._is_marked, "wrong")
        sign = "✖ " if found.is_wrong else ""
        refused = "  ✖ refused" if is_refused else ""
        self._write(".said", f"{sign}{found.short}{refused}")
        self.show_name()

    def show_name(self) -> None:
        """With signs for the chosen row and for one with a mistake in it."""
        chosen = "▸" if self.input.has_focus else " "
        marked = "✖" if self._is_marked else " "
        self._write(".name", f"{chosen}{marked}{self._title}")

    @property
    def sentence(self) -> str:
        """All that is to be said of it."""
        return (
            f"✖ {self.said.words}"
            if self.said.is_wrong
            else f"{self.key}: {self.said.words}"
        )

    def _write(self, part: str, words: str) -> None:
        """It has its size already, so nothing is laid out anew."""
        self.query_one(part, Static).update(words, layout=False)
