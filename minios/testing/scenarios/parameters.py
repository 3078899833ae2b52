"""One scenario for each combination of parameters.

    [parameters]
    world = ["windows", "macos"]

    [machines.it]
    world = "{world}"

A text that is a name in braces becomes the value itself, and inside a longer text the
value is written out.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta

from minios.lab.mistakes import nearest
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.model import Scenario
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.tables import Tables

KEY: Final = "parameters"
_MOST: Final = 64  # scenarios in one file
_LISTED: Final = 12  # of them in a message
_NAMED: Final = re.compile(r"\{(\w+)\}")
_IN_TEXT: Final = re.compile(r"([\"'])\{(?P<whole>\w+)\}\1|\{(?P<inner>\w+)\}")
_Value: TypeAlias = Annotated[str, Meta(max_length=255)] | int | bool
Parameters: TypeAlias = dict[
    Annotated[str, Meta(pattern=r"^\w+$")],
    Annotated[list[_Value], Meta(min_length=1, max_length=_MOST)],
]


def variants(
    file: Tables, table: Mapping[str, Any]
) -> Iterator[tuple[dict[str, _Value], dict[str, Any]]]:
    """Each combination of values, and the table of the file with them.

    Without parameters it is the table itself. Raises ScenarioFileError.
    """
    if KEY not in table:
        yield {}, dict(table)
        return
    parameters = file.plain(Parameters, table[KEY], (KEY,))
    rest = {key: value for key, value in table.items() if key != KEY}
    known: set[str] = set()
    for chosen in itertools.product(*parameters.values()):
        values = dict(zip(parameters, chosen, strict=True))
        if in_words(values) in known:
            what = f"two combinations are called {in_words(values)!r}"
            raise file.refuse((KEY,), what, "Write each value once")
        if len(known) == _MOST:
            what = f"there are more than {_MOST} combinations"
            raise file.refuse((KEY,), what, "Leave some values out")
        known.add(in_words(values))
        yield values, _filled(file, rest, values, ())


def in_words(values: Mapping[str, _Value]) -> str:
    """What a combination is called, here and by pytest; "" without parameters."""
    return "-".join(map(str, values.values()))


def choose(scenarios: Sequence[Scenario], variant: str | None) -> Scenario:
    """The scenario of a file with these values; without any, the only one.

    Raises ScenarioFileError, which lists what can be chosen.
    """
    names = [it.variant for it in scenarios]
    if variant in names:
        return scenarios[names.index(variant)]
    if variant is None and len(names) == 1:
        return scenarios[0]
    some = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    if variant is None:
        what = f"its parameters make {len(names)} scenarios of it"
        advice = f"Choose one with --variant: {some}"
    elif names == [""]:
        what, advice = "it has no parameters to choose from", "Leave out --variant"
    else:
        what = f"its parameters have no combination {variant!r}"
        advice = nearest(variant, names) or f"Choose one of: {some}"
    raise ScenarioFileError(what, where=str(scenarios[0].path), advice=advice)


def text_with(values: Mapping[str, _Value], text: str) -> str:
    """A part of the file in which the values stand in place of the names."""

    def value(found: re.Match[str]) -> str:
        name, inner = found["whole"], found["inner"]
        if (name or inner) not in values:
            return found[0]
        if inner:
            return str(values[inner])
        return json.dumps(values[name], ensure_ascii=False)

    return _IN_TEXT.sub(value, text)


def _filled(file: Tables, value: Any, values: Mapping[str, Any], place: Place) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {
            key: _filled(file, it, values, (*place, key)) for key, it in value.items()
        }
    if isinstance(value, list):
        return [_filled(file, it, values, (*place, n)) for n, it in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in _NAMED.findall(value):
        if name not in values:
            what = f"there is no parameter {name!r}"
            raise file.refuse(place, what, nearest(name, values))
    whole = _NAMED.fullmatch(value)
    if whole:
        return values[whole[1]]
    return _NAMED.sub(lambda found: str(values[found[1]]), value)
