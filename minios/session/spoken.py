"""Counted things, rights; explanations without the signs of a screen."""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

from minios.lab.evidence import RIGHTS_LEGEND
from minios.lab.explanation import Comparison, Depth
from minios.lab.quantities import listed

_RIGHTS: Final = re.compile(r"(?<![\w-])[p-][w-][u-][x-](?![\w-])")
_PADDED: Final = re.compile(r"\b0x0+(?=[0-9a-f])")
_ELEMENT: Final = re.compile(r"^\[ *(\d+)\]")
_COLUMNS: Final = re.compile(r"(?<=\S) {2,}")
_RULES: Final = re.compile(r"-{3,}|={4,}|\*{3,}|_{4,}")
_LEVEL: Final = re.compile(r"^(\w+) +entry at")
_POINTER: Final = "-> "


def counted(number: int, thing: str, several: str = "") -> str:
    """`3 threads`, `1 thread`. `several` is a plural that is more than an added s."""
    return f"{number} {thing if number == 1 else several or f'{thing}s'}"


def times(number: int) -> str:
    """`never`, `once`, `twice`, `12 times`."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def entry_rights(letters: str) -> str:
    """The rights of a page-table entry in words, from its letters `pwux`."""
    _, write, user, execute = (letter != "-" for letter in letters)
    return (
        f"present, {'writable' if write else 'read only'}, "
        f"{'open to ring 3' if user else 'ring 0 only'}, "
        f"{'executable' if execute else 'not executable'}"
    )


def page_rights(letters: str) -> str:
    """The rights of a page in words, from its letters `rwxu`."""
    _, write, execute, user = (letter != "-" for letter in letters)
    may = ["readable", *["writable"] * write, *["executable"] * execute]
    return f"{listed(may)}, {'open to ring 3' if user else 'ring 0 only'}"


def evidence(text: str) -> str:
    """A line of an explanation for a listener: the same words, without the signs."""
    said = text.strip().replace("`", "")
    is_it = said.startswith(_POINTER)
    said = _ELEMENT.sub(r"element \1,", said.removeprefix(_POINTER).lstrip())
    said = _PADDED.sub("0x", _LEVEL.sub(r"\1 entry at", said))
    said = _RIGHTS.sub(lambda found: entry_rights(found[0]), said)
    said = one_blank(_COLUMNS.sub(", ", said))
    return f"This one: {said}" if is_it else said


def why(comparison: Comparison, depth: Depth) -> list[str]:
    """What an explanation has at one depth: first what all machines share."""
    shared, own = comparison.at(depth)
    said = []
    for section in (*shared, *chain(*own)):
        said += [f"{section.title}:"] if section.title else []
        # The letters of the rights are words here, so their legend is left out.
        said += [evidence(it) for it in section.lines if it != RIGHTS_LEGEND]
    return said


def sentence(text: str) -> str:
    """The text with a full stop, unless it already ends as a sentence."""
    said = one_blank(text)
    return said if said.endswith((".", "?", "!")) else f"{said}."


def one_blank(text: str) -> str:
    """The text with single blanks between its words."""
    return re.sub(r"\s+", " ", text).strip()


def code_line(text: str) -> str:
    """A line of source without its indent, columns and ruled lines."""
    return one_blank(_RULES.sub(" ", text))


def printable(text: str) -> str:
    """The text without control codes, which a screen reader could not read."""
    return "".join(c for c in text.expandtabs(4) if c.isprintable())


def letters_in(data: bytes) -> str:
    """The texts in some bytes: four or more printable characters in a row."""
    found = re.findall(rb"[ -~]{4,}", data)
    return one_blank(" ".join(part.decode("ascii") for part in found))
