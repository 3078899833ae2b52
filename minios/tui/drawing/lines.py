"""Lines of text whose pieces have a role. `widgets/roles.py` says what each looks like.

A role never is the only carrier of a meaning: whoever reads without colours finds a
word or a sign that says the same.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

CUT: Final = "»"  # the line goes on to the right


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    role: str = ""


Line: TypeAlias = tuple[Span, ...]


def line(*pieces: str | Span | tuple[str, str]) -> Line:
    """A line from texts and (text, role) pairs; empty pieces fall out."""
    spans = (
        Span(piece) if isinstance(piece, str) else Span(piece[0], piece[1])
        for piece in pieces
    )
    return tuple(span for span in spans if span.text)


def length(drawn: Line) -> int:
    """How many cells it takes."""
    return sum(len(span.text) for span in drawn)


def fit(drawn: Line, width: int, sign: str = CUT) -> Line:
    """Filled up with blanks to so many cells, or cut, which ends in a sign."""
    is_cut = length(drawn) > width >= len(sign)
    left, out = width - len(sign) * is_cut, []
    for span in drawn:
        if left <= 0:
            break
        out.append(Span(span.text[:left], span.role))
        left -= len(span.text)
    if is_cut:
        out.append(Span(sign, "dim"))
    elif left > 0:
        out.append(Span(" " * left))
    return tuple(out)


def flow(
    pieces: Iterable[Line], width: int, *, gap: int = 2, indent: int = 0
) -> list[Line]:
    """Pieces one after the other, as many in a line as there is room for."""
    lines: list[Line] = []
    current: Line = ()
    for piece in pieces:
        needed = length(current) + gap + length(piece)
        if current and needed > width:
            lines.append(current)
            current = (Span(" " * indent),) if indent else ()
        elif current and length(current) > indent:
            current = (*current, Span(" " * gap))
        current = (*current, *piece)
    return [*lines, current] if current else lines


def beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Two blocks next to each other; the left one takes `width` cells."""
    rows = max(len(left), len(right))
    left = [*left, *[()] * (rows - len(left))]
    right = [*right, *[()] * (rows - len(right))]
    return [(*fit(a, width), *b) for a, b in zip(left, right, strict=True)]


def wrapped(text: str, width: int, role: str = "") -> list[Line]:
    """A text folded to the width; what follows the first line keeps its indent."""
    indent = text[: len(text) - len(text.lstrip())]
    folded = textwrap.wrap(
        text, max(width, 10), subsequent_indent=indent, break_on_hyphens=False
    )
    return [line((part, role)) for part in folded] or [()]


def plain(lines: Iterable[Line]) -> str:
    """The text alone."""
    return "\n".join("".join(span.text for span in it).rstrip() for it in lines)
