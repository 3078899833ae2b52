"""Hostile system calls, and which of them must never succeed.

A pointer is a claim. Which memory a call claims stands in the types of its arguments;
if ring 3 may not read it, or may not write what the kernel is to write, the call must
not succeed. It may fail for another reason first.

The rule: a pointer claims one of what it points to, such as a whole structure. With a
`size_t` behind it, it claims that many, so nothing at all if that is 0. Of a text only
the first byte is claimed: it may end before the room for it does.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from minios.abi import bpf, memory_map
from minios.abi.enumerations import POWER
from minios.abi.structures import SIZES, STRUCTURES
from minios.abi.syscalls import RIGHTS, SYSCALLS
from minios.machine.paging import USER, WRITE

_PAGE: Final = memory_map.PAGE_SIZE
_WORDS: Final = struct.Struct("<7Q")
_WORD: Final = (1 << 64) - 1
_ERRORS: Final = 4096
_SIZES: Final = {
    **SIZES,
    "void": 1,
    **{it.name: it.size for it in (*STRUCTURES, *bpf.STRUCTURES)},
}
_OR_NULL: Final = {"boot_choose"}  # without words of its own
_RIGHT: Final = {name: bit for name, bit, _ in RIGHTS}


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: RAX, then RDI, RSI, RDX, R10, R8, R9."""

    number: int
    arguments: tuple[int, ...]

    def pack(self) -> bytes:
        """As the guest's program reads it, with room for the result."""
        return _WORDS.pack(self.number, *self.arguments) + bytes(8)

    def __str__(self) -> str:
        if self.number >= len(SYSCALLS):
            return f"call {self.number:#x}"
        row = SYSCALLS[self.number]
        words = ", ".join(
            f"{value:#x}"
            for value, _ in zip(self.arguments, row.arguments, strict=False)
        )
        return f"{row.name}({words})"


def has_succeeded(result: int) -> bool:
    """Whether RAX is no negated error."""
    return result <= _WORD - _ERRORS


# ---- Which memory a call claims.


@dataclass(frozen=True, slots=True)
class _Claim:
    """The argument with the pointer, what happens there, and how many bytes at least.

    `count_at` is the argument that says how many of `size` bytes, None for one.
    """

    at: int
    writes: bool
    size: int
    count_at: int | None
    is_text: bool

    def bytes_of(self, arguments: Sequence[int]) -> int:
        count = 1 if self.count_at is None else arguments[self.count_at]
        return self.size * (min(count, 1) if self.is_text else count)


def _claims_of(arguments: Sequence[str]) -> Iterator[_Claim]:
    for at, (argument, behind) in enumerate(pairwise((*arguments, ""))):
        found = re.fullmatch(r"(const )?(?:struct )?(\w+) \*\w+", argument)
        if found:
            count_at = at + 1 if behind.startswith("size_t ") else None
            yield _Claim(
                at, not found[1], _SIZES[found[2]], count_at, found[2] == "char"
            )


_CLAIMS: Final = tuple(tuple(_claims_of(row.arguments)) for row in SYSCALLS)


class UserMemory:
    """The pages that ring 3 may use in one process, with their rights."""

    def __init__(self, pages: Mapping[int, int]) -> None:
        """From each page's address to the rights that count, as in a page table."""
        self._pages: Final = {at: bits for at, bits in pages.items() if bits & USER}

    @property
    def edges(self) -> tuple[int, ...]:
        """Addresses at which a page ends and what follows may not be written."""
        return tuple(
            at + _PAGE
            for at in self._pages
            if not self._pages.get(at + _PAGE, 0) & WRITE
        )

    def allows(self, address: int, size: int, *, writes: bool) -> bool:
        """Whether ring 3 could do that itself."""
        needed = USER | (WRITE if writes else 0)
        end = address + size
        if size > memory_map.RAM_BYTES:
            return False
        return all(
            self._pages.get(page, 0) & needed == needed
            for page in range(address // _PAGE * _PAGE, end, _PAGE)
        )


def wrong_claim(call: Call, memory: UserMemory) -> str:
    """What the call asks of memory that it may not have; nothing if all is right."""
    if call.number >= len(SYSCALLS):
        return ""
    for claim in _CLAIMS[call.number]:
        address = call.arguments[claim.at]
        size = claim.bytes_of(call.arguments)
        if not address and SYSCALLS[call.number].name in _OR_NULL:
            continue
        if size and not memory.allows(address, size, writes=claim.writes):
            what = "written" if claim.writes else "read"
            bytes_ = "1 byte" if size == 1 else f"{size} bytes"
            return f"{bytes_} at {address:#x} may not be {what}"
    return ""


def is_allowed_to_harm(call: Call, rights: int) -> bool:
    """Whether a right lets this call stop the machine or take a part of it away.

    That is no finding: who holds such a right is trusted with it. Nor is an exit.
    """
    first = call.arguments[0]
    name = SYSCALLS[call.number].name if call.number < len(SYSCALLS) else ""
    needed, harms = {
        "exit": ("ANY", True),
        "power": ("POWER", first in {value for _, value, _ in POWER.rows}),
        "driver_unload": ("LOAD_DRIVER", True),
        "module_unload": ("LOAD_DRIVER", True),
        "kill": ("SPAWN", first & 0xFFFFFFFF == 1),  # the first process is critical
        "signal": ("SPAWN", first & 0xFFFFFFFF == 1),
        "process_write": ("DEBUG", True),  # what it wants, where it wants
    }.get(name, ("ANY", False))
    return harms and rights & _RIGHT[needed] == _RIGHT[needed]
