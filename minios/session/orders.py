"""What a machine can be told: one vocabulary for keys, scripts and recordings.

Orders are small immutable values, each with a tag. So they can be queued between
threads, compared, and written as JSON: `{"do": "reset"}`. Those that a guest can feel
are the inputs of `minios/lab/inputs.py`; a recording keeps them with their virtual
time, in nanoseconds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from minios.errors import ScenarioError
from minios.lab import events
from minios.lab.inputs import Input, Time
from minios.machine.events import RingCrossing

_KINDS: Final[dict[str, type]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(events.Event)
}
RECORDS: Final = tuple(_KINDS)
"""The kinds of records, by the names that JSON has for them."""
_KINDS["crossing"] = RingCrossing
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


class _Order(msgspec.Struct, tag_field="do", frozen=True):
    """The base of all orders."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A snapshot that one can go back to.

    Attributes:
        t: when it was taken.
        label: what a person calls it.
        at_record: a record was made at that moment.
        number: which of its machine's snapshots it is; it stays when others go. The
            marks of one moment are equal on all machines, so it does not count there.
    """

    t: Time
    label: str
    at_record: bool = False
    number: int = field(default=0, compare=False)


class RunTo(_Order, tag="run to", frozen=True):
    """Run to this virtual time, or to an earlier moment that is to be stopped at.

    Attributes:
        t: the end.
        stops: kinds of records, by the names that JSON has for them, and "crossing".
            The run ends right after one.
        places: names of places in the code; the run ends before the instruction there.
        work: about how many instructions it may take, 0 for as many as it needs.
        in_company: other machines run at the same time and may have to stop earlier;
            this one keeps a way back to the beginning of the run.
    """

    t: Time
    stops: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    work: int = 0
    in_company: bool = False


class BootInto(_Order, tag="boot into", frozen=True):
    """Start again in another mode, by the keys that a person would press."""

    mode: Literal["safe", "recovery", "last good"]


StepUnit: TypeAlias = Literal["instruction", "line", "crossing", "event", "pass"]


class Step(_Order, tag="step", frozen=True):
    """Go on a little. "pass" is the next step of a slow pass (`slow_pass.py`)."""

    unit: StepUnit


class MarkHere(_Order, tag="mark", frozen=True):
    """Take a snapshot."""

    label: str


class GoBack(_Order, tag="go back", frozen=True):
    """Be as at this virtual time; what came after is forgotten.

    With the mark of a snapshot, the machine becomes exactly what it was in the
    snapshot, before any input at the same time. A machine without this snapshot goes by
    the time.
    """

    t: Time
    mark: Mark | None = None


class Rejoin(_Order, tag="rejoin", frozen=True):
    """Be where the other machines are: run on to this time, or go back to it.

    What was given to the machine since that time is given again there.
    """

    t: Time


class Replay(_Order, tag="replay", frozen=True):
    """Give these inputs when their virtual time comes: a recording is played."""

    inputs: tuple[tuple[Time, Input], ...]


class Look(_Order, tag="look", frozen=True):
    """What to read for every frame, by the names of readings (`panes/`).

    `address` is the address of the memory to read. None means the stack.
    """

    at: tuple[str, ...] = ("code", "walk")
    address: int | None = None


class Show(_Order, tag="show", frozen=True):
    """Make a frame, nothing else."""


Order: TypeAlias = (
    RunTo | Input | BootInto | Step | MarkHere | GoBack | Rejoin | Replay | Look | Show
)

_DECODER: Final = msgspec.json.Decoder(Order)


def to_json(order: Order) -> str:
    """One line of JSON, without the line feed."""
    return msgspec.json.encode(order).decode()


def from_json(text: str | bytes) -> Order:
    """The order that a line says. Raises ScenarioError if it says none."""
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ScenarioError(f"this is no order to a machine: {error}") from error


def kind_of(happened: object) -> str:
    """The name by which `RunTo.stops` knows what has happened; "" if by none."""
    return _NAMES.get(type(happened), "")


def types_of(kinds: Iterable[str]) -> tuple[type, ...]:
    """The classes of kinds. Raises ScenarioError, with the nearest name, for none."""
    return tuple(map(_type_of, kinds))


def _type_of(kind: str) -> type:
    if kind not in _KINDS:
        near = difflib.get_close_matches(kind, _KINDS, 1) or ["bugcheck"]
        raise ScenarioError(
            f"there is no kind of record {kind!r}", advice=f"Did you mean {near[0]}?"
        )
    return _KINDS[kind]
