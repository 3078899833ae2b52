"""Where keys stand in a TOML text: `tomllib` does not say, and a mistake needs it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minios import paths
from minios.testing.scenarios import positions
from minios.testing.scenarios.positions import Place

FILES = sorted(
    [
        *paths.checkout().glob("pyproject.toml"),
        *paths.ASSETS.rglob("*.toml"),
        *paths.DRIVERS.rglob("*.toml"),
        *paths.PACKAGE.rglob("*.toml"),
    ]
)
HARD = (Path(__file__).parent / "hard.txt").read_text(encoding="utf-8")


def every_place(value: object, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every key and element below a value."""
    if isinstance(value, dict):
        parts: Iterator[tuple[str | int, Any]] = iter(value.items())
    elif isinstance(value, list):
        parts = iter(enumerate(value))
    else:
        return
    for key, inner in parts:
        yield (*place, key), inner
        yield from every_place(inner, (*place, key))


def require_all_found(text: str) -> None:
    """Each place has an offset, at which its key, its header or its element stands."""
    offsets = positions.find(text)
    places = dict(every_place(tomllib.loads(text)))
    assert set(offsets) == set(places)
    for place in places:
        rest = text[offsets[place] :]
        key = place[-1]
        if isinstance(key, int):
            assert rest[0] not in " \t\n,]}#"
        else:
            line = rest.partition("\n")[0]
            assert key.encode("unicode_escape").decode() in line.replace('\\"', '"')


@pytest.mark.parametrize("file", FILES, ids=lambda it: it.name)
def test_every_value_of_every_file_here_is_found(file: Path) -> None:
    """The scanner and `tomllib` read the same keys."""
    require_all_found(file.read_text(encoding="utf-8"))


def test_every_form_of_toml_is_walked() -> None:
    """Signs in texts and comments are no brackets, and headers count their lists."""
    require_all_found(HARD)


def test_lines_and_columns_count_from_one() -> None:
    """As editors count."""
    text = '\n[[steps]]\n  push = "x"\n'
    offsets = positions.find(text)

    assert positions.line_and_column(text, offsets["steps", 0]) == (2, 1)
    assert positions.line_and_column(text, offsets["steps", 0, "push"]) == (3, 3)
