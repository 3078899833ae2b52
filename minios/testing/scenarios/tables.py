"""Values of a scenario file, in the types that the structs have.

A mistake is reported with the line and the column of the value, and with what to write.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin

import msgspec

from minios.abi.policies import AFTER_FAULTS, AfterFault
from minios.errors import MiniosError
from minios.lab import Bugcheck
from minios.lab.mistakes import nearest
from minios.testing.scenarios import claims, conditions, positions, records, steps
from minios.testing.scenarios.base import Yes
from minios.testing.scenarios.conditions import Limits
from minios.testing.scenarios.homes import home_of
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.scenarios.positions import Place
from minios.toml_words import in_words

_SIMPLE: Final = {
    key: kind for key, kind in conditions.CONDITIONS.items() if not key.endswith("_of")
}
EXAMPLES: Final[dict[str | int, str]] = {
    "title": 'Write title = "...", a sentence that says what the scenario shows',
    "machines": "Write [machines.windows] or [machines.macos]",
    "steps": "Write [[steps]], with two brackets, and below it a verb",
    "within": 'Write within = "5s"',
}
S = TypeVar("S", bound=msgspec.Struct)
_fields: Final = cache(msgspec.structs.fields)


@dataclass
class Tables:
    """The text of a file, and the tables in it."""

    path: Path
    text: str
    programs: frozenset[str] = frozenset()
    """What every machine has; nothing if that is not known before it is made."""

    follows: AfterFault = AFTER_FAULTS[0]
    """What follows a fault of ring 0; if the machines differ, the last in the table."""

    # ---- Where.

    @cached_property
    def offsets(self) -> dict[Place, int]:
        """The offset of each value in the text."""
        try:
            return positions.find(self.text)
        except RecursionError:  # brackets in brackets in brackets: the line is unknown
            return {}

    def line_and_column(self, place: Place) -> tuple[int, int]:
        """Where a value stands, or else the table in which it would stand."""
        while place and place not in self.offsets:
            place = place[:-1]
        return positions.line_and_column(self.text, self.offsets.get(place, 0))

    def refuse(self, place: Place, what: str, advice: str = "") -> ScenarioFileError:
        """The error for a mistake in a value."""
        line, column = self.line_and_column(place)
        where = f"{self.path}:{line}:{column}"
        return ScenarioFileError(what, where=where, advice=advice)

    @contextmanager
    def told(self, place: Place) -> Iterator[None]:
        """Say where in the file a mistake is that somebody else has found."""
        try:
            yield
        except MiniosError as error:
            where = f"{error.where}: " if error.where else ""
            raise self.refuse(place, f"{where}{error.what}", error.advice) from error

    # ---- Tables and values.

    def table(self, kind: type[S], value: object, place: Place) -> S:
        """A struct from a table. Other keys are fields of a record, if it takes any."""
        given = self.plain(dict[str, Any], value, place)
        fields = {it.encode_name: it for it in _fields(kind)}
        of_record = fields.pop("fields", None)
        values: dict[str, Any] = {}
        for key, it in given.items():
            if key in fields:
                field = fields[key]
                values[field.name] = self.value(field.type, it, (*place, key))
            elif not of_record:
                what = f"there is no key {key!r} here"
                advice = home_of(key, kind) or nearest(key, fields)
                raise self.refuse((*place, key), what, advice)
        for key, field in fields.items():
            if field.required and key not in given:
                advice = EXAMPLES.get(key, f"Write {key} = ...")
                raise self.refuse(place, f"the key {key!r} is missing", advice)
        if of_record:
            rest = {key: it for key, it in given.items() if key not in fields}
            values["fields"] = self.record_fields(values["event"], rest, place)
        return kind(**values)

    def value(self, kind: Any, value: object, place: Place) -> Any:  # noqa: ANN401
        """A value of the type that a field of a struct has."""
        if kind == conditions.Condition:
            return self.one_of("condition", conditions.CONDITIONS, value, place)[1]
        if kind == claims.Claim:
            return self.one_of("claim", claims.CLAIMS, value, place)[1]
        if kind == conditions.Simples:
            return [
                self.one_of("condition", _SIMPLE, it, (*place, number))[1]
                for number, it in enumerate(self.plain(list[Any], value, place))
            ]
        for table in (kind, *get_args(kind)) if isinstance(value, dict) else ():
            if table in (conditions.Counts, conditions.Spans):
                return self.table(table, value, place)
        return self.plain(kind, value, place)

    def one_of(
        self,
        word: str,
        family: Mapping[str, type[msgspec.Struct]],
        value: object,
        place: Place,
        beside: Collection[str] = steps.Step.__struct_fields__,
    ) -> tuple[str, Any]:
        """The struct that one of the keys names, and this key.

        `beside` are the keys that may stand beside any of them.
        """
        if isinstance(value, str):
            first = next(iter(family))
            raise self.refuse(
                place,
                f"{_name(place)} must be a table, not a text",
                f'Write {{ {first} = "{value[:40]}" }}',
            )
        given: dict[str, Any] = self.plain(dict[str, Any], value, place)
        found = [key for key in given if key in family]
        if len(found) == 1:
            return found[0], self.table(family[found[0]], given, place)
        if found:
            raise self.refuse(
                (*place, found[1]),
                f"there are two {word}s, {found[0]!r} and {found[1]!r}",
                "Write a step for each",
            )
        wrong = next((it for it in given if it not in beside), "")
        what = f"there is no {word} {wrong!r}" if wrong else f"the {word} is missing"
        advice = home_of(wrong, next(iter(family.values()))) or nearest(wrong, family)
        raise self.refuse((*place, wrong), what, advice)

    def plain(self, kind: Any, value: object, place: Place) -> Any:  # noqa: ANN401
        """A value that msgspec can look at as a whole."""
        try:
            return msgspec.convert(value, kind, dec_hook=records.decode)
        except (msgspec.ValidationError, OverflowError) as error:
            for key, inner, it in _parts(kind, value):
                self.plain(inner, it, (*place, key))  # raises at the very value
            what, advice = in_words(_name(place), str(error), value)
            if isinstance(kind, type) and issubclass(kind, enum.Enum):
                what = f"{_name(place)} cannot be {value!r}"
                advice = f"Write one of: {', '.join(str(it.value) for it in kind)}"
            if place and place[-1] in ("steps", "machines"):
                advice = EXAMPLES[place[-1]]
            elif isinstance(value, list) and place[0] in ("machines", "parameters"):
                advice = f"Write [{'.'.join(map(str, place))}], with one bracket"
            elif isinstance(value, str) and kind == Yes:
                what = f"{_name(place)} takes no name"
                advice = f'Write {_name(place)} = true, and below it on = "{value}"'
            raise self.refuse(place, what, advice) from error

    def record_fields(
        self, kind: str, given: Mapping[str, object], place: Place
    ) -> dict[str, Any]:
        """Fields of a record, in the types that the record has."""
        if kind not in records.KINDS:
            what = f"there is no event {kind!r}"
            raise self.refuse((*place, "event"), what, nearest(kind, records.KINDS))
        types = records.fields_of(kind)
        values = {}
        for key, value in given.items():
            at = (*place, key)
            if key not in types:
                what = f"a record {kind!r} has no field {key!r}"
                advice = home_of(key, conditions.EventIs) or nearest(key, types)
                raise self.refuse(at, what, advice)
            values[key] = self.field(types[key], value, at)
        for key in ("code", "name") if kind == "bugcheck" else ():
            code = values.get(key)
            if isinstance(code, int | str):
                with self.told((*place, key)):
                    Bugcheck(int(code) if isinstance(code, int) else code)
        with self.told((*place, "name")):
            records.require_known(kind, values, self.programs, self.follows)
        return values

    def field(self, kind: Any, value: object, place: Place) -> Any:  # noqa: ANN401
        """A value for a field of a record, or the limits of one."""
        if isinstance(value, dict):
            limits = self.table(Limits, value, place)
            if limits.contains is not None and kind is not str:
                what = "contains is for texts"
                raise self.refuse((*place, "contains"), what, "Write at_least = ...")
            bounds = {key: self.field(kind, value[key], (*place, key)) for key in value}
            return Limits(**bounds)
        return self.plain(records.written_as(kind, value), value, place)


def _parts(kind: Any, value: object) -> Iterator[tuple[str | int, Any, object]]:  # noqa: ANN401
    """The elements of a list or a table, each with its key and its type."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is dict and isinstance(value, dict):
        yield from ((key, get_args(kind)[1], it) for key, it in value.items())
    if get_origin(kind) is list and isinstance(value, list):
        yield from ((number, get_args(kind)[0], it) for number, it in enumerate(value))


def _name(place: Place) -> str:
    """What a sentence calls a value."""
    if not place:
        return "the file"
    return f"element {place[-1] + 1}" if isinstance(place[-1], int) else place[-1]
