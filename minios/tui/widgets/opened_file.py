"""A file laid open: its bytes, and below them what is marked and what colours mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from minios.content import Place, Verdict
from minios.tui.drawing.hex_view import legend
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.hex_view import HexView
from minios.tui.widgets.pane import Pane


class HexWords(Pane, can_focus=False):
    """As high as what is to be said."""

    HELP: ClassVar[str] = (
        "Name, offset, length and value of what is marked, and a word in each colour."
    )

    def __init__(self, view: HexView) -> None:
        super().__init__()
        self._view = view

    def redraw(self) -> None:
        """After whatever has changed in the view."""
        width = self.scrollable_content_region.width
        if width > 0:
            self.styles.height = max(1, len(self.draw(width, 0)))
        super().redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        del height
        if not self._view.data:
            return [line(("nothing that could be compiled yet", "dim"))]
        told = self._view.told(width)
        is_short = self.screen.has_class("-tiny")
        return told if is_short else [*told, *legend(self._view.spans, width)]


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

    def mark(self, place: Place | None) -> None:
        """Mark what an input became."""
        self.bytes.mark(place)
        self.words.redraw()

    def on_hex_view_moved(self) -> None:
        """Say what the byte is."""
        self.words.redraw()
