"""What the engine leaves to the machine, and how a run ends.

This is the border between the adapter and the rest: `engine.py` calls `Handlers`, and a
run ends with an `Exit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Handlers(Protocol):
    """What the machine does when the engine leaves something to it."""

    def on_exception(self, vector: int) -> None:
        """An exception or `int n`. RIP is as the manual says for its class."""

    def on_invalid_opcode(self) -> None:
        """An invalid opcode (#UD)."""

    def code(self) -> bytes:
        """Up to 15 bytes from RIP, read through the page tables."""

    def code_place(self, address: int) -> int | None:
        """The physical address of code. None if nothing is mapped there."""

    def at_short_door(self) -> bool:
        """Whether `syscall` or `sysenter` at RIP is known to be 2 bytes long."""

    def on_syscall(self, length: int) -> bool:
        """A `syscall` of this length. RIP is at it, and must be left at the target.

        Returns False if the instruction was refused.
        """

    def on_sysenter(self, length: int) -> bool:
        """A `sysenter`, handled like a `syscall`."""

    def on_in(self, port: int, size: int) -> int:
        """`in` and `ins`: returns the value of 1, 2 or 4 bytes."""

    def on_out(self, port: int, size: int, value: int) -> None:
        """`out` and `outs`: takes the value of 1, 2 or 4 bytes."""

    def on_timestamp(self) -> int:
        """The value that RDTSC reads."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Why a run ended.

    Attributes:
        executed: the exact number of instructions.
        halted: whether the last instruction was `hlt`.
        error: 0, or the engine's code for an access to memory that does not exist.
    """

    executed: int
    halted: bool
    error: int
