"""A help text: sections with a heading, sentences, and keys with what they do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.tui.drawing.lines import Line, line, wrapped

_KEYS_WIDTH: Final = 12
_LEAST: Final = 20  # cells for words, however narrow it is


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of help. `keys` are pairs: what is pressed, what happens."""

    heading: str
    sentences: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()


def help_lines(sections: Sequence[Section], width: int) -> list[Line]:
    """The sections one below the other, folded to the width."""
    lines: list[Line] = []
    for number, section in enumerate(sections):
        if number:
            lines.append(())
        lines.append(line((section.heading, "heading")))
        for sentence in section.sentences:
            lines += wrapped(sentence, width)
        for pressed, words in section.keys:
            lines += _key(pressed, words, width)
    return lines


def _key(pressed: str, words: str, width: int) -> list[Line]:
    """The keys on the left, the words folded beside them."""
    left = max(_KEYS_WIDTH, len(pressed) + 3)
    folded = textwrap.wrap(words, max(_LEAST, width - left)) or [""]
    first = line((f"  {pressed}".ljust(left), "changed"), folded[0])
    return [first, *(line(" " * left, row) for row in folded[1:])]
