"""Read what the guest writes to the beacon.

A record (`struct record`, minios/abi/structures.py) has a kind, values, a name and a
text. Their meaning depends on the kind, and the table of events says it
(minios/abi/events.py). From a few kinds the lab learns more than the event says: each
of these has a function here. A driver runs in ring 0 and can write nonsense, so nothing
here may fail because of it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from minios.abi.event_columns import BOOTS, HEX, EventKind, Field
from minios.abi.events import RECORDS
from minios.abi.structures import (
    NAME_SIZE,
    PATH_SIZE,
    RECORD,
    RECORD_FAR_TEXT,
    RECORD_VALUES,
)
from minios.lab import events, stop_words
from minios.lab.events import Event, Hex
from minios.lab.memory import Memory

Said: TypeAlias = dict[str, Any]
"""Values of fields, by their names."""

Look: TypeAlias = Callable[[int, int], bytes | None]
"""Reads bytes at a virtual address; None where nothing is mapped."""

_KIND: Final = struct.Struct("<I")
_VALUES_SIZE: Final = 8 * RECORD_VALUES


def read(
    data: bytes, stamp: dict[str, Any], memory: Memory, look: Look
) -> Event | None:
    """The event that a record describes. None for an unknown kind.

    `look` reads the texts to which a record only points.
    """
    reader = _READERS.get(_KIND.unpack_from(data)[0])
    return reader.read(data, stamp, memory, look) if reader else None


@dataclass(frozen=True, slots=True)
class _Column:
    """One field: where it is in the unpacked record, and how it is made from that."""

    name: str
    at: int | slice
    make: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one kind of record.

    `boots` are the fields with the number of the boot, and `far_texts` those to which
    the record only points. `learn` returns more fields of
    the event. It may need those that are `for_the_lab` alone.
    """

    kind: Callable[..., Event]
    layout: struct.Struct
    columns: tuple[_Column, ...]
    boots: tuple[str, ...]
    for_the_lab: tuple[str, ...]
    far_texts: tuple[str, ...]
    learn: Callable[[Said, Memory], Said] | None

    def read(
        self,
        data: bytes,
        stamp: Mapping[str, Any],
        memory: Memory,
        look: Look,
    ) -> Event:
        """The event, and what the lab learns from it."""
        found = self.layout.unpack_from(data)
        said: Said = {it.name: it.make(found[it.at]) for it in self.columns}
        more = self.learn(said, memory) if self.learn else {}
        for name in self.for_the_lab:
            del said[name]
        for name in self.far_texts:
            said[name] = _far_text(said[name], look)
        for name in self.boots:
            said[name] = memory.boot
        return self.kind(**stamp, **said, **more)


def _boot(_: Said, memory: Memory) -> Said:
    memory.boot += 1
    return {}


def _module_loaded(said: Said, memory: Memory) -> Said:
    memory.modules.add_driver(said["name"], said["base"], said["size"])
    return {}


def _process_started(said: Said, memory: Memory) -> Said:
    memory.modules.add_program(said["name"], said["cr3"], said["process_id"])
    return {}


_NO_FAULT: Final = {
    "ring": 0,
    "vector": None,
    "error_code": None,
    "address": None,
    "rip": None,
    "module": "kernel",
    "offset": None,
    "instruction": None,
    "bytes": None,
}
_FAULT_FIELDS: Final = tuple(
    name
    for name in events.Faulted.__struct_fields__
    if name not in {"world", "t", "instructions"}
)


def _take_fault(said: Said, memory: Memory) -> Said | None:
    """The fault that the kernel means, by its vector, RIP and process.

    Afterwards it belongs to no other report. None if there was no such fault. The
    process only decides between faults at the same instruction, because a driver may
    have switched to other page tables before it faulted.
    """
    told = (said["vector"], said["rip"])
    found = [it for it in reversed(memory.faults) if (it.vector, it.rip) == told]
    if not found:
        return None
    own = (it for it in found if memory.was_in(said["process_id"], it))
    fault = next(own, found[0])
    memory.faults.remove(fault)
    return {name: getattr(fault, name) for name in _FAULT_FIELDS}


def _death(said: Said, memory: Memory) -> Said:
    fault = _take_fault(said, memory)
    return fault or _NO_FAULT | {  # a software interrupt is no fault
        "ring": 3,
        "vector": said["vector"],
        "error_code": said["error_code"],
        "address": Hex(said["address"]),
        "rip": Hex(said["rip"]),
        "module": said["name"],
    }


def _bugcheck(said: Said, memory: Memory) -> Said:
    fields = _take_fault(said, memory) or _NO_FAULT
    if fields["module"] != said["module"]:  # the kernel names whoever called, or jumped
        fields = fields | {"module": said["module"], "offset": None}
    return fields | {"name": stop_words.name_of(said["code"])}


_LEARN: Final[Mapping[str, Callable[[Said, Memory], Said]]] = {
    "boot": _boot,
    "module_loaded": _module_loaded,
    "process_started": _process_started,
    "death": _death,
    "bugcheck": _bugcheck,
    "oops": _bugcheck,
}


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1")


def _far_text(address: int, look: Look) -> str:
    return _text(look(address, RECORD_FAR_TEXT) or b"")


def _maker(field: Field) -> Callable[[Any], Any]:
    """What makes the value of a field from what the record has for it."""
    if field.place in {"name", "text"}:
        return _text
    names = field.names
    if names is not None:
        return lambda value: names.get(value, str(value))
    one = Hex if field.type == HEX else int
    return (lambda values: tuple(map(one, values))) if field.count else one


def _columns(kind: EventKind) -> tuple[_Column, ...]:
    """The fields that are in a record, in its order: process, values, name, text."""
    places: dict[str, int | slice] = {}
    at = 1
    for field in kind.values:
        places[field.name] = slice(at, at + field.count) if field.count else at
        at += field.count or 1
    members = {"process_id": 0, "name": at, "text": at + 1}
    places |= {it.name: members[it.place] for it in kind.fields if it.place in members}
    found = (it for it in kind.fields if it.name in places)
    return tuple(_Column(it.name, places[it.name], _maker(it)) for it in found)


def _reader(kind: EventKind) -> _Reader:
    values = kind.layout
    rest = _VALUES_SIZE - values.size
    return _Reader(
        kind=events.KINDS[kind.class_name],
        layout=struct.Struct(
            f"<{RECORD.offset('process_id')}xI{values.format[1:]}{rest}x"
            f"{NAME_SIZE}s{PATH_SIZE}s"
        ),
        columns=_columns(kind),
        boots=tuple(it.name for it in kind.fields if it.place == BOOTS),
        for_the_lab=tuple(it.name for it in kind.fields if not it.type),
        far_texts=tuple(it.name for it in kind.fields if it.is_far_text),
        learn=_LEARN.get(kind.name),
    )


_READERS: Final = {kind.number: _reader(kind) for kind in RECORDS}
