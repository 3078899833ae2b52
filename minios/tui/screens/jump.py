"""Jump mode: a letter over every pane; press it to go there."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label

from minios.tui.widgets.pane import Pane

_LETTERS: Final = "asdfghjklweruiopzxcvbnm"


class JumpScreen(ModalScreen[None]):
    """Over the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    def compose(self) -> ComposeResult:
        """A label at the corner of every pane that can be seen."""
        below = self.app.screen_stack[-2]
        self._panes: dict[str, Widget] = {}
        panes = [
            pane for pane in below.query(Pane) if pane.can_focus and pane.region.area
        ]
        for letter, pane in zip(_LETTERS, panes, strict=False):
            self._panes[letter] = pane
            label = Label(letter)
            label.styles.position = "absolute"
            label.styles.offset = (pane.region.x + 1, pane.region.y)
            yield label

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
