"""An explanation as lines: the words are the lab's, only the folding is ours."""

from __future__ import annotations

from minios.lab import Explanation
from minios.tui.drawing.lines import Line, line, wrapped


def why(world: str, explanation: Explanation, width: int) -> list[Line]:
    """Headline, then each section under its heading."""
    lines = [line((f"In {world}", "heading"))]
    lines += wrapped(explanation.headline, width, "warn")
    for section in explanation.sections:
        lines.append(())
        lines.append(line((section.title, "heading")))
        for text in section.lines:
            role = "next" if text.startswith("->") else ""
            lines += wrapped(f"  {text}", width, role)
    return lines
