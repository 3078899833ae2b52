"""A help text: sections with a heading, sentences, and keys with what they do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.tui.drawing.lines import Line, line, wrapped

_KEYS_WIDTH: Final = 12
_LEAST: Final = 16  # cells for words; with fewer, the words stand below the key
_INDENT: Final = 4


@dataclass(frozen=True, slots=True)
class HelpSection:
    """A section of help. `keys` are pairs: what to press, and what happens."""

    heading: str
    sentences: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()


def help_lines(sections: Sequence[HelpSection], width: int) -> list[Line]:
    """The sections, one below the other, folded to the width."""
    lines: list[Line] = []
    for number, section in enumerate(sections):
        if number:
            lines.append(())
        lines += wrapped(section.heading, width, "heading")
        for sentence in section.sentences:
            lines += wrapped(sentence, width)
        for pressed, words in section.keys:
            lines += _key(pressed, words, width)
    return lines


def _key(pressed: str, words: str, width: int) -> list[Line]:
    """The keys on the left, and the words folded beside them, or below."""
    left = max(_KEYS_WIDTH, len(pressed) + 3)
    beside = width - left >= _LEAST
    indent = left if beside else _INDENT
    folded = textwrap.wrap(words, max(1, width - indent), break_on_hyphens=False)
    first = folded.pop(0) if beside and folded else ""
    head = line((f"  {pressed}".ljust(left if first else 0), "changed"), first)
    return [head, *(line(" " * indent, row) for row in folded)]
