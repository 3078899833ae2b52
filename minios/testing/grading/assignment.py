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

The file stands beside the scenarios, and is optional. A part has one of the kinds
plugin, content, scenario, recording and answers; its file is a path relative to the
folder of a submission.
"""

from __future__ import annotations

import enum
import math
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from minios import host_files, toml_text
from minios.errors import ScenarioError

FILE_NAME: Final = "assignment.toml"
_LARGEST: Final = 64 << 10
_MOST: Final = 1_000_000_000_000


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
    """Read the assignment beside the scenarios; an empty one if there is no such file.

    Raises ScenarioError that names the file and what is wrong in it.
    """
    path = scenarios / FILE_NAME
    refuse = partial(_wrong, path)
    if not path.exists():
        return Assignment()
    data = host_files.read(path, _LARGEST, lambda what: refuse(f"the file {what}"))
    try:
        found = msgspec.convert(toml_text.loads(data.decode()), Assignment)
    except (msgspec.MsgspecError, ValueError) as error:
        raise refuse(f"this is not an assignment: {error}") from error
    _check(found, refuse)
    return found


def _check(found: Assignment, refuse: partial[ScenarioError]) -> None:
    for part in found.part:
        path = PurePosixPath(part.file)
        if path.is_absolute() or ".." in path.parts or "\\" in part.file:
            raise refuse(f"the part {part.file!r} is outside the submission")
        if not path.parts or not part.file.isprintable():
            raise refuse(f"the part {part.file!r} has no usable name")
        if part.kind in _TOML and path.suffix != ".toml":
            raise refuse(f"the name of the part {part.file!r} does not end in .toml")
    files = [it.file for it in found.part]
    twice = next((it for it in files if files.count(it) > 1), None)
    if twice is not None:
        raise refuse(f"there are two parts with the file {twice!r}")
    if not 0 <= found.points < math.inf:
        raise refuse("the number of `points` is less than 0, or not finite")
    for name in ("instructions", "virtual_seconds"):
        value = getattr(found, name)
        if value is not None and not 1 <= value < _MOST:
            raise refuse(f"the number of `{name}` is not from 1 to {_MOST}")


def _wrong(path: Path, what: str) -> ScenarioError:
    advice = "Compare it with the example in `minios grade --help`"
    return ScenarioError(what, where=str(path), advice=advice)
