"""Remove control codes from every line, as the last step before the terminal.

Code that shows text of a guest or a file uses `minios/visible.py`. This filter catches
what was forgotten there: no widget can send the terminal a control code.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class VisibleLines(LineFilter):
    """Replace characters that cannot be seen by blanks. Widths stay the same."""

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        """The segments without such characters."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            Segment(_printable(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " * cell_len(c) for c in text)
