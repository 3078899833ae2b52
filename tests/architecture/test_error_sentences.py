"""An error says what is wrong in a sentence, and what to do in another.

What can be judged here is the form: the first words and the signs at the end. Whether
the advice helps, only a reader can tell.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import minios

ROOT = Path(minios.__file__).parent
PREDICATES = frozenset(
    {"is", "are", "was", "has", "had", "holds", "cannot", "must", "does", "did"}
    | {"fails", "failed", "ended", "ends", "needs", "overlaps", "not"}
)
"""With one of these a sentence would begin that has lost its subject."""


class Raised(NamedTuple):
    """An error as the source writes it. A value that is filled in is `{}`."""

    place: str
    what: str
    advice: str


def text_of(node: ast.expr | None) -> str:
    """The words of a text in the source; nothing if it is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "{}" for part in node.values)
    if isinstance(node, ast.IfExp):
        return text_of(node.body)
    return ""


def errors_in(file: Path) -> Iterator[Raised]:
    """Every error that a file makes with words of its own."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        is_ours = node.func.id.endswith("Error") and not hasattr(builtins, node.func.id)
        if is_ours and node.args and text_of(node.args[0]):
            given = {word.arg: word.value for word in node.keywords}
            place = f"{file.relative_to(ROOT)}:{node.lineno}"
            yield Raised(place, text_of(node.args[0]), text_of(given.get("advice")))


@pytest.fixture(name="errors", scope="module")
def errors_of_minios() -> list[Raised]:
    """Every error of every file, read once, and only where these tests run."""
    return [error for file in sorted(ROOT.rglob("*.py")) for error in errors_in(file)]


def test_errors_are_found(errors: list[Raised]) -> None:
    """Else the claims below would hold of nothing."""
    assert len(errors) > 80


def test_an_error_names_its_subject(errors: list[Raised]) -> None:
    """`a.toml: is empty` is no sentence; `a.toml: the file is empty` is one."""
    wrong = [it for it in errors if it.what.split(maxsplit=1)[0] in PREDICATES]

    assert wrong == []


def test_an_advice_begins_as_a_sentence_does(errors: list[Raised]) -> None:
    """With a capital letter. What is to be done comes first."""
    wrong = [it for it in errors if it.advice and not it.advice[0].isupper()]

    assert [it for it in wrong if not it.advice.startswith("{}")] == []


def test_an_error_leaves_the_full_stops_to_its_printer(errors: list[Raised]) -> None:
    """`MiniosError` sets them between the parts."""
    wrong = [it for it in errors if it.what.endswith(".") or it.advice.endswith(".")]

    assert wrong == []
