"""Maps: what a program has put into one is what it finds there, and nothing else.

The C itself, built for this host. What is expected comes from a `dict` of Python.
"""

from __future__ import annotations

import ctypes
import random
from typing import Final

import pytest

from minios.abi import bpf
from tests.bpf.maps import library
from tests.bpf.maps.library import Map, error

pytestmark = pytest.mark.witness

ONLY_NEW: Final = bpf.BPF_UPDATE["ONLY_NEW"]
ONLY_OLD: Final = bpf.BPF_UPDATE["ONLY_OLD"]
ROUNDS: Final = 4_000


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The compiled maps."""
    return library.build(tmp_path_factory.mktemp("maps"))


def index(number: int) -> bytes:
    """The key of an array."""
    return number.to_bytes(4, "little")


@pytest.mark.parametrize("sizes", [(1, 1, 7), (5, 12, 64), (64, 3, 100)])
def test_a_hash_map_says_what_a_dictionary_says(
    kernel: ctypes.CDLL, sizes: tuple[int, int, int]
) -> None:
    """Thousands of seeded updates, deletions and look-ups, with each flag."""
    key_size, value_size, entries = sizes
    chance = random.Random(entries)  # noqa: S311
    keys = [chance.randbytes(key_size) for _ in range(2 * entries)]
    table, expected = Map(kernel, "HASH", sizes), dict[bytes, bytes]()
    failures = 0
    for _ in range(ROUNDS):
        key, value = chance.choice(keys), chance.randbytes(value_size)
        if chance.random() < 0.4:
            gone = expected.pop(key, None)
            assert table.delete(key) == (0 if gone else error("NOT_FOUND"))
        else:
            flags = chance.randrange(3)
            result = 0
            if key in expected and flags == ONLY_NEW:
                result = error("EXISTS")
            elif key not in expected and flags == ONLY_OLD:
                result = error("NOT_FOUND")
            elif key not in expected and len(expected) == entries:
                result = error("NO_MEMORY")
            else:
                expected[key] = value
            failures += result < 0
            assert table.update(key, value, flags) == result
        assert table.lookup(key) == expected.get(key)
        assert table.in_use == len(expected)
    assert sorted(table.keys()) == sorted(expected)
    assert failures > ROUNDS // 20  # the flags and the limit were met


def test_a_deleted_value_stays_readable(kernel: ctypes.CDLL) -> None:
    """A program that has looked it up goes on with it: there is no page fault."""
    table = Map(kernel, "HASH", (4, 8, 4))
    assert table.update(index(1), b"a value.") == 0
    at = table.address(index(1))
    assert at is not None
    assert table.delete(index(1)) == 0
    assert table.lookup(index(1)) is None
    assert ctypes.string_at(at, 8) == b"a value."
    for other in (2, 3, 4):  # the place that was free for the longest time comes first
        assert table.update(index(other), b"another!") == 0
    assert ctypes.string_at(at, 8) == b"a value."


def test_the_same_calls_lead_to_the_same_order(kernel: ctypes.CDLL) -> None:
    """Nothing in a machine may differ from run to run."""
    orders = []
    for _ in range(2):
        table = Map(kernel, "HASH", (4, 4, 16))
        for number in (9, 4, 7, 1):
            assert table.update(index(number), index(0)) == 0
        assert table.delete(index(4)) == 0
        assert table.update(index(30), index(0)) == 0
        orders.append(table.keys())
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(index(it) for it in (9, 7, 1, 30))


def test_every_index_of_an_array_is_there_from_the_beginning(
    kernel: ctypes.CDLL,
) -> None:
    """Its values are 0, and the first index past the end has none."""
    array = Map(kernel, "ARRAY", (4, 6, 5))
    assert array.keys() == [index(it) for it in range(5)]
    assert [array.lookup(index(it)) for it in range(6)] == [bytes(6)] * 5 + [None]
    assert array.update(index(4), b"abcdef") == 0
    assert array.lookup(index(4)) == b"abcdef"
    assert array.lookup(index(3)) == bytes(6)
    assert array.update(index(5), b"abcdef") == error("BAD_ARGUMENT")
    assert array.update(index(1), b"abcdef", ONLY_NEW) == error("EXISTS")
    assert array.update(index(1), b"abcdef", 3) == error("BAD_ARGUMENT")
    assert array.delete(index(1)) == error("BAD_ARGUMENT")
    assert array.lookup(index(0xFFFFFFFF)) is None


def test_a_data_section_begins_with_its_bytes(kernel: ctypes.CDLL) -> None:
    """What the image does not give is 0."""
    section = Map(kernel, "DATA", (0, 8, 1), data=b"abc")
    assert section.lookup(b"") == b"abc" + bytes(5)


BAD: Final = (
    ("HASH", (0, 8, 1), "keys of 1 to 64 bytes"),
    ("HASH", (1000, 8, 1), "keys of 1 to 64 bytes"),
    ("HASH", (65, 8, 1), "keys of 1 to 64 bytes"),
    ("HASH", (8, 0, 1), "1 to 4096 bytes"),
    ("HASH", (8, 4097, 1), "1 to 4096 bytes"),
    ("HASH", (8, 8, 0), "at least one entry"),
    ("HASH", (8, 8, 16_385), "more than 262144 bytes"),
    ("HASH", (64, 4096, 0xFFFFFFFF), "more than 262144 bytes"),
    ("ARRAY", (8, 8, 1), "an index of 4 bytes"),
    ("ARRAY", (4, 8, 0), "at least one entry"),
    ("ARRAY", (4, 4096, 1 << 20), "more than 262144 bytes"),
    ("DATA", (0, 0, 1), "as large as"),
    ("DATA", (4, 8, 1), "one value without a key"),
    ("DATA", (0, 8, 2), "one value without a key"),
    ("DATA", (0, 0xFFFFFFFF, 1), "more than 262144 bytes"),
    ("RING", (0, 0, 96), "a power of 2"),
    ("RING", (0, 0, 32), "a power of 2"),
    ("RING", (0, 0, 1 << 31), "a power of 2"),
    ("RING", (0, 8, 4096), "no keys and no values"),
)
GOOD: Final = (
    ("HASH", (1, 1, 1)),
    ("HASH", (64, 4032, 64)),
    ("ARRAY", (4, 4096, 63)),
    ("DATA", (0, 262_144, 1)),
    ("RING", (0, 0, 64)),
    ("RING", (0, 0, 262_144)),
)


@pytest.mark.parametrize(("kind", "sizes", "why"), BAD)
def test_sizes_that_cannot_be_are_refused_in_words(
    kernel: ctypes.CDLL, kind: str, sizes: tuple[int, int, int], why: str
) -> None:
    """A map of 4 GiB, without entries, with a key of 0 or of 1000 bytes."""
    said = kernel.host_trouble(bpf.BPF_MAP[kind], *sizes, 0, 0)
    assert why in said.decode()
    before = kernel.host_blocks()
    with pytest.raises(ValueError, match=kind):
        Map(kernel, kind, sizes)
    assert kernel.host_blocks() == before


@pytest.mark.parametrize(("kind", "sizes"), GOOD)
def test_the_largest_and_the_smallest_maps_are_made(
    kernel: ctypes.CDLL, kind: str, sizes: tuple[int, int, int]
) -> None:
    """The limits themselves are allowed, and all memory comes back."""
    before = kernel.host_blocks()
    Map(kernel, kind, sizes).destroy()
    assert kernel.host_blocks() == before


def test_what_is_no_map_at_all_is_refused(kernel: ctypes.CDLL) -> None:
    """An unknown kind, an unknown flag, bytes for a map that begins empty."""
    good = (bpf.BPF_MAP["ARRAY"], 4, 8, 1)
    assert kernel.host_trouble(*good, 0, 0) is None
    assert b"no such flag" in kernel.host_trouble(*good, 2, 0)
    assert b"only a data section" in kernel.host_trouble(*good, 0, 8)
    assert b"no such kind" in kernel.host_trouble(99, 4, 8, 1, 0, 0)
    assert b"read-only" in kernel.host_trouble(bpf.BPF_MAP["RING"], 0, 0, 64, 1, 0)


@pytest.mark.parametrize("room", [0, 64, 128])
def test_no_memory_leaves_nothing_behind(kernel: ctypes.CDLL, room: int) -> None:
    """The map itself, or what it stores, finds no room."""
    before = kernel.host_blocks()
    kernel.host_limit_heap(ctypes.c_uint64(room))
    try:
        with pytest.raises(ValueError, match="HASH"):
            Map(kernel, "HASH", (4, 4096, 16))
        assert kernel.host_blocks() == before
    finally:
        kernel.host_limit_heap(ctypes.c_uint64(1 << 21))
