"""Read a scenario file. A mistake is reported with its line, and with what to write.

The file may come from anybody. Its size is bounded, and so is everything in it. Reading
it only looks: what a scenario does is in `running.py`.
"""

from __future__ import annotations

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import msgspec

from minios import host_files
from minios.errors import MiniosError
from minios.lab import Bugcheck
from minios.lab.mistakes import nearest
from minios.testing.scenarios import claims, conditions, positions, records, steps
from minios.testing.scenarios.checking import Checker
from minios.testing.scenarios.conditions import Limits
from minios.testing.scenarios.mistakes import ScenarioFileError, in_words
from minios.testing.scenarios.model import Head, Machine, PlacedStep, Scenario
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.sources import Sources
from minios.visible import visible

SUFFIX: Final = ".scenario.toml"
LARGEST: Final = 64 << 10  # bytes of a scenario file
LONGEST_LINE: Final = 1000  # characters; a key of 10,000 parts takes tomllib seconds
_MOST_LINES: Final = 12  # of a step that are shown
_SIMPLE: Final = {
    key: kind for key, kind in conditions.CONDITIONS.items() if not key.endswith("_of")
}
_EXAMPLES: Final[dict[str | int, str]] = {
    "title": 'Write title = "...", a sentence that says what the scenario shows',
    "machines": "Write [machines.windows] or [machines.macos]",
    "steps": "Write [[steps]], with two brackets, and below it a verb",
    "within": 'Write within = "5s"',
}
_TOML_SAYS: Final = re.compile(
    r"(.*) \(at (?:line (\d+), column (\d+)|.*)\)", re.DOTALL
)
S = TypeVar("S", bound=msgspec.Struct)


def read(path: Path) -> Scenario:
    """Read a scenario file. Raises `ScenarioFileError` for a mistake in it."""
    data = host_files.read(path, LARGEST, partial(_unreadable, path))
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioFileError(
            f"the byte {data[error.start]:#04x} is not UTF-8",
            where=f"{path}:{line}",
            advice="Save the file as UTF-8",
        ) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Scenario:
    """Read the text of a scenario; `path` is the file that it is, or will be.

    Raises `ScenarioFileError` for a mistake in it.
    """
    text = text.replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise ScenarioFileError(
                f"the line has {len(line)} characters; at most {LONGEST_LINE} are read",
                where=f"{path}:{number}",
                advice="Break it into several lines",
            )
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(path, error) from error
    return _Reader(path, text).scenario(table)


def _unreadable(path: Path, what: str) -> ScenarioFileError:
    advice = f"Give the path of a file whose name ends with {SUFFIX}"
    return ScenarioFileError(f"the file {what}", where=str(path), advice=advice)


def _not_toml(path: Path, error: Exception) -> ScenarioFileError:
    said = _TOML_SAYS.fullmatch(str(error))
    what, line, column = said.groups() if said else (str(error), None, None)
    return ScenarioFileError(
        f"this is not TOML: {what[:1].lower()}{what[1:]}",
        where=f"{path}:{line}:{column}" if line else str(path),
        advice="Texts need quotes, and each step begins with [[steps]]",
    )


@dataclass
class _Reader:
    path: Path
    text: str

    def scenario(self, table: dict[str, Any]) -> Scenario:
        if not table:
            raise self.refuse((), "the file is empty", _EXAMPLES["title"])
        head = self.table(Head, table, ())
        if head.title != visible(head.title):
            what = "the title has characters that cannot be seen"
            raise self.refuse(("title",), what, "Write it in one line of plain text")
        names = tuple(head.machines)
        check = Checker(self, Sources(self.path.parent), head.budget, names)
        machines = {}
        for name, value in head.machines.items():
            place: Place = ("machines", name)
            machines[name] = self.table(Machine, value, place)
            check.machine(name, machines[name], place)
        placed = []
        for number, value in enumerate(head.steps):
            place = ("steps", number)
            placed.append(self.step(value, place))
            check.step(placed[-1].step, place)
        values = msgspec.structs.asdict(head)
        values |= {"machines": machines, "steps": tuple(placed)}
        lines = {it: self.line_and_column(("machines", it))[0] for it in machines}
        return Scenario(path=self.path, lines=lines, **values)

    def step(self, value: object, place: Place) -> PlacedStep:
        verb, step = self.one_of("verb", steps.VERBS, value, place)
        line, _ = self.line_and_column(place)
        return PlacedStep(line, verb, step, self.text_from(line))

    def text_from(self, line: int) -> str:
        """The lines of a step: up to the next blank line, comment or step."""
        lines = self.text.splitlines()[line - 1 : line - 1 + _MOST_LINES]
        end = next(
            (n for n, it in enumerate(lines) if n and it.lstrip()[:2] in ("", "[[")),
            len(lines),
        )
        return "\n".join(lines[:end])

    # ---- Where.

    @cached_property
    def offsets(self) -> dict[Place, int]:
        """The offset of each value in the text."""
        return positions.find(self.text)

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
        fields = {it.encode_name: it for it in msgspec.structs.fields(kind)}
        of_record = fields.pop("fields", None)
        values: dict[str, Any] = {}
        for key, it in given.items():
            if key in fields:
                field = fields[key]
                values[field.name] = self.value(field.type, it, (*place, key))
            elif not of_record:
                what = f"there is no key {key!r} here"
                raise self.refuse((*place, key), what, nearest(key, fields))
        for key, field in fields.items():
            if field.required and key not in given:
                advice = _EXAMPLES.get(key, f"Write {key} = ...")
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
    ) -> tuple[str, Any]:
        """The struct that one of the keys names, and this key."""
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
        wrong = next((it for it in given if it not in steps.Step.__struct_fields__), "")
        what = f"there is no {word} {wrong!r}" if wrong else f"the {word} is missing"
        raise self.refuse((*place, wrong), what, nearest(wrong, family))

    def plain(self, kind: Any, value: object, place: Place) -> Any:  # noqa: ANN401
        """A value that msgspec can look at as a whole."""
        try:
            return msgspec.convert(value, kind, dec_hook=records.decode)
        except (msgspec.ValidationError, OverflowError) as error:
            what, advice = in_words(_name(place), str(error))
            if place and place[-1] in ("steps", "machines"):
                advice = _EXAMPLES[place[-1]]
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
                raise self.refuse(at, what, nearest(key, types))
            values[key] = self.field(types[key], value, at)
        if kind == "bugcheck" and isinstance(values.get("name"), str):
            with self.told((*place, "name")):
                Bugcheck(values["name"])
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


def _name(place: Place) -> str:
    """What a sentence calls a value."""
    if not place:
        return "the file"
    return f"element {place[-1] + 1}" if isinstance(place[-1], int) else place[-1]
