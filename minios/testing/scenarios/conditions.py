"""What a step can wait for: `{ event = "bugcheck", ring = 0 }`.

The kinds of records and their fields are those of `minios/lab/events.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from minios.testing.scenarios.base import Span, Table, Text


class Limits(Table, frozen=True, kw_only=True):
    """Bounds for a field of a record, in place of a value: `{ at_least = 1 }`.

    They are written as a value of the field is. `contains` is for texts.
    """

    at_least: Any = None
    at_most: Any = None
    contains: Text | None = None


class Counts(Table, frozen=True, kw_only=True):
    """Bounds for a number: `{ at_least = 1, at_most = 3 }`."""

    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None


class Spans(Table, frozen=True, kw_only=True):
    """Bounds for a time: `{ at_most = "2s" }`."""

    at_least: Span | None = None
    at_most: Span | None = None


class EventIs(Table, frozen=True, kw_only=True):
    """A record of this kind whose fields are as given, for the `count`-th time.

    The fields stand beside `event`: `{ event = "bugcheck", ring = 0 }`. A field may
    also have `Limits`: `{ event = "restart", attempt = { at_least = 2 } }`.
    """

    event: str
    count: Annotated[int, Meta(ge=1, le=1000)] = 1
    fields: dict[str, Any] = msgspec.field(default_factory=dict)


class ConsoleShows(Table, frozen=True, kw_only=True):
    """This text has come out of the console since the step began."""

    console: Annotated[Text, Meta(min_length=1)]


class ScreenShows(Table, frozen=True, kw_only=True):
    """This text stands in a line of the screen."""

    screen: Annotated[Text, Meta(min_length=1)]


class DiskWrites(Table, frozen=True, kw_only=True):
    """A write of at least so many sectors to the disk is in flight.

    A power cut now can tear it: `cut_power = true` with `kept_sectors = 1`.
    """

    disk_write: Annotated[int, Meta(ge=1, le=65535)]


Simple: TypeAlias = EventIs | ConsoleShows | ScreenShows | DiskWrites


Simples: TypeAlias = Annotated[list[Simple], Meta(min_length=1, max_length=16)]


class AnyOf(Table, frozen=True, kw_only=True):
    """Whichever of these comes first."""

    any_of: Simples


class NoneOf(Table, frozen=True, kw_only=True):
    """None of these comes in the whole time `within`."""

    none_of: Simples


Condition: TypeAlias = (
    EventIs | ConsoleShows | ScreenShows | DiskWrites | AnyOf | NoneOf
)


CONDITIONS: Final[dict[str, type[Table]]] = {
    "event": EventIs,
    "console": ConsoleShows,
    "screen": ScreenShows,
    "disk_write": DiskWrites,
    "any_of": AnyOf,
    "none_of": NoneOf,
}
