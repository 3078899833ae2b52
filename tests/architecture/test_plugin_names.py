"""No code decides by the name of the sensor: it asks who says that it is one.

Sentences may use the name as an example, such as a help text or the hint of a goal. So
may comments, in C, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.lab import own_plugins

PACKAGE = Path(__file__).parents[2] / "minios"
SUFFIXES = {".py", ".c", ".h", ".S"}
ROOMS = sorted(
    {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.glob("*/**/*")
        if path.suffix in SUFFIXES
    }
)
COMMENT_IN_C = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
MAY = {
    "lab/explainers",  # what is known about single plugins, found by their names
    "dev/fuzz/hostile_author.py",  # names that a hostile program tries
    "user/programs/crimes/unload.c",  # a crime against one driver
}


def names(path: Path) -> Iterator[int]:
    """The lines of a file with a value in which a sensor is named."""
    text = path.read_text("utf-8").lower()
    if not any(it in text for it in own_plugins.sensors()):
        return iter(())  # nine of ten files: need not be parsed
    return names_in_python(path) if path.suffix == ".py" else names_in_c(path)


def names_in_c(path: Path) -> Iterator[int]:
    """The same in C and in assembly, where an identifier may not name it either."""
    code = COMMENT_IN_C.sub(without_comment, path.read_text("utf-8")).lower()
    for number, line in enumerate(code.splitlines(), start=1):
        if any(it in line for it in own_plugins.sensors()):
            yield number


def without_comment(match: re.Match[str]) -> str:
    """Of a comment only its line ends, so that lines keep their numbers."""
    return match[1] or "\n" * match[0].count("\n")


def names_in_python(path: Path) -> Iterator[int]:
    """The lines of a Python file with such a value."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_sentence = " " in node.value or id(node) in docstrings
            if any(it in node.value.lower() for it in own_plugins.sensors()):
                yield from () if is_sentence else (node.lineno,)


def sources(folder: Path) -> list[Path]:
    """The files of code in a folder, in Python and in C."""
    return sorted(it for it in folder.rglob("*") if it.suffix in SUFFIXES)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_does_not_know_the_name_of_the_sensor(room: str) -> None:
    """What is known of a single plugin is an explainer."""
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{number}"
        for path in sources(PACKAGE / room)
        if not any(map(path.relative_to(PACKAGE).as_posix().startswith, MAY))
        for number in names(path)
    ]
    assert found == []


@pytest.mark.parametrize("exception", sorted(MAY))
def test_every_exception_is_needed(exception: str) -> None:
    """Who is no exception any more leaves the list."""
    place = PACKAGE / exception
    files = sources(place) if place.is_dir() else [place]
    assert any(list(names(path)) for path in files)


def test_in_c_a_comment_may_name_the_sensor_and_code_may_not(tmp_path: Path) -> None:
    """A comment inside of a string is none."""
    file = tmp_path / "code.c"
    sensor = min(own_plugins.sensors())
    file.write_text(f'/* {sensor}\n*/\nf("//", "{sensor}"); // {sensor}\n// {sensor}\n')
    assert list(names(file)) == [3]
