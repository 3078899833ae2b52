"""The rules of the CPU that a program can break, in words.

Each names the section of the Intel manual (SDM) that contains it, by its title, because
the numbers of chapters change between editions.

Left out: faults of floating point and of debug registers have no rules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the CPU, and the section of the manual that contains it."""

    words: str
    section: str

    def __str__(self) -> str:
        return f"{self.words} (Intel SDM {self.section})"


_RIGHTS: Final = 'vol. 3A, "Determination of Access Rights"'
_REFERENCE: Final = 'vol. 3A, "Exception and Interrupt Reference"'

NOT_PRESENT: Final = Rule("the page is not present", 'vol. 3A, "Page-Fault Exceptions"')
RESERVED_BIT: Final = Rule(
    "a reserved bit is set in a page table", 'vol. 3A, "Page-Fault Exceptions"'
)
SUPERVISOR_ONLY: Final = Rule("the page is supervisor-only", _RIGHTS)
READ_ONLY: Final = Rule("the page is read-only", _RIGHTS)
NO_EXECUTE: Final = Rule("the page is not executable", _RIGHTS)
SMEP: Final = Rule("ring 0 may not execute a user page (SMEP)", _RIGHTS)
SMAP: Final = Rule("ring 0 may not touch a user page (SMAP)", _RIGHTS)
STALE: Final = Rule(
    "the page was refused by a cached translation",
    'vol. 3A, "Invalidation of TLBs and Paging-Structure Caches"',
)

GATE_DPL: Final = Rule(
    "the gate is not open to this ring (DPL)",
    'vol. 3A, "Protection of Exception- and Interrupt-Handler Procedures"',
)
GATE_KIND: Final = Rule(
    "the IDT has no interrupt gate or trap gate for this vector",
    f"{_REFERENCE}, #GP",
)
GATE_ABSENT: Final = Rule("the gate is not present", f"{_REFERENCE}, #NP")
IDT_LIMIT: Final = Rule("the vector lies beyond the limit of the IDT", _REFERENCE)
IO_PRIVILEGE: Final = Rule(
    "IOPL and the I/O permission bitmap forbid the port",
    'vol. 1, "I/O Permission Bit Map"',
)
INTERRUPT_FLAG: Final = Rule("IOPL forbids to change IF", "vol. 2, CLI and STI")
SYSENTER: Final = Rule("IA32_SYSENTER_CS is 0", "vol. 2B, SYSENTER")
PRIVILEGED: Final = Rule(
    "the instruction is for ring 0 only", 'vol. 3A, "Privileged Instructions"'
)
NOT_CANONICAL: Final = Rule(
    "the address is not canonical", 'vol. 1, "Canonical Addressing"'
)
SELECTOR: Final = Rule(
    "the segment selector may not be used here", 'vol. 3A, "Privilege Levels"'
)
NULL_SELECTOR: Final = Rule(
    "this segment register may not be loaded with a null selector", f"{_REFERENCE}, #GP"
)
TOO_LONG: Final = Rule("the instruction is longer than 15 bytes", f"{_REFERENCE}, #GP")
GENERAL: Final = Rule("a general protection rule is broken", f"{_REFERENCE}, #GP")
UNKNOWN: Final = Rule(
    "the CPU refused the instruction; which rule it broke is not known here",
    f"{_REFERENCE}, #GP",
)
DEBUG: Final = Rule("a debug exception was asked for", f"{_REFERENCE}, #DB")
DOUBLE: Final = Rule("a fault while another was being delivered", f"{_REFERENCE}, #DF")
INVALID_OPCODE: Final = Rule(
    "no such instruction, or not enabled", f"{_REFERENCE}, #UD"
)
DIVIDE: Final = Rule("the quotient does not exist or fit", f"{_REFERENCE}, #DE")
OTHER: Final = Rule("see the description of the vector", _REFERENCE)

OF_VECTOR: Final = {0: DIVIDE, 1: DEBUG, 6: INVALID_OPCODE, 8: DOUBLE}
"""Of the exceptions that come of one rule alone."""
