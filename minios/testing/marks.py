"""The markers: `points(n)`, `budget(instructions=..., virtual=...)`, `hidden`.

Their arguments are plain data, so that they can travel to another process. A wrong
argument is a `MarkError`, which pytest reports while it collects the tests.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Final

import pytest

from minios.errors import ScenarioError

NAMES: Final = ("points", "budget", "hidden")
_NEAR: Final = 0.75  # how alike a misspelt mark is, as `difflib` counts it
_LEAST_VIRTUAL: Final = 1_000  # ns: less is a number of seconds, written as a number
_MEANINGS: Final = {
    "points(n)": "what the test is worth in a grade; 1 without this mark.",
    "budget(*, instructions=n, virtual=seconds(n))": (
        "what the machines of the test may do together, and for how long each may run."
    ),
    "hidden": "students do not see this test in their report.",
}


class MarkError(ScenarioError):
    """A mark has arguments that make no sense."""


def register(config: pytest.Config) -> None:
    """Tell pytest of the markers."""
    for name, meaning in _MEANINGS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def points(item: pytest.Item) -> float:
    """What a test is worth. Raises MarkError."""
    mark = item.get_closest_marker("points")
    if mark is None:
        return 1.0
    advice = "Write a number that is not negative, such as @pytest.mark.points(2)"
    if len(mark.args) != 1 or mark.kwargs:
        raise MarkError("points takes one number", advice=advice)
    (found,) = mark.args
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if not (is_number and 0 <= found < math.inf):
        raise MarkError(f"points({found!r}) is no number of points", advice=advice)
    return float(found)


def is_hidden(item: pytest.Item) -> bool:
    """Whether students may not see a test. Raises MarkError."""
    mark = item.get_closest_marker("hidden")
    if mark is not None and (mark.args or mark.kwargs):
        raise MarkError("hidden takes nothing", advice="Write @pytest.mark.hidden")
    return mark is not None


def budget(item: pytest.Item) -> dict[str, int]:
    """The arguments of a test's budget, each at least 1. Raises MarkError."""
    mark = item.get_closest_marker("budget")
    if mark is None:
        return {}
    example = "such as @pytest.mark.budget(virtual=seconds(5))"
    if mark.args or not mark.kwargs:
        raise MarkError(
            "budget takes instructions=, virtual= or both",
            advice=f"Name what is limited, {example}",
        )
    for name, value in mark.kwargs.items():
        _require_budget(name, value, example)
    return dict(mark.kwargs)


def _require_budget(name: str, value: object, example: str) -> None:
    known = ("instructions", "virtual")
    if name not in known:
        near = get_close_matches(name, known, 1) or ["instructions= or virtual"]
        raise MarkError(f"budget has no {name!r}", advice=f"Write {near[0]}=")
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise MarkError(
            f"budget({name}={value!r}) is not a whole number of at least 1",
            advice=f"Write a number, {example}",
        )
    if name == "virtual" and value < _LEAST_VIRTUAL:
        raise MarkError(
            f"budget(virtual={value}) means {value} ns, which is hardly an instruction",
            advice=f"Write virtual=seconds({value})",
        )


def require_known(item: pytest.Item, *, all_of_them: bool = False) -> None:
    """Raise MarkError for a mark that nobody knows and that resembles one of ours.

    A misspelt mark does nothing: a hidden test would be shown. With `all_of_them`, any
    mark that nobody knows is refused.
    """
    told = item.config.getini("markers")
    known = {it.partition(":")[0].partition("(")[0].strip() for it in told}
    for mark in item.iter_markers():
        near = get_close_matches(mark.name.lower(), NAMES, 1, _NEAR)
        if mark.name not in known and (near or all_of_them):
            register = "Tell pytest of it with `markers` in pytest.ini"
            raise MarkError(
                f"there is no mark {mark.name!r}",
                advice=f"Did you mean {near[0]}?" if near else register,
            )


def trouble(item: pytest.Item) -> str:
    """What is wrong with the marks of a test; "" if nothing is."""
    for read in (require_known, points, is_hidden, budget):
        try:
            read(item)
        except MarkError as error:
            return f"{item.nodeid}: {error}"
    return ""
