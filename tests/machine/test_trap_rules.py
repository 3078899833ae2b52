"""The pure parts of trap delivery and paging, without an engine."""

from __future__ import annotations

import mmap

import pytest

from minios.machine import paging, segments, traps
from minios.machine.paging import Access, Controls
from minios.machine.segments import Gate

BENIGN, CONTRIBUTORY, PAGE = (1, 3, 6, 7), (0, 10, 11, 12, 13), (14,)
DF = 8
P, W, U, LARGE = 1, 2, 4, 1 << 7


@pytest.mark.parametrize("second", [*BENIGN, *CONTRIBUTORY, *PAGE])
@pytest.mark.parametrize("first", [*BENIGN, *CONTRIBUTORY, *PAGE])
def test_two_exceptions_combine_as_the_manual_says(first: int, second: int) -> None:
    """Intel SDM vol. 3A, "Conditions for Generating a Double Fault"."""
    double = (first in CONTRIBUTORY and second in CONTRIBUTORY) or (
        first in PAGE and second not in BENIGN
    )

    assert traps.combine(first, second) == (DF if double else second)


@pytest.mark.parametrize("second", [*CONTRIBUTORY, *PAGE])
def test_a_fault_while_a_double_fault_is_delivered_shuts_down(second: int) -> None:
    """The triple fault."""
    assert traps.combine(DF, second) is None


def test_a_gate_survives_encoding() -> None:
    """All fields at their extremes."""
    gate = Gate(0xFFFF_8000_1234_5678, 0xFFF8, 7, 0xF, 3, present=True)
    raw = gate.encode()
    low, high = int.from_bytes(raw[:8], "little"), int.from_bytes(raw[8:], "little")

    assert Gate.decode(low, high) == gate


def test_the_limit_of_a_descriptor_counts_in_pages_if_g_is_set() -> None:
    """A flat 4 GiB segment, and one of 0x68 bytes."""
    assert segments.descriptor_limit(0x00CF9300_0000FFFF) == 0xFFFFFFFF
    assert segments.descriptor_limit(0x00008900_00000067) == 0x67


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        (0, True),
        (0x00007FFF_FFFFFFFF, True),
        (0x00008000_00000000, False),
        (0xFFFF7FFF_FFFFFFFF, False),
        (0xFFFF8000_00000000, True),
    ],
)
def test_canonical_addresses(address: int, *, canonical: bool) -> None:
    """Bits 63 to 47 are all alike."""
    assert paging.is_canonical(address) is canonical


@pytest.fixture
def words() -> memoryview:
    """64 KiB of memory as 64-bit words."""
    return memoryview(mmap.mmap(-1, 0x10000)).cast("Q")


CONTROLS = Controls(cr0=0x80010011, cr3=0x1000, cr4=0x20, efer=0xD01)


def test_a_walk_stops_at_the_first_hole(words: memoryview) -> None:
    """Two entries were read, and the second says no."""
    words[0x1000 >> 3] = 0x2000 | P | W | U

    walk = paging.walk(words, 0x123, Access.READ, 3, CONTROLS)

    assert [level.name for level in walk.levels] == ["PML4", "PDPT"]
    assert walk.refusal is not None
    assert (walk.refusal.error_code, walk.refusal.level) == (4, 1)
    assert (walk.physical, walk.page_bytes) == (None, 0)


@pytest.mark.parametrize(
    ("level", "size"), [(1, 1 << 30), (2, 2 << 20)], ids=["1 GiB", "2 MiB"]
)
def test_large_pages_end_the_walk_early(
    words: memoryview, level: int, size: int
) -> None:
    """The offset within the page is the rest of the address."""
    for number in range(level):
        words[0x1000 * (number + 1) >> 3] = 0x1000 * (number + 2) | P | W | U
    words[0x1000 * (level + 1) >> 3] = size | P | W | LARGE

    walk = paging.walk(words, 0x12345, Access.READ, 0, CONTROLS)

    assert len(walk.levels) == level + 1
    assert (walk.physical, walk.page_bytes) == (size | 0x12345, size)
    assert walk.refusal is None


def test_a_large_page_that_is_not_aligned_is_a_reserved_bit(words: memoryview) -> None:
    """Bits 20 to 13 of a 2 MiB entry must be 0: error code bit 3."""
    words[0x1000 >> 3] = 0x2000 | P | W | U
    words[0x2000 >> 3] = 0x3000 | P | W | U
    words[0x3000 >> 3] = 0x2000 | P | W | U | LARGE

    walk = paging.walk(words, 0, Access.WRITE, 3, CONTROLS)

    assert walk.refusal is not None
    assert walk.refusal.error_code == 0b1111


def test_a_table_beyond_ram_reads_ones(words: memoryview) -> None:
    """Which sets reserved bits: never a Python exception."""
    words[0x1000 >> 3] = 0x7FFFFFF000 | P | W | U

    walk = paging.walk(words, 0, Access.READ, 0, CONTROLS)

    assert walk.refusal is not None
    assert walk.refusal.error_code & 8


def test_without_paging_an_address_is_physical(words: memoryview) -> None:
    """CR0.PG off."""
    walk = paging.walk(words, 0x1234, Access.WRITE, 3, CONTROLS._replace(cr0=0x11))

    assert (walk.physical, walk.levels, walk.refusal) == (0x1234, (), None)


def test_rights_are_shown_as_letters() -> None:
    """For pictures of a walk."""
    assert paging.Level("PT", 0x4000, P | U).rights == "p-ux"
    assert paging.Level("PT", 0x4000, P | W | 1 << 63).rights == "pw--"
    assert paging.Level("PT", 0x4000, W | U).rights == "not present"
