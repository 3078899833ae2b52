"""Jump mode: a letter over every pane and field; press it to go there."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Label

from minios.tui.screens.modal import Modal

_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm1234567890"


class JumpScreen(Modal[None]):
    """Over the screen below."""

    TITLE: ClassVar[str] = "jump"
    HELP: ClassVar[str] = (
        "Every pane and every field that can be gone to has a letter at its corner. "
        "Press it to go there: the arrows then scroll what is longer than the pane, "
        "and ? says what it shows."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f6", "close", "Close", tooltip="Stay where you were"),
    ]

    def compose(self) -> ComposeResult:
        """A label at the corner of all that can be seen and gone to."""
        below = self.app.screen_stack[-2]
        self._panes: dict[str, Widget] = {}
        panes = [pane for pane in below.focus_chain if pane.region.area]
        for letter, pane in zip(_LETTERS, panes, strict=False):
            self._panes[letter] = pane
            label = Label(letter, id=f"jump-{letter}")
            label.styles.position = "absolute"
            yield label

    def on_resize(self) -> None:
        """The panes below have gone elsewhere, and so do their letters."""
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        for letter, pane in self._panes.items():
            label = self.query_one(f"#jump-{letter}", Label)
            label.display = bool(pane.region.area)
            label.styles.offset = (pane.region.x + 1, pane.region.y)

    def on_key(self, event: Key) -> None:
        """Go there."""
        pane = self._panes.get(event.key)
        if pane is not None:
            event.stop()
            self.dismiss(None)
            pane.focus()

    def action_close(self) -> None:
        """Stay."""
        self.dismiss(None)
