"""What the engine hands to the machine, and what it gives back.

The border between the adapter and the rest: `engine.py` calls `Handlers`, and a run
ends with an `Exit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Handlers(Protocol):
    """What the machine does when the engine meets something it leaves to us."""

    def on_exception(self, vector: int) -> None:
        """An exception or `int n`; RIP as the manual says for its class."""

    def on_invalid_opcode(self) -> None:
        """#UD."""

    def code(self) -> bytes:
        """Up to 15 bytes from RIP on, as the page tables say."""

    def code_place(self, address: int) -> int | None:
        """The physical address of code; None where nothing is mapped."""

    def at_short_door(self) -> bool:
        """Whether `syscall` or `sysenter` at RIP is known to be 2 bytes long."""

    def on_syscall(self, length: int) -> bool:
        """`syscall` of so many bytes; RIP is at it and must be left at the target.

        Returns whether it was done: False if it was refused.
        """

    def on_sysenter(self, length: int) -> bool:
        """`sysenter`, likewise."""

    def on_in(self, port: int, size: int) -> int:
        """`in` and `ins`: the value of 1, 2 or 4 bytes."""

    def on_out(self, port: int, size: int, value: int) -> None:
        """`out` and `outs`."""

    def on_timestamp(self) -> int:
        """What RDTSC reads."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Why a run came back.

    Attributes:
        executed: instructions, exactly.
        halted: the last one was `hlt`.
        error: 0, or the engine's own code: it met memory that is not there.
    """

    executed: int
    halted: bool
    error: int
