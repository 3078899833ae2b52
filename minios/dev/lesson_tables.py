"""The tables of `lessons/README.md`, from the classes that read lessons."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from minios.tutor import actions, attempts, model, named, packs

_ATTRIBUTE: Final = re.compile(r"    (\w+): (.*)")
_MORE: Final = re.compile(r" {8,}(\S.*)")


def _keys(kind: type[msgspec.Struct]) -> Iterator[str]:
    """The keys of a table, and what the docstring of the class says of each."""
    words = _attributes(kind)
    yield "| key | must stand there | what it says |"
    yield "|---|---|---|"
    for field in msgspec.structs.fields(kind):
        must = "yes" if field.required else ""
        yield f"| `{field.encode_name}` | {must} | {words.get(field.name, '')} |"


def _attributes(kind: type) -> Mapping[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(kind.__doc__ or "").splitlines():
        if begun := _ATTRIBUTE.fullmatch(line):
            name = begun[1]
            found[name] = begun[2]
        elif (more := _MORE.fullmatch(line)) and name:
            found[name] += f" {more[1]}"
        else:
            name = ""
    return found


def _kinds(family: Mapping[str, type[msgspec.Struct]], heading: str) -> Iterator[str]:
    """Keys that name a class, what it is, and the keys that may stand beside them."""
    yield f"| {heading} | what it means | further keys |"
    yield "|---|---|---|"
    for key, kind in family.items():
        text, _, _ = inspect.cleandoc(kind.__doc__ or "").partition("\n\nAttributes:")
        first, *rest = text.split("\n\n")
        words = " ".join((first, *rest)).replace("\n", " ")
        own = kind.__annotations__
        more = ", ".join(f"`{it}`" for it in own if it.rstrip("_") != key)
        yield f"| `{key}` | {words} | {more} |"


def _acts() -> Iterator[str]:
    yield "| in a text | what the learner does |"
    yield "|---|---|"
    for name, words in actions.ACTIONS.items():
        yield f"| `{{{name}}}` | {words} |"


def _names(names: Mapping[str, object]) -> Iterator[str]:
    yield "| name |"
    yield "|---|"
    for name in names:
        yield f"| `{name}` |"


TABLES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "all keys of pack.toml": lambda: _keys(packs.PackHead),
    "all keys of lesson.toml": lambda: _keys(model.Head),
    "all keys of a task": lambda: _keys(model.Task),
    "all aims": lambda: _kinds(model.AIMS, "key"),
    "all keys of an answer": lambda: _keys(model.Right),
    "all verbs": lambda: _kinds(attempts.VERBS, "verb"),
    "all acts": _acts,
    "all states": lambda: _names(named.STATES),
    "all measured answers": lambda: _names(named.READS),
}
"""The words of the comment above a table on the page, and its rows."""
