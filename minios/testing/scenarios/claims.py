"""What a step can claim about a machine as it is now: `{ service = "shell" }`."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from minios.testing.scenarios.base import Content, Name, Path, Table, Text
from minios.testing.scenarios.conditions import Counts, Spans


class LatestIs(Table, frozen=True, kw_only=True):
    """The latest record of this kind has these fields.

    With `count` it is the number of records with these fields that is compared:
    `{ event = "reset", count = 0 }`. Records that were made before the first step
    count, too.
    """

    event: str
    count: Annotated[int, Meta(ge=0)] | Counts | None = None
    fields: dict[str, Any] = msgspec.field(default_factory=dict)


class FileIs(Table, frozen=True, kw_only=True):
    """A file on the guest's disk exists or not, contains a text, or is a content file.

    Without another key it must exist.
    """

    file: Path
    exists: bool = True
    contains: Annotated[Text, Meta(min_length=1)] | None = None
    same_as: Content | None = None


class ServiceIs(Table, frozen=True, kw_only=True):
    """A service runs or not, and has this start type in the list on the disk."""

    service: Name
    running: bool | None = None
    start: Name | None = None


class ConsoleHas(Table, frozen=True, kw_only=True):
    """This text has come out of the console since power on."""

    console: Annotated[Text, Meta(min_length=1)]


class ScreenHas(Table, frozen=True, kw_only=True):
    """This text stands in a line of the screen now."""

    screen: Annotated[Text, Meta(min_length=1)]


class SensorProtects(Table, frozen=True, kw_only=True):
    """A sensor sees events now, or none does."""

    protected: bool


class Unprotected(Table, frozen=True, kw_only=True):
    """For how long no sensor has seen events, counted from the first step on."""

    unprotected_time: Spans


Claim: TypeAlias = (
    LatestIs
    | FileIs
    | ServiceIs
    | ConsoleHas
    | ScreenHas
    | SensorProtects
    | Unprotected
)


CLAIMS: Final[dict[str, type[Table]]] = {
    "event": LatestIs,
    "file": FileIs,
    "service": ServiceIs,
    "console": ConsoleHas,
    "screen": ScreenHas,
    "protected": SensorProtects,
    "unprotected_time": Unprotected,
}
