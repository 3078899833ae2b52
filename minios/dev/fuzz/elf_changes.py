"""Change an ELF image at random: every way returns what it did, and the new bytes.

    bits       flipped bits, anywhere
    header     fields of the ELF header: kind, entry, places and sizes of the tables
    table      fields of sections (driver) or segments (extension): places, sizes,
               rights, alignment, one that is laid over another
    links      relocations and symbols; an extension without them gets flipped bits
    manifest   the note that says which events and rights the plugin asks for
    code       random instructions or bytes among the instructions
    data       addresses or noise among constants and variables
    size       cut, grown, empty, all zeros, or spliced with another image

The image must be whole: it is one that minios has built. What comes out need not be.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from minios.abi.memory_map import DRIVER_REGION, KERNEL_BASE, USER_IMAGE, USER_TOP
from minios.dev.fuzz import instructions

Made: TypeAlias = tuple[str, bytes]
Change: TypeAlias = Callable[[random.Random, bytes], Made]

_SYMBOLS, _RELOCATIONS, NO_BITS = 2, 4, 8  # types of sections
_WRITE, _ALLOCATE, _EXECUTE = 1, 2, 4  # flags of sections
_RELOCATABLE: Final = 1
_OWNER: Final = b"minios\0\0"
_OWNER_OFFSET: Final = 12
_PLACES: Final = (
    *(0, 1, 7, 0x10, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF),
    *(USER_IMAGE, USER_TOP - 0x1000, USER_TOP, 1 << 47, 1 << 63),
    *(0xFFFF_8000_0000_0000, KERNEL_BASE, KERNEL_BASE + 0x10_1000, DRIVER_REGION),
    *(0x4141_4141_4141_4141, (1 << 64) - 0x1000, (1 << 64) - 1),
)


class Field(NamedTuple):
    """A field of a structure: an unsigned little-endian number."""

    name: str
    at: int
    size: int


Layout: TypeAlias = dict[str, Field]


def _layout(text: str) -> Layout:
    """The fields of a structure, one behind the other, from "name:bytes ..."."""
    fields: Layout = {}
    at = 0
    for name, size in (it.split(":") for it in text.split()):
        fields[name] = Field(name, at, int(size))
        at += int(size)
    return fields


# System V ABI, chapters 4 and 5; struct plugin_manifest is ours.
HEADER: Final = _layout(
    "magic:4 class:1 order:1 ident:1 abi:1 padding:8 type:2 machine:2 version:4"
    " entry:8 segments:8 sections:8 flags:4 size:2 segment_size:2 segment_count:2"
    " section_size:2 section_count:2 names:2"
)
SEGMENT: Final = _layout(
    "type:4 flags:4 offset:8 address:8 physical:8 file_size:8 memory_size:8 alignment:8"
)
SECTION: Final = _layout(
    "name:4 type:4 flags:8 address:8 offset:8 size:8 link:4 info:4 alignment:8"
    " entry_size:8"
)
_SYMBOL: Final = _layout("name:4 info:1 other:1 section:2 value:8 size:8")
_RELOCATION: Final = _layout("offset:8 type:4 symbol:4 addend:8")
_MANIFEST: Final = _layout(
    "owner_size:4 value_size:4 type:4 owner:8 rights:4 kinds:4 reserved:4 first_port:2"
    " lines:2 port_count:1 quiesce_port:1 quiesce_value:1 padding:1 events:32"
)


def size_of(layout: Layout) -> int:
    """The bytes of a structure."""
    return sum(field.size for field in layout.values())


def get(data: bytes, base: int, field: Field) -> int:
    """The number in a field of the structure at `base`; beyond the end it is 0."""
    return int.from_bytes(
        data[base + field.at : base + field.at + field.size], "little"
    )


def _put(data: bytes, base: int, field: Field, value: int) -> bytes:
    at = base + field.at
    new = (value % (1 << 8 * field.size)).to_bytes(field.size, "little")
    return data[:at] + new + data[at + field.size :]


def tables(data: bytes, of: str, layout: Layout) -> list[int]:
    """Where the entries of a table begin: of the segments or of the sections."""
    first = get(data, 0, HEADER[of + "s"])
    count = get(data, 0, HEADER[of + "_count"])
    return [first + number * size_of(layout) for number in range(count)]


def _sections(data: bytes) -> list[int]:
    return tables(data, "section", SECTION)


def _is_driver(data: bytes) -> bool:
    return get(data, 0, HEADER["type"]) == _RELOCATABLE


def _value(chance: random.Random, old: int, size: int) -> int:
    """A value for a field that is likely to do harm."""
    near = (old + chance.choice((-1, 1, 8, -8, 0x1000, -0x1000)), old * 2, old // 2)
    wild = (chance.getrandbits(size * 8), old ^ 1 << chance.randrange(size * 8))
    return chance.choice((*near, *wild, *_PLACES, 0, 1, 2, 3, (1 << 8 * size) - 1))


def _set_fields(
    chance: random.Random, data: bytes, bases: Sequence[int], layout: Layout
) -> Made:
    """Set one to three fields in entries of a table."""
    words = []
    for _ in range(chance.randint(1, 3)):
        number = chance.randrange(len(bases))
        field = chance.choice(tuple(layout.values()))
        value = _value(chance, get(data, bases[number], field), field.size)
        data = _put(data, bases[number], field, value)
        words.append(f"{field.name} of {number} is {value % (1 << 8 * field.size):#x}")
    return ", ".join(words), data


def _bits(chance: random.Random, data: bytes) -> Made:
    changed = bytearray(data)
    places = [chance.randrange(len(data) * 8) for _ in range(chance.randint(1, 8))]
    for place in places:
        changed[place // 8] ^= 1 << place % 8
    words = ", ".join(f"{place // 8:#x}.{place % 8}" for place in places)
    return f"bits flipped: {words}", bytes(changed)


def _header(chance: random.Random, data: bytes) -> Made:
    words, changed = _set_fields(chance, data, [0], HEADER)
    return f"header: {words}", changed


def _table(chance: random.Random, data: bytes) -> Made:
    is_driver = _is_driver(data)
    layout = SECTION if is_driver else SEGMENT
    bases = tables(data, "section" if is_driver else "segment", layout)
    if chance.random() < 0.3:  # one is laid over another, or has its rights
        one, other = chance.choice(bases), chance.choice(bases)
        field = layout[chance.choice(("flags", "address", "offset", "type"))]
        return f"two with one {field.name}", _put(
            data, one, field, get(data, other, field)
        )
    if chance.random() < 0.2:
        base = chance.choice(bases)
        flags = chance.choice((_WRITE | _EXECUTE, 7, 0, _EXECUTE | _ALLOCATE))
        return f"flags {flags}", _put(data, base, layout["flags"], flags)
    words, changed = _set_fields(chance, data, bases, layout)
    return f"table: {words}", changed


def _links(chance: random.Random, data: bytes) -> Made:
    kind = chance.choice((_SYMBOLS, _RELOCATIONS))
    layout = _SYMBOL if kind == _SYMBOLS else _RELOCATION
    bases = [
        start
        for section in _sections(data)
        if get(data, section, SECTION["type"]) == kind
        for start in _entries(data, section, layout)
    ]
    if not bases:
        return _bits(chance, data)
    words, changed = _set_fields(chance, data, bases, layout)
    return f"{'symbols' if kind == _SYMBOLS else 'relocations'}: {words}", changed


def _entries(data: bytes, section: int, layout: Layout) -> range:
    start = get(data, section, SECTION["offset"])
    return range(start, start + get(data, section, SECTION["size"]), size_of(layout))


def _manifest(chance: random.Random, data: bytes) -> Made:
    at = data.find(_OWNER)
    if at < _OWNER_OFFSET:
        return _bits(chance, data)
    words, changed = _set_fields(chance, data, [at - _OWNER_OFFSET], _MANIFEST)
    return f"manifest: {words}", changed


def _pieces(data: bytes, wanted: int, mask: int) -> list[tuple[int, int]]:
    """Place and size of the sections or segments in memory with these flags."""
    if _is_driver(data):
        bases, layout, size, shift = _sections(data), SECTION, "size", 0
    else:
        bases = tables(data, "segment", SEGMENT)
        layout, size, shift = SEGMENT, "file_size", 1
    found = []
    for base in bases:
        flags = get(data, base, layout["flags"])
        if shift:  # a segment says: 1 execute, 2 write, and is in memory anyway
            flags = _ALLOCATE | (flags & 1) * _EXECUTE | (flags >> 1 & 1) * _WRITE
        is_there = get(data, base, layout["type"]) != NO_BITS
        if is_there and flags & mask == wanted and get(data, base, layout[size]):
            found.append(
                (get(data, base, layout["offset"]), get(data, base, layout[size]))
            )
    return found


def _code(chance: random.Random, data: bytes) -> Made:
    start, size = chance.choice(_pieces(data, _EXECUTE, _EXECUTE))
    at = start + chance.randrange(size)
    new = b"".join(
        instructions.instruction(chance) for _ in range(chance.randint(1, 4))
    )
    if chance.random() < 0.3:
        new = chance.randbytes(chance.randint(1, 16))
    new = new[: start + size - at]
    return f"code at {at:#x}: {new.hex(' ')}", data[:at] + new + data[at + len(new) :]


def _data(chance: random.Random, data: bytes) -> Made:
    places = _pieces(data, _ALLOCATE, _ALLOCATE | _EXECUTE)
    start, size = chance.choice(places)
    at = start + chance.randrange(size) // 8 * 8
    new = chance.choice(_PLACES).to_bytes(8, "little")
    if chance.random() < 0.5:
        new = chance.randbytes(chance.randint(1, 32))
    new = new[: start + size - at]
    return f"data at {at:#x}: {new.hex(' ')}", data[:at] + new + data[at + len(new) :]


def _size(chance: random.Random, data: bytes) -> Made:
    count = chance.choice((0, 1, 4, 63, 64, 65, chance.randrange(len(data))))
    return chance.choice((
        (f"cut to {count} bytes", data[:count]),
        (f"cut to {len(data) - 1 - count % 64}", data[: -1 - count % 64]),
        (f"{count} bytes appended", data + chance.randbytes(count)),
        ("all zeros", bytes(len(data))),
        (f"the first {count} bytes twice", data[:count] + data),
        ("a file of 200 KiB", data + bytes(200 << 10)),
    ))  # fmt: skip


CHANGES: Final[dict[str, Change]] = {
    "bits": _bits,
    "header": _header,
    "table": _table,
    "links": _links,
    "manifest": _manifest,
    "code": _code,
    "data": _data,
    "size": _size,
}
