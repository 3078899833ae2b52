"""A fault as a value: what the CPU refused, where, to whom, and by which rule.

The text user interface, the tests and the lessons print the same `Fault`. `rule` names
the broken rule in words and the section of the Intel manual (SDM) that states it.

Left out: faults of floating point and of debug registers have no rules of their own.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from minios.abi import vectors


class Source(enum.Enum):
    """Whose action the CPU refused."""

    INSTRUCTION = "an instruction on its own behalf"
    KERNEL_ON_BEHALF = "the kernel at an address of ring 3"
    DELIVERY = "the CPU while it delivered another event"


class Blame(enum.Enum):
    """Who is at fault: whose code was running."""

    USER = "ring 3"
    KERNEL = "ring 0"
    MACHINE_BUG = "minios itself"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the CPU and where the manual states it."""

    words: str
    section: str

    def __str__(self) -> str:
        return f"{self.words} (Intel SDM {self.section})"


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal of the CPU.

    Attributes:
        vector: number of the exception, 0 to 31.
        error_code: what the CPU pushes, None for vectors without one.
        address: CR2 for a page fault, else None.
        ring: the privilege level that was running.
        rip: address of the instruction at fault.
        source: whose action it was.
        blame: who is at fault.
        rule: the rule that was broken.
    """

    vector: int
    error_code: int | None
    address: int | None
    ring: int
    rip: int
    source: Source
    blame: Blame
    rule: Rule

    @property
    def mnemonic(self) -> str:
        """The manual's name of the vector, as ``#PF``."""
        return vectors.mnemonic(self.vector)

    def __str__(self) -> str:
        code = "" if self.error_code is None else f"({self.error_code:#x})"
        place = "" if self.address is None else f" at {self.address:#x}"
        return (
            f"{self.mnemonic}{code}{place} in ring {self.ring}, "
            f"rip {self.rip:#x}: {self.rule}"
        )


NOT_PRESENT: Final = Rule("the page is not present", "vol. 3A, 4.7")
RESERVED_BIT: Final = Rule("a reserved bit is set in a page table", "vol. 3A, 4.7")
SUPERVISOR_ONLY: Final = Rule("the page is supervisor-only", "vol. 3A, 4.6.1")
READ_ONLY: Final = Rule("the page is read-only", "vol. 3A, 4.6.1")
NO_EXECUTE: Final = Rule("the page is not executable", "vol. 3A, 4.6.1")
SMEP: Final = Rule("ring 0 may not execute a user page (SMEP)", "vol. 3A, 4.6.1")
SMAP: Final = Rule("ring 0 may not touch a user page (SMAP)", "vol. 3A, 4.6.1")
STALE: Final = Rule("the page was refused by a cached translation", "vol. 3A, 4.10.4")

GATE_DPL: Final = Rule("the gate is not open to this ring (DPL)", "vol. 3A, 6.12.1.2")
IO_PRIVILEGE: Final = Rule(
    "IOPL and the I/O permission bitmap forbid the port", "vol. 1, 19.5.2"
)
INTERRUPT_FLAG: Final = Rule("IOPL forbids to change IF", "vol. 2, CLI and STI")
SYSENTER: Final = Rule("IA32_SYSENTER_CS is 0", "vol. 2B, SYSENTER")
PRIVILEGED: Final = Rule("the instruction is for ring 0 only", "vol. 3A, 5.9")
NOT_CANONICAL: Final = Rule("the address is not canonical", "vol. 1, 3.3.7.1")
SELECTOR: Final = Rule("the segment selector may not be used here", "vol. 3A, 5.5")
GENERAL: Final = Rule("a general protection rule is broken", "vol. 3A, 6.15, #GP")
DOUBLE: Final = Rule("a fault while another was being delivered", "vol. 3A, 6.15, #DF")
INVALID_OPCODE: Final = Rule(
    "no such instruction, or not enabled", "vol. 3A, 6.15, #UD"
)
DIVIDE: Final = Rule("the quotient does not exist or fit", "vol. 3A, 6.15, #DE")
OTHER: Final = Rule("see the description of the vector", "vol. 3A, 6.15")
