"""The glossary: what every term means that minios uses without saying so each time.

One table, `terms.toml`, for the command line, the interface and plain mode. It is read
when somebody asks for the first time, so that nobody else pays for it.
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios.errors import ScenarioError

_TABLE: Final = Path(__file__).with_name("terms.toml")
_FRAMES: Final = re.compile(r"[─-▟]")  # what panes and dialogs are drawn with


@dataclass(frozen=True, slots=True)
class Term:
    """A row of the table.

    Attributes:
        name: what it is called.
        also: other spellings.
        everyday: spellings that are everyday words, too: never looked for in a text.
        sentence: what it is.
        more: how it shows itself in minios, and where.
        see_also: the names of terms that belong to it.
        small: whether screens write it in small letters, too, as they do registers.
    """

    name: str
    also: tuple[str, ...]
    everyday: tuple[str, ...]
    sentence: str
    more: str
    see_also: tuple[str, ...]
    small: bool

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that somebody may type to find it."""
        return (self.name, *self.also, *self.everyday)

    @property
    def title(self) -> str:
        """The name, and what else it is called: `page fault, #PF`."""
        return ", ".join((self.name, *self.also))

    def matches(self, typed: str) -> bool:
        """Whether all the typed words occur in its name, spellings or sentence."""
        text = f"{' '.join(self.spellings)} {self.sentence}".casefold()
        return all(word in text for word in typed.casefold().split())


@functools.cache
def terms() -> Mapping[str, Term]:
    """All terms by their names, in alphabetical order."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        name: Term(
            name,
            tuple(row.get("also", ())),
            tuple(row.get("everyday", ())),
            row["is"],
            row["more"],
            tuple(row["see"]),
            row.get("small", False),
        )
        for name, row in sorted(table.items(), key=lambda it: it[0].casefold())
    }


def find(words: str) -> Term:
    """The term with that spelling, in capitals or not, one of them or several.

    Raises ScenarioError with the nearest spellings if there is none.
    """
    known = _by_spelling()
    typed = plain(words)
    for spelling in (typed, typed.removesuffix("s"), f"#{typed}"):
        if spelling in known:
            return known[spelling]
    raise ScenarioError(
        f"{words!r} is not in the glossary", advice=_advice(typed, known)
    )


def _advice(typed: str, known: Mapping[str, Term]) -> str:
    near = difflib.get_close_matches(typed, known, n=3, cutoff=0.7)
    near += [it for it in known if typed and typed in it.split()]
    names = list(dict.fromkeys(known[it].name for it in near))[:4]
    if not names:
        return "`minios glossary` lists all terms"
    return f"Did you mean {', or '.join(names)}?"


@functools.cache
def _by_spelling() -> Mapping[str, Term]:
    return {plain(it): term for term in terms().values() for it in term.spellings}


def plain(spelling: str) -> str:
    """A spelling without what nobody has to type: capitals, hyphens."""
    return " ".join(spelling.casefold().replace("-", " ").split())


def in_text(text: str) -> list[Term]:
    """The terms that occur in what a screen shows, in the order of their appearance."""
    words = " ".join(_FRAMES.sub(" ", text).split())
    return list(dict.fromkeys(_occurring(words)))


def places_in(row: str) -> list[tuple[int, int, Term]]:
    """Where terms stand in a row of a screen: first character, end, term."""
    known, text = _by_spelling(), _FRAMES.sub(" ", row)
    return [
        (*found.span(), known[plain(found[1])])
        for found in _any_spelling().finditer(text)
    ]


def _occurring(words: str) -> Iterator[Term]:
    known = _by_spelling()
    for found in _any_spelling().finditer(words):
        yield known[plain(found[1])]


@functools.cache
def _any_spelling() -> re.Pattern[str]:
    """One expression for all of them; the longest first, so that none hides another."""
    found = {
        spelling: term.small
        for term in terms().values()
        for spelling in (term.name, *term.also)
    }
    longest_first = sorted(found, key=lambda it: (-len(it), it))
    choices = "|".join(_expression(it, small=found[it]) for it in longest_first)
    return re.compile(rf"(?<![\w#/.-])({choices})(?:e?s)?(?![\w/-]|\.\w)")


def _expression(spelling: str, *, small: bool) -> str:
    """Abbreviations as they stand (IF is no `if`), words with capitals or without."""
    escaped = r"[ -]".join(map(re.escape, re.split("[ -]", spelling)))
    if any(character.islower() for character in spelling):
        return f"(?i:{escaped})"
    return f"{escaped}|{escaped.lower()}" if small else escaped


def explanation(term: Term) -> tuple[str, ...]:
    """A term as paragraphs: title, what it is, more of it, what to read next."""
    return (
        term.title,
        term.sentence,
        term.more,
        f"See also: {', '.join(term.see_also)}.",
    )
