"""Who called whom on a stack, by frame pointers, up to the entry from ring 3.

    RBP -> | RBP of the caller | return address | ...

Everything in the guest is built with frame pointers. If the chain leaves the stack or
leads back to itself, it ends. Nothing is guessed (the stack trace of a dump does guess,
and marks its guesses).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.image.c_types import Type
from minios.lab.guest_values import Reader, at
from minios.lab.lab import Lab

_MOST: Final = 24
_WORD: Final = 8
_DOORS: Final = frozenset({"trap_common", "trap_return", "syscall_entry"})


@dataclass(frozen=True, slots=True)
class Call:
    """A function that has not returned yet, and the address at which it will go on."""

    ring: int
    address: int
    words: str  # module function+offset

    def __str__(self) -> str:
        return f"r{self.ring} {self.words}"


class StackReader:
    """Reads the stacks of one machine.

    `trapframe` is the structure at the entry to ring 0.
    """

    def __init__(self, lab: Lab, reader: Reader, trapframe: Type) -> None:
        self._lab = lab
        self._reader = reader
        self._trapframe = trapframe

    def calls(self, rip: int, rbp: int, cr3: int, *, ring: int = 0) -> tuple[Call, ...]:
        """The calls, with the innermost function first."""
        found = [Call(ring, rip, self._words(rip, cr3))]
        while rbp and len(found) < _MOST:
            caller, back = self._word(rbp), self._word(rbp + _WORD)
            if caller is None or back is None or not back:
                break
            found.append(Call(ring, back, self._words(back - 1, cr3, back)))
            if ring == 0 and self._is_door(back - 1, cr3):
                found += self._behind_door(rbp + 2 * _WORD, cr3)
                break
            if caller <= rbp:
                break
            rbp = caller
        return tuple(found)

    def _behind_door(self, address: int, cr3: int) -> list[Call]:
        """The code that was interrupted or made a system call: the end of a stack."""
        frame = at(self._reader, address, self._trapframe)
        if not frame.is_there:
            return []
        ring, rip = frame["cs"].number & 3, frame["rip"].number
        return [Call(ring, rip, self._words(rip, cr3))]

    def _word(self, address: int) -> int | None:
        data = self._reader(address & (1 << 64) - 1, _WORD)
        return None if data is None else int.from_bytes(data, "little")

    def _is_door(self, address: int, cr3: int) -> bool:
        module = self._lab.module_at(address, cr3=cr3)
        location = module.locate(address) if module else None
        return location is not None and location.function in _DOORS

    def _words(self, address: int, cr3: int, back: int | None = None) -> str:
        """The words for a call. `address` lies inside of it, and `back` is shown."""
        module = self._lab.module_at(address, cr3=cr3)
        location = module.locate(address) if module else None
        if module is None or location is None:
            return f"{address if back is None else back:#x}"
        offset = location.offset + (0 if back is None else back - address)
        return f"{module.name} {location.function}+{offset:#x}"
