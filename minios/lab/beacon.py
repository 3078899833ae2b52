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
from minios.abi.structures import NAME_SIZE, PATH_SIZE, RECORD, RECORD_VALUES
from minios.lab import events, stop_words
from minios.lab.events import Event, Faulted, Hex
from minios.lab.memory import Memory

Said: TypeAlias = dict[str, Any]
"""Values of fields, by their names."""

_KIND: Final = struct.Struct("<I")
_VALUES_SIZE: Final = 8 * RECORD_VALUES


def read(data: bytes, stamp: dict[str, Any], memory: Memory) -> Event | None:
    """The event that a record describes. None for an unknown kind."""
    reader = _READERS.get(_KIND.unpack_from(data)[0])
    return reader.read(data, stamp, memory) if reader else None


@dataclass(frozen=True, slots=True)
class _Column:
    """One field: where it is in the unpacked record, and how it is made from that."""

    name: str
    at: int | slice
    make: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one kind of record.

    `boots` are the fields with the number of the boot. `learn` returns more fields of
    the event. It may need those that are `for_the_lab` alone.
    """

    kind: Callable[..., Event]
    layout: struct.Struct
    columns: tuple[_Column, ...]
    boots: tuple[str, ...]
    for_the_lab: tuple[str, ...]
    learn: Callable[[Said, Memory], Said] | None

    def read(self, data: bytes, stamp: Mapping[str, Any], memory: Memory) -> Event:
        """The event, and what the lab learns from it."""
        found = self.layout.unpack_from(data)
        said: Said = {it.name: it.make(found[it.at]) for it in self.columns}
        more = self.learn(said, memory) if self.learn else {}
        for name in self.for_the_lab:
            del said[name]
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
    memory.modules.add_program(said["name"], said["cr3"])
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


def _fields_of(fault: Faulted) -> Said:
    return {name: getattr(fault, name) for name in _FAULT_FIELDS}


def _take_fault(memory: Memory, belongs: Callable[[Faulted], bool]) -> Said | None:
    """The latest fault that belongs to a report. Afterwards it belongs to no other."""
    for fault in reversed(memory.faults):
        if belongs(fault):
            memory.faults.remove(fault)
            return _fields_of(fault)
    return None


def _death(said: Said, memory: Memory) -> Said:
    told = {it: said[it] for it in ("vector", "error_code", "address", "rip")}
    fields = _take_fault(
        memory,
        lambda fault: all((getattr(fault, it) or 0) == told[it] for it in told),
    )
    if fields is None:  # a software interrupt is no fault
        fields = _NO_FAULT | told | {"ring": 3, "module": said["name"]}
        fields |= {"address": Hex(told["address"]), "rip": Hex(told["rip"])}
    return fields


def _bugcheck(said: Said, memory: Memory) -> Said:
    fields = _take_fault(memory, lambda fault: fault.ring == 0) or _NO_FAULT
    if fields["module"] != said["module"]:  # the kernel names whoever called, or jumped
        fields = fields | {"module": said["module"], "offset": None}
    return fields | {"name": stop_words.name_of(said["code"])}


_LEARN: Final[Mapping[str, Callable[[Said, Memory], Said]]] = {
    "boot": _boot,
    "module_loaded": _module_loaded,
    "process_started": _process_started,
    "death": _death,
    "bugcheck": _bugcheck,
}


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1")


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
    """The fields of a record in its order: the values, `name`, `text`."""
    places: dict[str, int | slice] = {}
    at = 0
    for field in kind.values:
        places[field.name] = slice(at, at + field.count) if field.count else at
        at += field.count or 1
    texts = {"name": at, "text": at + 1}
    return tuple(
        _Column(it.name, places.get(it.name, texts.get(it.place, 0)), _maker(it))
        for it in kind.fields
        if it.is_value or it.place in texts
    )


def _reader(kind: EventKind) -> _Reader:
    values = kind.layout
    rest = _VALUES_SIZE - values.size
    return _Reader(
        kind=events.KINDS[kind.class_name],
        layout=struct.Struct(
            f"<{RECORD.offset('values')}x{values.format[1:]}{rest}x"
            f"{NAME_SIZE}s{PATH_SIZE}s"
        ),
        columns=_columns(kind),
        boots=tuple(it.name for it in kind.fields if it.place == BOOTS),
        for_the_lab=tuple(it.name for it in kind.fields if not it.type),
        learn=_LEARN.get(kind.name),
    )


_READERS: Final = {kind.number: _reader(kind) for kind in RECORDS}
