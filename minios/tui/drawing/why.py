"""Fold an explanation into lines. Its words come from `minios.lab`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from minios.lab import Explanation
from minios.tui.drawing.lines import Line, line, wrapped


def why(
    explanation: Explanation, width: int, beside: Sequence[Explanation] = ()
) -> list[Line]:
    """The headline, then each section under its heading.

    Each part is as long as the longest such part in the columns beside it, so that all
    columns stay in step.
    """
    own = _parts(explanation, width)
    all_parts = zip_longest(
        own, *(_parts(it, width) for it in beside), fillvalue=list[Line]()
    )
    lines: list[Line] = []
    for part, *others in all_parts:
        rows = max(map(len, (part, *others)))
        lines += part + [()] * (rows - len(part))
    return lines


def _parts(explanation: Explanation, width: int) -> list[list[Line]]:
    parts = [wrapped(explanation.headline, width, "warn")]
    for section in explanation.sections:
        part = [(), line((section.title, "heading"))]
        for text in section.lines:
            role = "next" if text.startswith("->") else ""
            part += wrapped(f"  {text}", width, role)
        parts.append(part)
    return parts
