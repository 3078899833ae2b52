"""Keys that are named in texts: in the glossary, in helps, and in README's table.

Each does what the text says: its own words (the footer's and the help's) and the text
have a word in common that is not just any word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from minios import glossary
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.modal import Modal
from minios.tui.widgets.pane import Pane

README = Path(__file__).parents[2] / "README.md"
NAMES = {"[": "left_square_bracket", "]": "right_square_bracket", "/": "slash"}
NAMES |= {"?": "question_mark", "+": "plus", "-": "minus"}
KEY = r"ctrl\+[a-z]|[A-Za-z?/+\[\]-]"
QUOTED = re.compile(rf"(then )?(?:`({KEY})`|\(({KEY})\))( there)?")
ANY_WORDS = {"the", "and", "its", "all", "any", "one", "for", "you", "how", "not"}
ANY_WORDS |= {"what", "with", "that", "this", "then", "from", "each", "when", "press"}


def heirs(kind: type[Any]) -> Iterator[type[Any]]:
    """All classes that are derived from a class."""
    for heir in kind.__subclasses__():
        yield heir
        yield from heirs(heir)


def bound(kinds: Iterable[type[Any]]) -> dict[str, str]:
    """For each key of these classes, what is said about it."""
    found: dict[str, str] = {}
    for kind in kinds:
        for it in kind.BINDINGS:
            if isinstance(it, Binding):
                for key in it.key.split(","):
                    said = f"{it.description} {it.tooltip}"
                    found[key] = f"{found.get(key, '')} {said}"
    return found


def lab_keys() -> dict[str, str]:
    """Those of the lab and everywhere; the inspector's also have its panes' names."""
    kinds: list[type[App[Any] | Widget]] = [MiniosApp, LabScreen]
    found = bound(kinds)
    found["i"] += " ".join(kind.TITLE for kind in heirs(Pane))
    return found


def stems(text: str) -> set[str]:
    """The first four letters of its words."""
    words = re.findall("[a-z]{3,}", text.lower())
    return {it[:4] for it in words if it not in ANY_WORDS}


def wrong(text: str, own: dict[str, str]) -> list[str]:
    """The keys in a text that are not there, or of which it says something else.

    "then `n`" and "`n` there" are keys of a dialog.
    """
    dialogs = bound(heirs(Modal))
    found = []
    for before, quoted, in_brackets, after in QUOTED.findall(text):
        key = quoted or in_brackets
        keys = dialogs if before or after else own
        if not stems(keys.get(NAMES.get(key, key), "")) & stems(text):
            found.append(key)
    return found


@pytest.mark.parametrize("term", glossary.terms().values(), ids=lambda it: it.name)
def test_the_glossary_names_the_right_keys(term: glossary.Term) -> None:
    """Where it says what to press."""
    assert wrong(f"{term.name}: {term.more}", lab_keys()) == []


def test_readme_names_the_right_keys() -> None:
    """In the table of the interface, row by row."""
    _, _, table = README.read_text("utf-8").partition("| key | what it does |\n")
    rows = [row for row in table.partition("\n\n")[0].splitlines() if "`" in row]
    quoted = sum(len(QUOTED.findall(row)) for row in rows)

    assert quoted > len(rows)
    assert {row: it for row in rows if (it := wrong(row, lab_keys()))} == {}


def test_helps_name_the_right_keys() -> None:
    """Of screens and panes; a pane has keys of its own as well."""
    seen = 0
    for kind in (*heirs(Screen), *heirs(Pane)):
        text = getattr(kind, "HELP", None) or ""
        if kind.__module__.startswith("minios.") and QUOTED.search(text):
            seen += 1
            assert wrong(text, lab_keys() | bound([kind])) == [], kind
    assert seen


def test_a_wrong_key_would_be_found() -> None:
    """As one that was once there: `s` is the slow pass."""
    assert wrong("Press `s` to save a recording.", lab_keys()) == ["s"]
    assert wrong("Press `ctrl+s` to save a recording.", lab_keys()) == []
    assert wrong("Press `Q` to leave the lab.", lab_keys()) == ["Q"]
