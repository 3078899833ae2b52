"""No code decides by the name of the sensor: it asks who says that it is one.

Sentences may use the name as an example, such as a help text or the hint of a goal.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.lab import own_plugins

PACKAGE = Path(__file__).parents[2] / "minios"
ROOMS = sorted(
    path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.rglob("*.py"))
)
MAY = {
    "lab/explainers",  # what is known about single plugins, found by their names
    "dev/fuzz/hostile_author.py",  # names that a hostile program tries
}


def names(path: Path) -> Iterator[int]:
    """The lines of a file with a value in which a sensor is named."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_sentence = " " in node.value or id(node) in docstrings
            if any(it in node.value.lower() for it in own_plugins.sensors()):
                yield from () if is_sentence else (node.lineno,)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_does_not_know_the_name_of_the_sensor(room: str) -> None:
    """What is known of a single plugin is an explainer."""
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{number}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if not any(map(path.relative_to(PACKAGE).as_posix().startswith, MAY))
        for number in names(path)
    ]
    assert found == []


@pytest.mark.parametrize("exception", sorted(MAY))
def test_every_exception_is_needed(exception: str) -> None:
    """Who is no exception any more leaves the list."""
    place = PACKAGE / exception
    files = place.rglob("*.py") if place.is_dir() else [place]
    assert any(list(names(path)) for path in files)
