"""A finding as one JSON object: `minios inspect --json`.

Numbers that a person reads in hexadecimal are strings like "0x50", as in all JSON of
minios. Unknown values are null or an empty list. `missing` lists the lost parts.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from minios.abi import vectors
from minios.abi.enumerations import taint_letters
from minios.dump.parts import StopPart
from minios.dump.post_mortem import PostMortem
from minios.dump.sealed import Missing
from minios.image.symbols import Location
from minios.lab import stop_words
from minios.lab.events import Hex, describe_hex, encode_hex
from minios.machine.paging import Walk
from minios.visible import visible_json


class _Base(msgspec.Struct, frozen=True, kw_only=True):
    pass


class MissingRecord(_Base, frozen=True, kw_only=True):
    """A part of the dump that cannot be shown."""

    part: str
    why: str


class ParameterRecord(_Base, frozen=True, kw_only=True):
    """A parameter of the stop code. `words` is "" if the value needs no explanation."""

    value: Hex
    meaning: str
    words: str


class StopRecord(_Base, frozen=True, kw_only=True):
    """Why the kernel stopped. `ticks` counts the timer since the start.

    `panic` is the reason in the words of Linux, "" if the kernel did not stop in its
    way. `oops` is the number of the oops that led there, 0 without one. `taint` is the
    taint word of the kernel, and `taint_letters` the same in letters ("G D O").
    """

    code: Hex
    name: str
    parameters: list[ParameterRecord]
    irql: int
    ticks: int
    panic: str
    oops: int
    taint: Hex
    taint_letters: str


class ThreadRecord(_Base, frozen=True, kw_only=True):
    """The process and thread that were running. Process 0 is System."""

    process: str
    process_id: int
    parent_id: int
    thread_id: int
    in_syscall: bool


class BlamedRecord(_Base, frozen=True, kw_only=True):
    """The module at fault, why it is blamed, and the place in its source.

    `function` and `source` are "" if no line is known.
    """

    module: str
    offset: Hex
    function: str
    source: str
    why: str


class FaultRecord(_Base, frozen=True, kw_only=True):
    """The exception that led to the stop.

    `address` is null if no address was at fault.
    """

    vector: int
    mnemonic: str
    error_code: int | None
    address: Hex | None
    ring: int
    rip: Hex
    rule: str


class FrameRecord(_Base, frozen=True, kw_only=True):
    """A function on the stack.

    If not `certain`, it only looks like a return address.
    """

    address: Hex
    module: str
    offset: Hex
    function: str
    function_offset: Hex
    source: str
    certain: bool
    note: str


class CodeRecord(_Base, frozen=True, kw_only=True):
    """One instruction near the fault."""

    address: Hex
    bytes: str
    text: str
    function: str
    source: str
    is_fault: bool


class LevelRecord(_Base, frozen=True, kw_only=True):
    """A page-table entry on the way to the bad address.

    `refused`: it forbids the access.
    """

    name: str
    entry_address: Hex
    entry: Hex
    rights: str
    refused: bool


class WalkRecord(_Base, frozen=True, kw_only=True):
    """What the page tables said about the bad address."""

    address: Hex
    levels: list[LevelRecord]
    rule: str


class SlotRecord(_Base, frozen=True, kw_only=True):
    """An element of the array from which the bad pointer came."""

    index: int
    address: Hex
    value: Hex
    words: str


class OriginRecord(_Base, frozen=True, kw_only=True):
    """Where the bad pointer came from. `index` is the element that was loaded."""

    register: str
    instruction: str
    array: Hex
    index: int
    slots: list[SlotRecord]


class ModuleRecord(_Base, frozen=True, kw_only=True):
    """A module of ring 0."""

    name: str
    base: Hex
    size: int
    unloaded: bool


class DumpRecord(_Base, frozen=True, kw_only=True):
    """A whole dump."""

    source: str
    complete: bool
    missing: list[MissingRecord]
    notes: list[str]
    taken_over_as: str
    stop: StopRecord | None
    thread: ThreadRecord | None
    blamed: BlamedRecord | None
    fault: FaultRecord | None
    registers: dict[str, Hex]
    stack: list[FrameRecord]
    code: list[CodeRecord]
    walk: WalkRecord | None
    origin: OriginRecord | None
    modules: list[ModuleRecord]


def record(source: str, finding: PostMortem, notes: tuple[str, ...] = ()) -> DumpRecord:
    """The record of a finding, for the dump with this name, with additional notes."""
    dump = finding.dump
    stop = dump.stop
    number = dump.taken_over
    return DumpRecord(
        source=source,
        complete=not dump.missing,
        missing=[_missing(it) for it in dump.missing],
        notes=[*notes, *finding.notes],
        taken_over_as=f"MINI{number:04}.DMP" if number else "",
        stop=_stop(stop) if stop else None,
        thread=_thread(stop) if stop else None,
        blamed=_blamed(finding),
        fault=_fault(finding),
        registers={k: Hex(v) for k, v in stop.registers.items()} if stop else {},
        stack=_frames(finding),
        code=_code(finding),
        walk=_walk(finding.walk) if finding.walk else None,
        origin=_origin(finding),
        modules=[
            ModuleRecord(
                name=it.name, base=Hex(it.base), size=it.size, unloaded=it.unloaded
            )
            for it in dump.modules
        ],
    )


def _missing(it: Missing) -> MissingRecord:
    return MissingRecord(part=it.part, why=it.why)


def _stop(stop: StopPart) -> StopRecord:
    parameters = stop_words.parameters(stop.code, stop.parameters)
    return StopRecord(
        code=Hex(stop.code),
        name=stop_words.name_of(stop.code),
        parameters=[
            ParameterRecord(value=Hex(it.value), meaning=it.meaning, words=it.words)
            for it in parameters
        ],
        irql=stop.irql,
        ticks=stop.ticks,
        panic=stop.panic,
        oops=stop.oops,
        taint=Hex(stop.taint),
        taint_letters=taint_letters(stop.taint),
    )


def _thread(stop: StopPart) -> ThreadRecord:
    return ThreadRecord(
        process=stop.process,
        process_id=stop.process_id,
        parent_id=stop.parent_id,
        thread_id=stop.thread_id,
        in_syscall=stop.in_syscall,
    )


def _blamed(finding: PostMortem) -> BlamedRecord | None:
    it = finding.blamed
    if it is None:
        return None
    return BlamedRecord(
        module=it.module,
        offset=Hex(it.offset),
        function=it.location.function if it.location else "",
        source=_source(it.location),
        why=it.why,
    )


def _fault(finding: PostMortem) -> FaultRecord | None:
    if finding.picture is None:
        return None
    it = finding.picture.fault
    return FaultRecord(
        vector=it.vector,
        mnemonic=vectors.mnemonic(it.vector),
        error_code=it.error_code,
        address=None if it.address is None else Hex(it.address),
        ring=it.ring,
        rip=Hex(it.rip),
        rule=str(it.rule),
    )


def _source(location: Location | None) -> str:
    return f"{location.file}:{location.line}" if location and location.file else ""


def _frames(finding: PostMortem) -> list[FrameRecord]:
    return [
        FrameRecord(
            address=Hex(it.address),
            module=it.module,
            offset=Hex(it.offset),
            function=it.location.function if it.location else "",
            function_offset=Hex(it.location.offset if it.location else 0),
            source=_source(it.location),
            certain=it.is_certain,
            note=it.note,
        )
        for it in finding.frames
    ]


def _code(finding: PostMortem) -> list[CodeRecord]:
    return [
        CodeRecord(
            address=Hex(it.instruction.address),
            bytes=it.instruction.raw.hex(),
            text=it.instruction.text,
            function=it.location.function if it.location else "",
            source=_source(it.location),
            is_fault=it.is_fault,
        )
        for it in finding.code
    ]


def _walk(walk: Walk) -> WalkRecord:
    return WalkRecord(
        address=Hex(walk.address),
        levels=[
            LevelRecord(
                name=it.name,
                entry_address=Hex(it.entry_address),
                entry=Hex(it.entry),
                rights=it.rights,
                refused=it == walk.refusing,
            )
            for it in walk.levels
        ],
        rule=str(walk.refusal.rule) if walk.refusal else "",
    )


def _origin(finding: PostMortem) -> OriginRecord | None:
    it = finding.picture.origin if finding.picture else None
    if it is None:
        return None
    return OriginRecord(
        register=it.register,
        instruction=it.instruction.text,
        array=Hex(it.array),
        index=it.index,
        slots=[
            SlotRecord(
                index=slot.index,
                address=Hex(slot.address),
                value=Hex(slot.value),
                words=slot.words,
            )
            for slot in it.slots
        ],
    )


_ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_hex)


def to_json(it: DumpRecord | list[DumpRecord]) -> str:
    """JSON on one line; the same dump gives the same text."""
    return visible_json(_ENCODER.encode(it).decode())


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a dump."""
    return msgspec.json.schema(DumpRecord, schema_hook=describe_hex)
