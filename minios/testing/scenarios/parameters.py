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
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta

from minios.lab.mistakes import nearest
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.tables import Tables

KEY: Final = "parameters"
_MOST: Final = 64  # scenarios in one file
_NAMED: Final = re.compile(r"\{(\w+)\}")
_Value: TypeAlias = Annotated[str, Meta(max_length=255)] | int | bool
Parameters: TypeAlias = dict[
    Annotated[str, Meta(pattern=r"^\w+$")],
    Annotated[list[_Value], Meta(min_length=1, max_length=_MOST)],
]


def variants(
    file: Tables, table: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each combination in words, and the table of the file with its values.

    Without parameters it is the table itself, and "". Raises ScenarioFileError.
    """
    if KEY not in table:
        yield "", dict(table)
        return
    parameters = file.plain(Parameters, table[KEY], (KEY,))
    rest = {key: value for key, value in table.items() if key != KEY}
    for number, chosen in enumerate(itertools.product(*parameters.values())):
        if number == _MOST:
            what = f"there are more than {_MOST} combinations"
            raise file.refuse((KEY,), what, "Leave some values out")
        values = dict(zip(parameters, chosen, strict=True))
        yield "-".join(map(str, chosen)), _filled(file, rest, values, ())


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
