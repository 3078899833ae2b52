"""Draw explanations: what machines share, then a column for each machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from minios.lab.explanation import Comparison, Depth, Section
from minios.tui.drawing.lines import Line, beside, line, wrapped

_COLUMN: Final = 55  # cells that a column needs
_GAP: Final = 2
_BULLET: Final = "  • "


def why(comparison: Comparison, depths: Iterable[Depth], width: int) -> list[Line]:
    """The lines at some depths. Columns that find no room stand below each other."""
    lines: list[Line] = []
    for depth in depths:
        shared, own = comparison.at(depth)
        lines += _stacked(shared, width, depth)
        lines += _columns(own, width, depth)
    return lines


def _columns(own: Sequence[Sequence[Section]], width: int, depth: Depth) -> list[Line]:
    """The sections of all machines; those of one row begin side by side."""
    if len(own) * _COLUMN > width:
        return [it for column in own for it in _stacked(column, width, depth)]
    lines: list[Line] = []
    each = width // max(1, len(own)) - _GAP * (len(own) > 1)
    for row in zip_longest(*own):
        parts = [_stacked([it] if it else [], each, depth) for it in row]
        block: list[Line] = parts.pop()
        while parts:
            block = beside(parts.pop(), block, each + _GAP)
        lines += block
    return lines


def _stacked(
    sections: Sequence[Section | None], width: int, depth: Depth
) -> list[Line]:
    lines: list[Line] = []
    for section in filter(None, sections):
        if section.title:
            lines.append(line((section.title, "heading")))
        for text in section.lines:
            lines += _folded(text, width, depth)
            lines += [()] if depth is Depth.ANSWER else []
        lines += [()] if depth is not Depth.ANSWER else []
    return lines


def _folded(text: str, width: int, depth: Depth) -> list[Line]:
    if depth is Depth.ANSWER:
        return wrapped(text, width, "warn")
    if depth is Depth.REASONS:
        blank = " " * len(_BULLET)
        first, *rest = wrapped(f"{blank}{text}", width)
        return [line((_BULLET, "dim"), first[0].text.removeprefix(blank)), *rest]
    return wrapped(f"  {text}", width, "next" if text.startswith("->") else "")
