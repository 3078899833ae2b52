"""Lines of text whose pieces have a role. `widgets/roles.py` says what each looks like.

No meaning depends on a role alone: a word or a sign says the same to a reader who sees
no colours.
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
    """Make a line from texts and (text, role) pairs. Empty pieces are left out."""
    spans = (
        Span(piece) if isinstance(piece, str) else Span(piece[0], piece[1])
        for piece in pieces
    )
    return tuple(span for span in spans if span.text)


def length(drawn: Line) -> int:
    """The width of a line in cells."""
    return sum(len(span.text) for span in drawn)


def fit(drawn: Line, width: int, sign: str = CUT) -> Line:
    """Fill a line with blanks to this width, or cut it; a sign marks the cut."""
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
    """Put pieces one after the other, as many in a line as fit."""
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
    """Put two blocks next to each other. The left one takes `width` cells."""
    rows = max(len(left), len(right))
    left = [*left, *[()] * (rows - len(left))]
    right = [*right, *[()] * (rows - len(right))]
    return [(*fit(a, width), *b) for a, b in zip(left, right, strict=True)]


def wrapped(text: str, width: int, role: str = "") -> list[Line]:
    """Fold a text to the width. All lines have the indent of the first one."""
    indent = text[: len(text) - len(text.lstrip())]
    folded = textwrap.wrap(
        text, max(width, 10), subsequent_indent=indent, break_on_hyphens=False
    )
    return [line((part, role)) for part in folded] or [()]


def plain(lines: Iterable[Line]) -> str:
    """The text of some lines, without roles."""
    return "\n".join("".join(span.text for span in it).rstrip() for it in lines)
