"""Every right of a page, in every ring, for every access: against the manual.

The oracle below is written from the Intel SDM alone (vol. 3A, "Determination of Access
Rights" and "Page-Fault Exceptions") and shares nothing with `minios.machine.paging`.
The machine's answer is what the CPU really did.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from minios.machine.bare import CODE0, CODE3, CONTROLS, Bare
from minios.machine.faults import Fault
from minios.machine.paging import Access, Controls

P, W, U, NX = 1 << 0, 1 << 1, 1 << 2, 1 << 63
WP, SMEP, SMAP, NXE, AC = 1 << 16, 1 << 20, 1 << 21, 1 << 11, 1 << 18
TARGET = 0x123456789000
DATA = TARGET + 0x800  # read and written here; code that is fetched lies at TARGET
LEVELS = ("PML4", "PDPT", "PD", "PT")
ACCESSES = ("read", "write", "fetch")
# mov al, [rbx]; mov [rbx], al; a fetch has its RIP on the page itself.
CODE = {"read": b"\x8a\x03", "write": b"\x88\x03"}
RBX = 3


@dataclass(frozen=True)
class Mode:
    """The bits of control registers that decide, each off or on."""

    wp: bool
    smep: bool
    smap: bool
    nxe: bool
    ac: bool = False

    def __str__(self) -> str:
        names = ("wp", "smep", "smap", "nxe")
        return "+".join(n for n in names if getattr(self, n)) or "plain"

    def controls(self) -> Controls:
        """As register values."""
        return CONTROLS._replace(
            cr0=CONTROLS.cr0 & ~WP | self.wp * WP,
            cr4=CONTROLS.cr4 | self.smep * SMEP | self.smap * SMAP,
            efer=CONTROLS.efer & ~NXE | self.nxe * NXE,
            rflags=self.ac * AC,
        )


MODES = [Mode(*bits) for bits in itertools.product((False, True), repeat=4)]


def oracle(entries: list[int], ring: int, access: str, mode: Mode) -> int | None:
    """The error code of the page fault that the manual demands, None for no fault."""
    code = 0
    if access == "write":
        code |= 1 << 1
    if ring == 3:
        code |= 1 << 2
    if access == "fetch" and (mode.smep or mode.nxe):
        code |= 1 << 4
    for entry in entries:
        if not entry & P:
            return code
        if entry & NX and not mode.nxe:
            return code | 1 << 0 | 1 << 3
    user = all(entry & U for entry in entries)
    writable = all(entry & W for entry in entries)
    executable = not any(entry & NX for entry in entries)
    open_to_ring0 = not user or not mode.smap or mode.ac
    allowed = {
        (3, "read"): user,
        (3, "write"): user and writable,
        (3, "fetch"): user and executable,
        (0, "read"): open_to_ring0,
        (0, "write"): open_to_ring0 and (writable or not mode.wp),
        (0, "fetch"): executable and not (user and mode.smep),
    }
    return None if allowed[ring, access] else code | 1


@pytest.fixture(scope="module")
def bare() -> Bare:
    """One CPU for all the table; every try begins anew."""
    it = Bare()
    frame = it.new_page()
    it.memory.write(frame, b"\x90" * 16)
    it.map(TARGET, frame, P | W | U)
    it.put(CODE["read"], 0)
    it.memory.write(CODE0 + 16, CODE["write"])
    it.put(CODE["read"], 3)
    it.memory.write(CODE3 + 16, CODE["write"])
    return it


def bend(bare: Bare, entries: list[int]) -> None:
    """Give the four entries of the target these rights."""
    for at, bits in zip(bare.entry_addresses(TARGET), entries, strict=True):
        kept = bare.memory.words[at >> 3] & 0xFFFFFFF000
        bare.memory.words[at >> 3] = kept | bits


def do(bare: Bare, ring: int, access: str, mode: Mode) -> Fault | None:
    """Try one access in one ring."""
    rip = TARGET
    if access != "fetch":
        rip = (CODE3 if ring else CODE0) + (16 if access == "write" else 0)
    bare.enter(ring, rip=rip, controls=mode.controls())
    bare.state.set_general(RBX, DATA)
    return bare.run(1)


def seen(fault: Fault | None) -> tuple[int, int | None, int | None] | None:
    """What the oracle has an opinion on."""
    return (fault.vector, fault.error_code, fault.address) if fault else None


def names(bits: int) -> str:
    """The rights of an entry, for a readable failure."""
    letters = (("p", P), ("w", W), ("u", U), ("nx", NX))
    return " ".join(name for name, bit in letters if bits & bit) or "none"


def expected(
    entries: list[int], ring: int, access: str, mode: Mode
) -> tuple[int, int, int] | None:
    """The oracle's answer as what is seen: vector, error code, CR2."""
    code = oracle(entries, ring, access, mode)
    if code is None:
        return None
    return 14, code, TARGET if access == "fetch" else DATA


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("ring", [0, 3])
def test_every_right_of_a_page_is_enforced(
    bare: Bare, ring: int, access: str, mode: Mode
) -> None:
    """All 16 combinations of the four rights in the last entry."""
    wanted = {}
    got = {}
    for bits in itertools.product((0, P), (0, W), (0, U), (0, NX)):
        rights = sum(bits)
        entries = [P | W | U, P | W | U, P | W | U, rights]
        wanted[names(rights)] = expected(entries, ring, access, mode)
        bend(bare, entries)
        got[names(rights)] = seen(do(bare, ring, access, mode))

    assert got == wanted


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("ring", [0, 3])
def test_ac_opens_user_pages_to_the_data_accesses_of_ring0(
    bare: Bare, ring: int, access: str
) -> None:
    """With SMAP on, RFLAGS.AC lifts it for reads and writes, and for nothing else."""
    mode = Mode(wp=True, smep=True, smap=True, nxe=True, ac=True)
    wanted = {}
    got = {}
    for bits in itertools.product((0, W), (0, U), (0, NX)):
        rights = P | sum(bits)
        entries = [P | W | U, P | W | U, P | W | U, rights]
        wanted[names(rights)] = expected(entries, ring, access, mode)
        bend(bare, entries)
        got[names(rights)] = seen(do(bare, ring, access, mode))

    assert got == wanted


@pytest.mark.parametrize("right", [P, W, U, NX], ids=["p", "w", "u", "nx"])
@pytest.mark.parametrize("level", range(4), ids=LEVELS)
def test_each_level_can_take_a_right_away(bare: Bare, level: int, right: int) -> None:
    """One bit changed in one of the four entries decides for the whole page."""
    mode = Mode(wp=True, smep=True, smap=False, nxe=True)
    entries = [P | W | U] * 4
    entries[level] ^= right
    wanted = {}
    got = {}
    for ring, access in itertools.product((0, 3), ACCESSES):
        bend(bare, entries)
        wanted[ring, access] = expected(entries, ring, access, mode)
        got[ring, access] = seen(do(bare, ring, access, mode))

    assert got == wanted


@pytest.mark.parametrize("level", range(4), ids=LEVELS)
def test_the_walk_names_the_level_that_says_no(bare: Bare, level: int) -> None:
    """The explanation of a refused write points at the entry without the bit."""
    entries = [P | W | U] * 4
    entries[level] ^= W
    bend(bare, entries)

    fault = do(bare, 3, "write", Mode(wp=True, smep=True, smap=True, nxe=True))

    assert fault is not None
    assert fault.rule.words == "the page is read-only"
    walk = bare.walk(TARGET, Access.WRITE, 3)
    assert walk.refusal is not None
    assert walk.refusal.level == level
    assert [it.name for it in walk.levels] == list(LEVELS)


def test_a_stale_translation_lives_until_it_is_dropped(bare: Bare) -> None:
    """A right taken away in memory holds from the next load of CR3 at the latest."""
    mode = Mode(wp=True, smep=False, smap=False, nxe=True)
    bend(bare, [P | W | U] * 4)
    assert do(bare, 3, "write", mode) is None

    bend(bare, [P | W | U] * 3 + [P | U])

    assert seen(do(bare, 3, "write", mode)) == (14, 7, DATA)
