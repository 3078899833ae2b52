"""The columns of the table of events (`events.py`).

A `struct record` carries an event out of the guest: its kind, the name of something, a
text, and values whose meaning depends on the kind. So a field of an event has a type in
Python, and a place in the record.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi.structures import CODES, SIZES

NUMBER: Final = "int"
HEX: Final = "Hex"  # an address, a code: a person reads it in hexadecimal
NANOSECONDS: Final = "Nanoseconds"
TEXT: Final = "str"
FLAG: Final = "bool"

BOOTS: Final = "boots"  # the lab counts them


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event.

    `type` is its type in Python, "" if only the lab needs it. `place` is "name", "text"
    or "process_id" for these members of a record, a type of C for one of its values,
    BOOTS for the number of the boot, and "" for what no record tells. `count` is the
    length of an array, 0 for none. A number that stands for one of some `names` is that
    name in Python.
    """

    name: str
    type: str
    place: str = ""
    count: int = 0
    names: Mapping[int, str] | None = None

    @property
    def is_value(self) -> bool:
        """Whether it is one of the record's values."""
        return self.place in CODES

    @property
    def is_far_text(self) -> bool:
        """Whether it is a text, and the record has only its address."""
        return self.is_value and self.type == TEXT and self.names is None


def named(field: str) -> Field:
    """What the record says in `name`."""
    return Field(field, TEXT, "name")


def in_words(field: str) -> Field:
    """What the record says in `text`."""
    return Field(field, TEXT, "text")


def far_text(field: str) -> Field:
    """A text that may be longer than `text`: a value is its address."""
    return Field(field, TEXT, "uint64_t")


def number(
    field: str, kind: str = NUMBER, c: str = "uint64_t", *, count: int = 0
) -> Field:
    """A value, or an array of `count` values."""
    return Field(field, kind, c, count)


def one_of(field: str, names: Mapping[int, str]) -> Field:
    """A value that stands for a name."""
    return Field(field, TEXT, "uint64_t", names=names)


def for_the_lab(field: str, place: str = "uint64_t") -> Field:
    """Something from which the lab learns. The event itself does not have it."""
    return Field(field, "", place)


def boot_number(field: str) -> Field:
    """Which boot it was. The lab counts them from 1."""
    return Field(field, NUMBER, BOOTS)


def added(field: str, kind: str) -> Field:
    """What no record tells: whoever makes the event adds it."""
    return Field(field, kind)


class Place(enum.Enum):
    """Where an event happens, in words. An event with a field `ring` says it itself."""

    RING_0 = "ring 0"
    RING_3 = "ring 3"
    OUTSIDE = "outside"


class Told(enum.Enum):
    """Who tells of an event. Full lists of events have all of them."""

    BY_ALL = enum.auto()
    NOT_BY_THE_DEMO = enum.auto()
    BY_FULL_LISTS = enum.auto()


class Group(enum.Enum):
    """A filter of the timeline: the value is its name."""

    FAULTS = "faults and restarts"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Sign:
    """How the timeline draws an event: one character, and a role for its colour.

    The roles are those of `minios/tui/widgets/roles.py`.
    """

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One kind of event.

    Attributes:
        name: its name in JSON, and in C as RECORD_NAME.
        class_name: its class in `minios/lab/events.py`.
        number: the kind in a `struct record`, 0 if it comes from outside the guest.
        speaker: who reports it, see `events.py`.
        has_fault: whether it also has the fields of a fault, which the lab adds. If the
            kernel reports it, it is *decisive*: it tells what came of the fault.
        tells: what has happened, in one sentence.
        details: more about its fields.
        fields: in the order in which Python and JSON have them.
        says: one line for a list of events, with fields in braces.
        means: why it matters, for somebody who sees it the first time. It contains no
            numbers, so it is true for every event of the kind.
        sign: how the timeline draws it.
        place: where it happens, unless a field `ring` says that.
        told: who tells of it.
        group: which filter of the timeline lists it.
    """

    name: str
    class_name: str
    number: int = 0
    speaker: str
    has_fault: bool = False
    tells: str
    details: str = ""
    fields: tuple[Field, ...] = ()
    says: str
    means: str
    sign: Sign = Sign("·")
    place: Place = Place.RING_3
    told: Told = Told.BY_ALL
    group: Group | None = None

    @property
    def values(self) -> tuple[Field, ...]:
        """The fields that are values of a record, the largest numbers first.

        In this order all of them are aligned, and C leaves no room between them.
        """
        found = (it for it in self.fields if it.is_value)
        return tuple(sorted(found, key=lambda it: -SIZES[it.place]))

    @property
    def layout(self) -> struct.Struct:
        """How Python packs and unpacks the values."""
        codes = (f"{it.count or 1}{CODES[it.place]}" for it in self.values)
        return struct.Struct("<" + "".join(codes))

    @property
    def words(self) -> str:
        """What `name` and `text` of a record are: "name = file, text = moved_to"."""
        return ", ".join(
            it.place if it.name == it.place else f"{it.place} = {it.name}"
            for it in self.fields
            if it.place in {"name", "text"}
        )
