"""C values in a guest's memory: `piece["queue"]["first"].follow()`.

A type says how to read a value (`image/c_types.py`), and a reader gives the bytes.
Nothing here trusts the guest. Memory that is not mapped reads as nothing, a number that
an enumeration does not know stays a number, and a list that leads back to itself ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from minios.image.c_types import Kind, Type

Reader: TypeAlias = Callable[[int, int], bytes | None]
"""The bytes at an address: (address, size). None if any of them is missing."""
_LONGEST_LIST: Final = 256
_TEXT: Final = 48


@dataclass(frozen=True, slots=True)
class Piece:
    """One value. A structure is read at once, with all its members.

    `data` is None if the memory does not exist. Then every number is 0.
    """

    reader: Reader
    address: int
    type: Type
    data: bytes | None

    def __getitem__(self, name: str) -> Piece:
        """A member of a structure."""
        return self._part(self.type.fields[name].offset, self.type.fields[name].type)

    def _part(self, offset: int, kind: Type) -> Piece:
        data = None if self.data is None else self.data[offset : offset + kind.size]
        return Piece(self.reader, self.address + offset, kind, data)

    @property
    def is_there(self) -> bool:
        """Whether the memory could be read."""
        return self.data is not None

    @property
    def number(self) -> int:
        """A number, the address in a pointer, or a truth value; 0 without memory."""
        signed = self.type.kind is Kind.SIGNED
        return int.from_bytes(self.data or b"", "little", signed=signed)

    @property
    def text(self) -> str:
        """An array of characters up to its first null, or the word of an enumerator."""
        if self.type.kind is Kind.ENUM:
            return self.type.names.get(self.number, f"? ({self.number})")
        raw = (self.data or b"")[:_TEXT].partition(b"\0")[0]
        return "".join(chr(c) if 32 <= c < 127 else "·" for c in raw)

    def follow(self) -> Piece | None:
        """The value to which a pointer points.

        None for NULL, or if nothing is mapped.
        """
        if self.number == 0 or self.type.target is None:
            return None
        found = at(self.reader, self.number, self.type.target)
        return found if found.is_there else None

    def items(self) -> Iterator[Piece]:
        """The elements of an array."""
        kind = self.type.target
        assert kind is not None
        for number in range(self.type.count):
            yield self._part(number * kind.size, kind)

    def chain(self, link: str) -> Iterator[Piece]:
        """The target of this pointer, then the target of its `link`, and so on."""
        seen: set[int] = set()
        found = self.follow()
        while found is not None and found.address not in seen:
            seen.add(found.address)
            yield found
            if len(seen) >= _LONGEST_LIST:
                return
            found = found[link].follow()


def at(reader: Reader, address: int, kind: Type) -> Piece:
    """The value of this type at an address."""
    return Piece(reader, address, kind, reader(address, kind.size))
