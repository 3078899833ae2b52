"""The structures of the format as tables of fields: their names, offsets and sizes.

`minios/abi/content.py` draws the structures. Here they can be packed and unpacked, and
asked which field is at an offset.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from minios.abi import content


class Layout:
    """A structure of unsigned little-endian numbers without padding."""

    def __init__(self, size: int, *fields: tuple[str, str]) -> None:
        """`fields` are pairs of a name and a letter of the `struct` module."""
        self.names = tuple(name for name, _ in fields)
        self._struct = struct.Struct("<" + "".join(code for _, code in fields))
        self._sizes = tuple(struct.calcsize("<" + code) for _, code in fields)
        self.size = size
        assert self._struct.size == size, (self._struct.size, size)

    def unpack(self, data: bytes, offset: int) -> dict[str, int]:
        """The fields of the structure at an offset, which must lie in the data."""
        values = self._struct.unpack_from(data, offset)
        return dict(zip(self.names, values, strict=True))

    def pack(self, **values: int) -> bytes:
        """The bytes of the structure. A field without a value is zero."""
        assert values.keys() <= set(self.names), values.keys()
        return self._struct.pack(*(values.get(name, 0) for name in self.names))

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Name, offset and size of each field."""
        offset = 0
        for name, size in zip(self.names, self._sizes, strict=True):
            yield name, offset, size
            offset += size


MAGIC_NUMBER: Final = int.from_bytes(content.MAGIC, "little")

HEADER: Final = Layout(
    content.HEADER_SIZE,
    ("magic", "I"),
    ("format", "H"),
    ("channel", "H"),
    ("version", "I"),
    ("instances", "I"),
    ("size", "I"),
    ("crc", "I"),
    ("reserved", "Q"),
)

INSTANCE: Final = Layout(
    content.INSTANCE_HEADER_SIZE,
    ("size", "I"),
    ("type", "H"),
    ("fields", "H"),
    ("detection", "Q"),
    ("action", "I"),
    ("reserved", "I"),
)

CRITERION: Final = Layout(
    content.CRITERION_SIZE,
    ("kind", "B"),
    ("reserved", "B"),
    ("length", "H"),
    ("offset", "I"),
)

INSTANCE_ALIGNMENT: Final = 8
