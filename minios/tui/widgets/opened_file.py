"""A file laid open: its bytes, and below them the words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from minios.content import FieldRef, Verdict
from minios.tui.widgets.hex_view import HexView
from minios.tui.widgets.hex_words import HexWords


class OpenedFile(Vertical):
    """Bytes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = HexView()
        self.words = HexWords(self.bytes)

    def compose(self) -> ComposeResult:
        """The words below."""
        yield self.bytes
        yield self.words

    def show(self, data: bytes, verdict: Verdict | None) -> None:
        """Show these bytes, of which a validator has said this."""
        self.bytes.show(data, verdict)
        self.words.redraw()

    def mark(self, field: FieldRef | None) -> None:
        """Mark what an input became."""
        self.bytes.mark(field)
        self.words.redraw()

    def on_hex_view_moved(self) -> None:
        """Say what the byte is."""
        self.words.redraw()
