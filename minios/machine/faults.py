"""A fault as a value: what the CPU refused, where, in which ring, and by which rule.

The interface, the tests and the lessons print the same `Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass

from minios.abi import vectors
from minios.machine.paging import Access, Walk
from minios.machine.rules import Rule
from minios.machine.traps import Delivery


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal of the CPU.

    Attributes:
        vector: number of the exception, 0 to 31.
        error_code: what the CPU pushes, None for vectors without one.
        address: CR2 for a page fault, else None.
        ring: the privilege level that was running.
        rip: address of the instruction at fault.
        rule: the rule that was broken.
        walk: what the page tables say about the access, with the entry that forbids it;
            None if it is no page fault, or if the entries are not known.
        during: what the CPU was delivering when this fault came; None if it executed
            the instruction. Of a double fault, the one whose handler it could not call.
    """

    vector: int
    error_code: int | None
    address: int | None
    ring: int
    rip: int
    rule: Rule
    walk: Walk | None = None
    during: Delivery | None = None

    @property
    def access(self) -> Access | None:
        """What was tried at the address of a page fault; None for any other fault."""
        return None if self.address is None else Access.of(self.error_code or 0)

    @property
    def mnemonic(self) -> str:
        """The short name of the vector, as ``#PF``."""
        return vectors.mnemonic(self.vector)

    def __str__(self) -> str:
        code = "" if self.error_code is None else f"({self.error_code:#x})"
        place = "" if self.address is None else f" at {self.address:#x}"
        return (
            f"{self.mnemonic}{code}{place} in ring {self.ring}, "
            f"rip {self.rip:#x}: {self.rule}"
        )
