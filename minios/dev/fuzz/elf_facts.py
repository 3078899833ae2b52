"""Why a loader must refuse an image, from the file alone.

Nothing here is taken from the kernel's C code. The rules are those of the System V ABI,
and that a program's pages belong to it, lie in the user half, and are never writable
and executable at once. An image of which nothing is said here may still be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi.memory_map import PAGE_SIZE, USER_TOP
from minios.abi.plugins import Form, Kind
from minios.dev.fuzz.elf_changes import (
    HEADER,
    NO_BITS,
    SECTION,
    SEGMENT,
    get,
    size_of,
    tables,
)

_MAGIC: Final = 0x464C457F
_CLASS_64: Final = 2
_X86_64: Final = 62
_TYPES: Final = {Form.OBJECT: 1, Form.PROGRAM: 2}
_LOAD: Final = 1
_WRITE_AND_EXECUTE: Final = 3


def must_be_refused(data: bytes, kind: Kind) -> str:
    """The first reason, in words; empty if there is none."""
    return next(_reasons(data, kind), "")


def _reasons(data: bytes, kind: Kind) -> Iterator[str]:
    if len(data) < size_of(HEADER):
        yield "it is shorter than a header"
        return
    expected = {
        "magic": _MAGIC,
        "class": _CLASS_64,
        "machine": _X86_64,
        "type": _TYPES[kind.row.form],
    }
    for name, value in expected.items():
        if get(data, 0, HEADER[name]) != value:
            yield f"its {name} is {get(data, 0, HEADER[name]):#x}"
    yield from (_of_sections if kind.row.form is Form.OBJECT else _of_segments)(data)


def _of_sections(data: bytes) -> Iterator[str]:
    places = tables(data, "section", SECTION)
    if places and places[-1] + size_of(SECTION) > len(data):
        yield "its table of sections ends behind the file"
        return
    for place in places:
        end = get(data, place, SECTION["offset"]) + get(data, place, SECTION["size"])
        if get(data, place, SECTION["type"]) != NO_BITS and end > len(data):
            yield "a section ends behind the file"


def _of_segments(data: bytes) -> Iterator[str]:
    if get(data, 0, HEADER["entry"]) >= USER_TOP:
        yield "its entry is outside the user half"
    places = tables(data, "segment", SEGMENT)
    if places and places[-1] + size_of(SEGMENT) > len(data):
        yield "its table of segments ends behind the file"
        return
    taken: set[int] = set()
    for place in places:
        segment = {name: get(data, place, field) for name, field in SEGMENT.items()}
        if segment["type"] != _LOAD or not segment["memory_size"]:
            continue
        first, end = segment["address"], segment["address"] + segment["memory_size"]
        if segment["flags"] & _WRITE_AND_EXECUTE == _WRITE_AND_EXECUTE:
            yield "a segment is writable and executable"
        if segment["offset"] + segment["file_size"] > len(data):
            yield "a segment ends behind the file"
        if segment["file_size"] > segment["memory_size"]:
            yield "a segment has more bytes in the file than in memory"
        if first < PAGE_SIZE or end > USER_TOP:
            yield "a segment lies outside the user half"
            return
        pages = set(
            range(
                first // PAGE_SIZE, min(-(-end // PAGE_SIZE), first // PAGE_SIZE + 4096)
            )
        )
        if pages & taken:
            yield "two segments share a page"
        taken |= pages
