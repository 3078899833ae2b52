"""Which field each byte of a file belongs to: the legend of a hex view.

This works for every file, however broken it is. Known fields are named. Other bytes are
called "padding" if they are zero, and "unread" if they are not. So a student can look
at a file that the sensor refuses, and see where the mistake is.

Invariant: the spans of a file are in order, do not overlap, and cover every byte.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from minios.abi import content
from minios.abi.enumerations import ACTION
from minios.abi.enumerations import CRITERION as CRITERION_KINDS
from minios.content.layout import CRITERION, HEADER, INSTANCE, Layout
from minios.content.model import CriterionKind, spoken

_TEXTUAL = {CriterionKind.EQUALS.number, CriterionKind.PATTERN.number}


class FilePart(enum.Enum):
    """The kind of field to which a span belongs. A hex view gives each a colour."""

    HEADER = "header"
    INSTANCE = "instance"
    CRITERION = "criterion"
    TEXT = "text"
    PADDING = "padding"
    UNREAD = "unread"


class FieldSpan(msgspec.Struct, frozen=True):
    """The bytes from `start` up to, but not including, `end`.

    `field` is a path like `header.size` or `instance.2.correlation.text`, with
    instances counted from 1. `value` is the value of the field, in words.
    """

    start: int
    end: int
    part: FilePart
    field: str
    value: str


def name_bytes(data: bytes) -> tuple[FieldSpan, ...]:
    """The spans of a file."""
    spans: list[FieldSpan] = []
    claims = [*_structures(data), *_texts(data)]
    # Structures come before the texts in this list, and the sort keeps that order: a
    # text that a hostile offset lays over a structure does not hide the structure.
    covered = bytearray(len(data))
    for claim in claims:
        if not any(covered[claim.start : claim.end]):
            covered[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
            spans.append(claim)
    spans.extend(_gaps(data, covered))
    return tuple(sorted(spans, key=lambda span: span.start))


def _structures(data: bytes) -> Iterator[FieldSpan]:
    if len(data) < HEADER.size:
        return
    yield from _fields(data, HEADER, 0, FilePart.HEADER, "header")
    for number, position in enumerate(_positions(data), 1):
        place = f"instance.{number}"
        yield from _fields(data, INSTANCE, position, FilePart.INSTANCE, place)
        for name, offset in _criteria(data, position):
            path = f"{place}.{name}"
            yield from _fields(data, CRITERION, offset, FilePart.CRITERION, path)


def _texts(data: bytes) -> Iterator[FieldSpan]:
    for number, position in enumerate(_positions(data), 1):
        for name, offset in _criteria(data, position):
            fields = CRITERION.unpack(data, offset)
            start = position + fields["offset"]
            end = start + fields["length"] + 1
            if fields["kind"] in _TEXTUAL and end <= len(data):
                text = spoken(data[start : end - 1].decode("latin-1"))
                yield FieldSpan(
                    start, end, FilePart.TEXT, f"instance.{number}.{name}.text", text
                )


def _positions(data: bytes) -> Iterator[int]:
    """The offsets at which instances begin, as far as their sizes can be followed."""
    if len(data) < HEADER.size:
        return
    position = HEADER.size
    count = min(HEADER.unpack(data, 0)["instances"], content.MAXIMUM_INSTANCES)
    for _ in range(count):
        if len(data) - position < INSTANCE.size:
            return
        yield position
        size = INSTANCE.unpack(data, position)["size"]
        if size < INSTANCE.size:
            return
        position += size


def _criteria(data: bytes, position: int) -> Iterator[tuple[str, int]]:
    """Name and offset of each criterion of an instance, as far as the file goes."""
    header = INSTANCE.unpack(data, position)
    template = content.BY_NUMBER.get(header["type"])
    names = template.fields if template else ()
    end = min(len(data), position + header["size"])
    for index in range(header["fields"]):
        offset = position + INSTANCE.size + CRITERION.size * index
        if offset + CRITERION.size > end:
            return
        name = names[index] if index < len(names) else f"field_{index + 1}"
        yield name, offset


def _fields(
    data: bytes, layout: Layout, position: int, part: FilePart, path: str
) -> Iterator[FieldSpan]:
    values = layout.unpack(data, position)
    for name, offset, size in layout.places():
        start = position + offset
        value = _spoken_value(name, values[name])
        yield FieldSpan(start, start + size, part, f"{path}.{name}", value)


def _spoken_value(name: str, value: int) -> str:
    if name == "magic":
        return spoken(value.to_bytes(4, "little").decode("latin-1"))
    if name == "kind":
        return CRITERION_KINDS.name(value)
    if name == "action":
        return ACTION.name(value)
    if name == "type" and value in content.BY_NUMBER:
        return content.BY_NUMBER[value].name
    return f"{value:#x}" if name in {"crc", "detection"} else str(value)


def _gaps(data: bytes, covered: bytearray) -> Iterator[FieldSpan]:
    start = covered.find(0)
    while start >= 0:
        end = covered.find(1, start)
        end = len(data) if end < 0 else end
        blank = not any(data[start:end])
        part = FilePart.PADDING if blank else FilePart.UNREAD
        words = "zeros" if blank else "belongs to no field"
        yield FieldSpan(start, end, part, part.value, f"{end - start} bytes, {words}")
        start = covered.find(0, end)
