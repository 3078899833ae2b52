"""The last look at every line before it meets the terminal.

Whoever makes a line of what a guest or a file says uses `minios/visible.py`. This is
the net below them: no widget can let a code through that the terminal would obey.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class VisibleLines(LineFilter):
    """Takes out what cannot be seen. The width of a line stays as it is."""

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        """The same segments without it."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            Segment(_printable(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " * cell_len(c) for c in text)
