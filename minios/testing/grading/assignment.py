"""`assignment.toml`: what students hand in, and what it is worth.

    title = "A counter of pipe events"
    points = 2                     # what a test is worth that names no points
    hidden = false                 # true: students see none of the tests
    instructions = 20_000_000      # how many a test may use that names no budget
    virtual_seconds = 60           # the same for virtual time, and for recordings

    [[part]]
    kind = "plugin"                # a folder with plugin.toml and C sources
    file = "counter"

    [[part]]
    kind = "content"               # a TOML source, or a compiled .sys file
    file = "my-channel.toml"
    required = false

The file stands beside the scenarios. It names one part or more: nothing else of a
submission is read. A part has one of the kinds plugin, content, scenario, recording and
answers; its file is a path relative to the folder of a submission. No test is run for a
submission with a mistake in a part that is required, as every part normally is.
"""

from __future__ import annotations

import contextlib
import enum
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

import msgspec

from minios import host_files, toml_text
from minios.arguments import meant
from minios.errors import ScenarioError
from minios.testing.scenarios import positions
from minios.testing.scenarios.positions import Place
from minios.toml_words import in_words

FILE_NAME: Final = "assignment.toml"
_LARGEST: Final = 64 << 10
_MOST: Final = 1_000_000_000_000
_EXAMPLE: Final = 'Write [[part]], and below it kind = "plugin" and file = "counter"'
S = TypeVar("S", bound=msgspec.Struct)


class Kind(enum.Enum):
    """What a part is."""

    PLUGIN = "plugin"
    CONTENT = "content"
    SCENARIO = "scenario"
    RECORDING = "recording"
    ANSWERS = "answers"


_TOML: Final = (Kind.SCENARIO, Kind.ANSWERS)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file or a folder that students hand in."""

    kind: Kind
    file: str
    required: bool = True


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a submission must hold. The docstring of this file has an example.

    A budget that is None is that of any test (`minios/testing/budgets.py`).
    """

    title: str = "Assignment"
    points: float = 1.0
    hidden: bool = False
    instructions: int | None = None
    virtual_seconds: float | None = None
    part: tuple[Part, ...] = ()

    @property
    def budget(self) -> dict[str, int]:
        """The arguments of the mark `budget`, for tests that have none."""
        given = {"instructions": self.instructions}
        if self.virtual_seconds is not None:
            given["virtual"] = round(self.virtual_seconds * 1e9)
        return {name: value for name, value in given.items() if value is not None}


def read(scenarios: Path) -> Assignment:
    """Read the assignment beside the scenarios.

    Raises ScenarioError that names the file, the line and what is wrong in it.
    """
    path = scenarios / FILE_NAME
    if not path.exists():
        raise ScenarioError(
            f"there is no {FILE_NAME} beside the scenarios, and so nothing of a "
            "submission would be read",
            where=str(scenarios),
            advice=_EXAMPLE,
        )
    file = _File(path, "")
    data = host_files.read(path, _LARGEST, lambda what: file.wrong(f"the file {what}"))
    try:
        file.text = data.decode()
        table = toml_text.loads(file.text)
    except ValueError as error:
        raise file.wrong(f"this is not TOML: {error}", "Texts need quotes") from error
    found = file.table(Assignment, table, ())
    _check(found, file)
    return found


@dataclass(slots=True)
class _File:
    """The text of the file, and what is wrong in it."""

    path: Path
    text: str

    def wrong(self, what: str, advice: str = "", place: Place = ()) -> ScenarioError:
        """The error for a mistake in a value, or in the whole file."""
        where = str(self.path)
        with contextlib.suppress(KeyError, RecursionError):  # too many brackets
            offset = positions.find(self.text)[place]
            where += f":{positions.line_and_column(self.text, offset)[0]}"
        usual = "Compare it with the example in `minios grade --help`"
        return ScenarioError(what, where=where, advice=advice or usual)

    def table(self, kind: type[S], given: object, place: Place) -> S:
        """A struct from a table."""
        if not isinstance(given, dict):
            raise self.wrong("a part must be a table", _EXAMPLE, place)
        fields = {it.name: it for it in msgspec.structs.fields(kind)}
        values = {}
        for key, value in given.items():
            at = (*place, key)
            if key not in fields:
                raise self.wrong(f"there is no key {key!r}", _choice(key, fields), at)
            values[key] = self.value(fields[key].type, value, at)
        for key, field in fields.items():
            if field.required and key not in given:
                advice = f"Write {key} = ..."
                raise self.wrong(f"the key {key!r} is missing", advice, place)
        return kind(**values)

    def value(self, kind: Any, value: object, place: Place) -> Any:  # noqa: ANN401
        """A value of the type that a field has."""
        key = str(place[-1])
        if kind == tuple[Part, ...] and isinstance(value, list):
            return tuple(
                self.table(Part, it, (*place, number))
                for number, it in enumerate(value)
            )
        kinds = [it.value for it in Kind]
        if kind is Kind and isinstance(value, str) and value not in kinds:
            advice = _choice(value, kinds)
            raise self.wrong(f"there is no kind {value!r}", advice, place)
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, advice = in_words(key, str(error), value)
            if key == "part":
                what, advice = "[[part]] needs two brackets", _EXAMPLE
            raise self.wrong(what, advice, place) from error


def _choice(word: str, known: Collection[str]) -> str:
    return f"{meant(word, known)}Choose from: {', '.join(known)}"


def _check(found: Assignment, file: _File) -> None:
    for number, part in enumerate(found.part):
        trouble = _trouble(part, [it.file for it in found.part[:number]])
        if trouble:
            raise file.wrong(trouble, place=("part", number, "file"))
    if not 0 <= found.points < math.inf:
        what = "the number of `points` is less than 0, or not finite"
        raise file.wrong(what, place=("points",))
    for name in ("instructions", "virtual_seconds"):
        value = getattr(found, name)
        if value is not None and not 1 <= value < _MOST:
            what = f"the number of `{name}` is not from 1 to {_MOST}"
            raise file.wrong(what, place=(name,))
    if not found.part:
        what = "it names no part, and so nothing of a submission would be read"
        raise file.wrong(what, _EXAMPLE)


def _trouble(part: Part, before: Collection[str]) -> str:
    """What is wrong with the file of a part; "" if nothing is."""
    path = PurePosixPath(part.file)
    if path.is_absolute() or ".." in path.parts or "\\" in part.file:
        return f"the part {part.file!r} is outside the submission"
    if not path.parts or not part.file.isprintable():
        return f"the part {part.file!r} has no usable name"
    if part.kind in _TOML and path.suffix != ".toml":
        return f"the name of the part {part.file!r} does not end in .toml"
    if part.file in before:
        return f"there are two parts with the file {part.file!r}"
    return ""
