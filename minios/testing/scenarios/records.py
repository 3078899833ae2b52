"""The kinds of records and their fields, as a scenario file writes them.

All of it comes from `minios/lab/events.py`: a kind that is new there is known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, get_args

import msgspec

from minios.abi.policies import AfterFault
from minios.lab import events
from minios.lab.conditions import OF_PROCESSES, field_is
from minios.lab.events import Event, Hex, Nanoseconds
from minios.lab.services import require_program
from minios.testing.scenarios import times
from minios.testing.scenarios.base import Span
from minios.testing.scenarios.conditions import Counts, Limits, Spans

KINDS: Final[dict[str, type[Event]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(events.Event)
}
"""The classes of records by the names that JSON has for them."""


@cache
def fields_of(kind: str) -> dict[str, Any]:
    """The fields of a kind of record, with their types."""
    return {it.name: it.type for it in msgspec.structs.fields(KINDS[kind])}


def written_as(kind: Any, value: object) -> Any:  # noqa: ANN401 - any field's type
    """The type in which a value for a field of this type is written.

    A time may be written with a unit: "1.5s" means the nanoseconds of it.
    """
    return Span if isinstance(value, str) and kind is Nanoseconds else kind


def decode(kind: type, value: object) -> Any:  # noqa: ANN401 - msgspec's signature
    """For msgspec: make a time of a text, and a number of "0x50"."""
    if kind is Span:
        return times.read(value)
    assert kind is Hex
    if isinstance(value, int) and not isinstance(value, bool):
        return Hex(value)
    try:
        return Hex(int(str(value), 0))
    except ValueError as error:
        raise ValueError(f'{value!r} is not a number\nWrite "0x50", say') from error


def matches(event: Event, kind: str, fields: dict[str, Any]) -> bool:
    """Whether a record is of this kind and has these fields."""
    return isinstance(event, KINDS[kind]) and all(
        has(event, name, wanted) for name, wanted in fields.items()
    )


def require_known(
    kind: str, fields: Mapping[str, Any], programs: frozenset[str], follows: AfterFault
) -> None:
    """Raise ScenarioError for a name that none of the processes can have."""
    name = fields.get("name")
    if KINDS[kind] in OF_PROCESSES and isinstance(name, str):
        require_program(programs, name, follows)


def has(event: Event, name: str, wanted: Any) -> bool:  # noqa: ANN401 - any field's type
    """Whether a field of a record is as wanted, or within the limits."""
    if isinstance(wanted, Limits):
        return agrees(getattr(event, name), wanted)
    return field_is(event, name, wanted)


def agrees(value: Any, wanted: Any) -> bool:  # noqa: ANN401 - any field's type
    """Whether a value is as wanted, or within the limits."""
    if not isinstance(wanted, Limits | Counts | Spans):
        return bool(value == wanted)
    if value is None:
        return False
    text = wanted.contains if isinstance(wanted, Limits) else None
    return (
        (wanted.at_least is None or value >= wanted.at_least)
        and (wanted.at_most is None or value <= wanted.at_most)
        and (text is None or text in value)
    )


def in_words(kind: str, fields: dict[str, Any]) -> str:
    """A record that is looked for, as a report names it."""
    told = ", ".join(f"{name} {limits_in_words(it)}" for name, it in fields.items())
    return f"a record {kind!r}" + (f" with {told}" if told else "")


def limits_in_words(wanted: Any) -> str:  # noqa: ANN401 - any field's type
    """A value or its limits, as a report names them."""
    if not isinstance(wanted, Limits | Counts | Spans):
        return f"= {shown(wanted)}"
    parts = [
        f"{key.replace('_', ' ')} {shown(value)}"
        for key, value in msgspec.structs.asdict(wanted).items()
        if value is not None
    ]
    return " and ".join(parts) or "of any value"


def shown(value: object) -> str:
    """A value as a scenario would write it."""
    if isinstance(value, Span):
        return times.shown(value)
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else str(value)
