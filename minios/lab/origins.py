"""Find where a bad pointer came from: an element of an array, if that can be proved.

It works on any memory: the memory of a machine at a fault, or the pieces in a dump.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from minios.lab import disassembly
from minios.lab.disassembly import Instruction

NOT_MAPPED: Final = "points nowhere: no page is mapped there"

_BEFORE: Final = 2  # array elements shown before the one that was loaded
_AFTER: Final = 1
_LONGEST_TEXT: Final = 64


class MemoryReader(Protocol):
    """Memory by virtual address."""

    def read_virtual(self, address: int, size: int) -> bytes | None:
        """The bytes at an address. None if any of them is missing."""

    def absence(self, address: int) -> str:
        """Why there are no bytes at an address, as "points ..."."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One element of an array of pointers."""

    index: int
    address: int
    value: int
    words: str  # what it points to, when that can be read


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the pointer in a register came from: an element of an array."""

    instruction: Instruction
    register: str
    array: int
    index: int
    slots: tuple[Slot, ...]


def find(
    memory: MemoryReader,
    faulting: Instruction | None,
    before: tuple[Instruction, ...],
    registers: dict[str, int],
) -> Origin | None:
    """The array element from which the bad pointer was loaded, if that can be proved.

    The last instruction that wrote the register must be a load from an indexed array.
    The element must still contain the value that is in the register.
    """
    if faulting is None or faulting.memory is None or not faulting.memory.base:
        return None
    register = faulting.memory.base
    writer = disassembly.last_writer(before, register, faulting.address)
    if writer is None or writer.memory is None or not writer.memory.index:
        return None
    array = registers.get(writer.memory.base, 0) + writer.memory.displacement
    index = registers.get(writer.memory.index, 0)
    slots = tuple(
        _slot(memory, array, number)
        for number in range(max(0, index - _BEFORE), index + _AFTER + 1)
    )
    loaded = next((slot for slot in slots if slot.index == index), None)
    if writer.memory.scale != 8 or loaded is None:
        return None
    if loaded.value != registers[register]:
        return None
    return Origin(writer, register, array, index, slots)


def _slot(memory: MemoryReader, array: int, index: int) -> Slot:
    address = (array + 8 * index) & (1 << 64) - 1
    data = memory.read_virtual(address, 8)
    value = int.from_bytes(data or b"", "little")
    words = "not readable" if data is None else _pointed_at(memory, value)
    return Slot(index, address, value, words)


def _pointed_at(memory: MemoryReader, pointer: int) -> str:
    """The text of a `struct input` (32-bit length, text), or why there is none."""
    head = memory.read_virtual(pointer, 4)
    if head is None:
        return memory.absence(pointer)
    length = int.from_bytes(head, "little")
    text = memory.read_virtual(pointer + 4, min(length, _LONGEST_TEXT))
    if length > _LONGEST_TEXT or text is None or not text.isascii():
        return "points to memory that is not a text"
    return f'"{text.decode("ascii")}"'
