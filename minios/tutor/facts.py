"""The facts of a lesson: where its claims about the world come from.

A claim ends with the number of a fact, `[F12]`. The pack lists them in its `FACTS.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from minios.errors import MiniosError
from minios.tutor import texts
from minios.tutor.model import Lesson

FACT: Final = re.compile(r"\[(F[0-9]{1,4})\](?!\()")
FACTS_NAME: Final = "FACTS.md"
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


def names_in(text: str) -> tuple[str, ...]:
    """The facts that a text names, in its order, as often as it does: "F12"."""
    return tuple(FACT.findall(text))


def listed(pack: Path) -> Mapping[str, Fact] | None:
    """The list of facts in the folder of a pack; None if it has none.

    Raises LessonError if it cannot be read.
    """
    path = pack / FACTS_NAME
    if not path.exists():
        return None
    rows = (
        (it[1], [cell.strip() for cell in it[2].split("|")])
        for it in _ROW.finditer(texts.read(path))
    )
    return {name: Fact(name, *cells[:3]) for name, cells in rows}


def facts_of(lesson: Lesson) -> tuple[Fact, ...]:
    """The facts that the text of a lesson names, in the order of the text."""
    names = dict.fromkeys(names_in(lesson.text))
    known = _known(lesson) if names else {}
    return tuple(known.get(name, Fact(name)) for name in names)


def _known(lesson: Lesson) -> Mapping[str, Fact]:
    """The list of facts of the lesson's pack; nothing if it cannot be read."""
    try:
        return listed(lesson.folder.parent) or {}
    except MiniosError:
        return {}
