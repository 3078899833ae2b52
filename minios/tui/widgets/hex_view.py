"""A channel file as bytes."""

from __future__ import annotations

from typing import ClassVar

from minios.tui.drawing.hex_view import hex_view
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import Pane


class HexView(Pane):
    """Bytes, coloured by field."""

    TITLE: ClassVar[str] = "bytes"
    HELP: ClassVar[str] = (
        "The file as the machine will get it. Each colour is a kind of field; the "
        "names of the fields that begin in a row stand behind it."
    )

    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def show(self, data: bytes) -> None:
        """Show these bytes."""
        self.data = data
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        del height
        if not self.data:
            return [line(("nothing that could be compiled yet", "dim"))]
        return hex_view(self.data, width)
