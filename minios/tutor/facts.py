"""The facts of a lesson: where its claims about the world come from.

A claim ends with the number of a fact, `[F12]`. The pack lists them in its `FACTS.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from minios.errors import MiniosError
from minios.tutor import texts
from minios.tutor.model import Lesson

FACT: Final = re.compile(r"\[(F[0-9]{1,4})\](?!\()")
_FILE: Final = "FACTS.md"
_ROW: Final = re.compile(r"^\|\s*(F[0-9]{1,4})\s*\|(.*)\|\s*$", re.MULTILINE)
_NO_ROW: Final = "The pack of this lesson has no row for this fact."


class Fact(NamedTuple):
    """A row of the list of facts."""

    name: str
    statement: str = _NO_ROW
    source: str = ""
    sure: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """All of it."""
        source = f"Source: {self.source}" if self.source else ""
        sure = f"How sure: {self.sure}" if self.sure else ""
        return tuple(filter(None, (self.statement, source, sure)))


def facts_of(lesson: Lesson) -> tuple[Fact, ...]:
    """The facts that the text of a lesson names, in the order of the text."""
    names = dict.fromkeys(FACT.findall(lesson.text))
    known = _known(lesson) if names else {}
    return tuple(known.get(name, Fact(name)) for name in names)


def _known(lesson: Lesson) -> Mapping[str, Fact]:
    """The list of facts of the lesson's pack; nothing if it cannot be read."""
    try:
        text = texts.read(lesson.folder.parent / _FILE)
    except MiniosError:
        return {}
    rows = (
        (it[1], [cell.strip() for cell in it[2].split("|")])
        for it in _ROW.finditer(text)
    )
    return {name: Fact(name, *cells[:3]) for name, cells in rows}
