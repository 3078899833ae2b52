"""4-level paging: what an address means, and who may use it how.

A page-table entry (Intel SDM vol. 3A, "4-Level Paging and 5-Level Paging"):

     63  62      52 51                        12 11  9 8 7  6 5 4 3 2   1   0
    +---+----------+----------------------------+-----+-+--+-+-+-+-+---+---+---+
    |NX | ignored  | physical address of the    | ign |G|PS|D|A| | |U/S|R/W| P |
    |   |          | next table or of the page  |     | |  | | | | |   |   |   |
    +---+----------+----------------------------+-----+-+--+-+-+-+-+---+---+---+

A page is writable, or open to ring 3, only if every level says so; it is not executable
if any level says so. All functions here are pure: they look at memory, never at a TLB.

Left out: protection keys, 5-level paging, 32-bit and PAE paging, PCIDs.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

from minios.machine import rules
from minios.machine.rules import Rule

PRESENT: Final = 1 << 0
WRITE: Final = 1 << 1
USER: Final = 1 << 2
ACCESSED: Final = 1 << 5
DIRTY: Final = 1 << 6
LARGE: Final = 1 << 7
NO_EXECUTE: Final = 1 << 63

CR0_WP: Final = 1 << 16
CR0_PG: Final = 1 << 31
CR4_SMEP: Final = 1 << 20
CR4_SMAP: Final = 1 << 21
EFER_NXE: Final = 1 << 11
RFLAGS_AC: Final = 1 << 18

PHYSICAL_BITS: Final = 40
_FRAME: Final = (1 << PHYSICAL_BITS) - 0x1000
_RESERVED: Final = (1 << 52) - (1 << PHYSICAL_BITS)
_ALL_ONES: Final = (1 << 64) - 1
_SHIFTS: Final = (39, 30, 21, 12)
LEVELS: Final = ("PML4", "PDPT", "PD", "PT")


class Access(enum.Enum):
    """How a page is accessed. The value is its bit in the error code."""

    READ = 0
    WRITE = 1 << 1
    FETCH = 1 << 4

    @classmethod
    def of(cls, error_code: int) -> Access:
        """What was tried, by the error code of a page fault."""
        if error_code & cls.FETCH.value:
            return cls.FETCH
        return cls.WRITE if error_code & cls.WRITE.value else cls.READ


class Controls(NamedTuple):
    """The registers that decide about an access (SDM vol. 3A, "Paging-Mode Modifiers").

    Attributes:
        cr0: its bits PG and WP count.
        cr3: physical address of the PML4.
        cr4: its bits SMEP and SMAP count.
        efer: its bit NXE counts.
        rflags: its bit AC counts.
    """

    cr0: int
    cr3: int
    cr4: int
    efer: int
    rflags: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a walk: the table, the address of the entry, the entry."""

    name: str
    entry_address: int
    entry: int

    @property
    def is_present(self) -> bool:
        """Whether it leads to a table or a page. Otherwise no other bit counts."""
        return bool(self.entry & PRESENT)

    @property
    def rights(self) -> str:
        """The bits as ``pwux``, with a dash for each missing one, or "not present"."""
        if not self.is_present:
            return "not present"
        e = self.entry
        bits = ("w", e & WRITE), ("u", e & USER), ("x", not e & NO_EXECUTE)
        return "p" + "".join(letter if there else "-" for letter, there in bits)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an access is not allowed.

    Attributes:
        error_code: of the page fault (SDM vol. 3A, "Page-Fault Exceptions").
        rule: the rule that was broken.
        level: index of the first level that forbids the access; None if a control
            register forbids it.
    """

    error_code: int
    rule: Rule
    level: int | None


@dataclass(frozen=True, slots=True)
class Walk:
    """All that the page tables say about one access to one address.

    Attributes:
        address: the linear address.
        levels: the entries that were read, from the top; fewer than four if an entry is
            not present or maps a large page.
        physical: the physical address; None if nothing is mapped.
        page_bytes: size of the page; 0 if nothing is mapped.
        refusal: None if the access is allowed.
    """

    address: int
    levels: tuple[Level, ...]
    physical: int | None
    page_bytes: int
    refusal: Refusal | None

    @property
    def refusing(self) -> Level | None:
        """The first entry that forbids the access; None if no entry does."""
        if self.refusal is None or self.refusal.level is None:
            return None
        return self.levels[self.refusal.level]


def is_canonical(address: int) -> bool:
    """Whether bits 63 to 47 are equal (SDM vol. 1, "Canonical Addressing")."""
    return address < 1 << 47 or address >= (1 << 64) - (1 << 47)


def entries(words: memoryview, cr3: int, address: int) -> list[tuple[int, int]]:
    """The (physical address, value) of each entry, down to the page or a missing entry.

    Args:
        words: physical memory as 64-bit words; behind its end all bits read as ones.
        cr3: of the address space.
        address: the linear address.
    """
    found = []
    table = cr3 & _FRAME
    for shift in _SHIFTS:
        at = table + (address >> shift & 511) * 8
        entry = words[at >> 3] if at >> 3 < len(words) else _ALL_ONES
        found.append((at, entry))
        if not entry & PRESENT or (entry & LARGE and shift in (30, 21)):
            break
        table = entry & _FRAME
    return found


def combine(found: list[tuple[int, int]]) -> int:
    """The rights that all levels grant together, in the bits of an entry."""
    rights = PRESENT | WRITE | USER | ACCESSED
    for _, entry in found:
        rights &= entry | NO_EXECUTE
    for _, entry in found:
        rights |= entry & NO_EXECUTE
    return rights


def _broken_rule(
    rights: int, access: Access, ring: int, controls: Controls
) -> Rule | None:
    """The rule that is broken, for a page whose levels are all present.

    SDM vol. 3A, "Determination of Access Rights".
    """
    user = rights & USER
    if ring == 3 and not user:
        return rules.SUPERVISOR_ONLY
    if ring != 3 and user:
        if access is Access.FETCH:
            if controls.cr4 & CR4_SMEP:
                return rules.SMEP
        elif controls.cr4 & CR4_SMAP and not controls.rflags & RFLAGS_AC:
            return rules.SMAP
    if access is Access.WRITE and not rights & WRITE:
        return rules.READ_ONLY if ring == 3 or controls.cr0 & CR0_WP else None
    if access is Access.FETCH and rights & NO_EXECUTE and controls.efer & EFER_NXE:
        return rules.NO_EXECUTE
    return None


_SAYS_NO: Final = {
    rules.SUPERVISOR_ONLY: (USER, 0),
    rules.READ_ONLY: (WRITE, 0),
    rules.NO_EXECUTE: (NO_EXECUTE, NO_EXECUTE),
}


def _reserved(position: int, entry: int, controls: Controls) -> bool:
    """Whether an entry has a bit set that must be 0.

    SDM vol. 3A, "4-Level Paging and 5-Level Paging".
    """
    if entry & _RESERVED or (entry & NO_EXECUTE and not controls.efer & EFER_NXE):
        return True
    if not entry & LARGE or position == 3:
        return False
    if position == 0:
        return True
    return bool(entry & ((1 << _SHIFTS[position]) - (1 << 13)))


def check(
    found: list[tuple[int, int]], access: Access, ring: int, controls: Controls
) -> Refusal | None:
    """Whether the entries allow an access. The answer must be used.

    Returns:
        None if allowed, else the error code of the page fault and the broken rule.
    """
    code = access.value | (4 if ring == 3 else 0)
    if access is Access.FETCH and not (
        controls.efer & EFER_NXE or controls.cr4 & CR4_SMEP
    ):
        code &= ~Access.FETCH.value  # the bit is only reported where it can matter
    for position, (_, entry) in enumerate(found):
        if not entry & PRESENT:
            return Refusal(code, rules.NOT_PRESENT, position)
        if _reserved(position, entry, controls):
            return Refusal(code | 9, rules.RESERVED_BIT, position)
    rule = _broken_rule(combine(found), access, ring, controls)
    if rule is None:
        return None
    level = None
    if rule in _SAYS_NO:
        mask, bad = _SAYS_NO[rule]
        level = next(i for i, (_, entry) in enumerate(found) if entry & mask == bad)
    return Refusal(code | PRESENT, rule, level)


def physical_address(found: list[tuple[int, int]], address: int) -> int:
    """The physical address of a mapped address. `found` must end in a present entry."""
    low = (1 << _SHIFTS[len(found) - 1]) - 1
    return found[-1][1] & _FRAME & ~low | address & low


def walk(
    words: memoryview, address: int, access: Access, ring: int, controls: Controls
) -> Walk:
    """Explain an access: every level, the physical address, and the broken rule."""
    if not controls.cr0 & CR0_PG:
        return Walk(address, (), address, 0x1000, None)
    found = entries(words, controls.cr3, address)
    return walked(address, found, check(found, access, ring, controls))


def walk_of_fault(
    found: list[tuple[int, int]], address: int, error_code: int, controls: Controls
) -> Walk:
    """The walk that ended in a page fault. Its error code says who wanted what."""
    ring = 3 if error_code & USER else 0
    return walked(address, found, check(found, Access.of(error_code), ring, controls))


def walked(address: int, found: list[tuple[int, int]], refusal: Refusal | None) -> Walk:
    """A walk, from the entries that were read and the answer that they gave."""
    levels = tuple(
        Level(name, at, entry) for name, (at, entry) in zip(LEVELS, found, strict=False)
    )
    if not found[-1][1] & PRESENT:
        return Walk(address, levels, None, 0, refusal)
    size = 1 << _SHIFTS[len(found) - 1]
    return Walk(address, levels, physical_address(found, address), size, refusal)
