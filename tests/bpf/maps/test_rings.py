"""Ring buffers: records come out whole and in order, or they are counted.

The C itself, built for this host.
"""

from __future__ import annotations

import ctypes
import random
from collections import deque
from typing import Final

import pytest

from tests.bpf.maps import library
from tests.bpf.maps.library import Ring, error

pytestmark = pytest.mark.witness

NOTHING: Final = error("WOULD_BLOCK")
ROUNDS: Final = 5_000


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The compiled ring buffers."""
    return library.build(tmp_path_factory.mktemp("rings"))


@pytest.mark.parametrize("size", [64, 256, 4096])
def test_what_was_written_is_read_in_the_same_order(
    kernel: ctypes.CDLL, size: int
) -> None:
    """Thousands of seeded records of all lengths, some of them discarded."""
    chance = random.Random(size)  # noqa: S311
    ring = Ring(kernel, size)
    expected, dropped, discarded = deque[bytes](), 0, 0
    for _ in range(ROUNDS):
        if chance.random() < 0.5:
            data = chance.randbytes(chance.randrange(1, size // 2))
            at = ring.reserve(len(data))
            if at is None:
                dropped += 1
            elif chance.random() < 0.2:
                ring.discard(at)
                discarded += 1
            else:
                assert ctypes.string_at(at, len(data)) == bytes(len(data))
                ctypes.memmove(at, data, len(data))
                ring.submit(at)
                expected.append(data)
        else:
            assert ring.read() == (expected.popleft() if expected else NOTHING)
    counts = ring.counts
    assert counts["dropped"] == dropped > 0
    assert counts["discarded"] == discarded > 0


def test_a_full_ring_refuses_and_counts(kernel: ctypes.CDLL) -> None:
    """It never waits, and never overwrites what nobody has read."""
    ring = Ring(kernel, 64)
    written = [bytes([number]) * 8 for number in range(6)]
    assert [ring.write(it) for it in written] == [True] * 4 + [False] * 2
    assert ring.counts["dropped"] == 2
    assert ring.counts["waiting"] == 64
    assert [ring.read() for _ in range(5)] == [*written[:4], NOTHING]
    assert ring.write(b"again")
    assert ring.read() == b"again"


def test_an_empty_ring_has_room_for_one_record_of_its_whole_size(
    kernel: ctypes.CDLL,
) -> None:
    """Wherever the one before it has ended; its header takes 8 bytes."""
    ring = Ring(kernel, 64)
    for number in range(10):
        assert ring.write(bytes(number + 1))
        assert ring.read() == bytes(number + 1)
        assert ring.write(b"x" * 56)
        assert ring.read() == b"x" * 56
    assert ring.reserve(57) is None
    assert ring.reserve(0) is None
    assert ring.reserve((1 << 64) - 4) is None


def test_the_reader_waits_for_the_oldest_even_if_a_newer_one_is_there(
    kernel: ctypes.CDLL,
) -> None:
    """The order is that of the reservations, not that of the submissions."""
    ring = Ring(kernel, 256)
    first, second = ring.reserve(4), ring.reserve(4)
    assert first is not None
    assert second is not None
    ring.submit(second)
    assert ring.read() == NOTHING
    ring.submit(first)
    assert ring.read() == bytes(4)
    assert ring.read() == bytes(4)


def test_discarded_records_need_no_reader(kernel: ctypes.CDLL) -> None:
    """A program that gives everything back never fills the ring."""
    ring = Ring(kernel, 64)
    for _ in range(100):
        at = ring.reserve(20)
        assert at is not None
        ring.discard(at)
    assert ring.counts["dropped"] == 0


def test_a_record_that_is_too_long_for_the_reader_stays(kernel: ctypes.CDLL) -> None:
    """It is not lost, and not cut."""
    ring = Ring(kernel, 64)
    assert ring.write(b"0123456789")
    assert ring.read(capacity=9) == error("BAD_ARGUMENT")
    assert ring.read(capacity=10) == b"0123456789"


def test_the_reader_is_told_once_until_it_has_read_everything(
    kernel: ctypes.CDLL,
) -> None:
    """Otherwise its inbox would be full of the same message."""
    ring = Ring(kernel, 256)
    port = ctypes.c_void_p(kernel.host_port(0))
    assert ring.attach(port) == 0
    assert kernel.host_port_messages(port) == 0
    assert ring.write(b"1")
    assert ring.write(b"2")
    assert kernel.host_port_messages(port) == 1
    assert [ring.read(), ring.read(), ring.read()] == [b"1", b"2", NOTHING]
    assert ring.write(b"3")
    assert kernel.host_port_messages(port) == 2


def test_an_inbox_that_was_full_is_told_by_the_next_record(
    kernel: ctypes.CDLL,
) -> None:
    """The message that found no room is not forgotten for ever."""
    ring = Ring(kernel, 256)
    port = ctypes.c_void_p(kernel.host_port(0))
    assert ring.attach(port) == 0
    kernel.host_port_set(port, True, True)
    assert ring.write(b"1")
    kernel.host_port_set(port, True, False)
    assert ring.write(b"2")
    assert kernel.host_port_messages(port) == 1


def test_a_ring_has_one_reader_and_the_next_only_after_it(kernel: ctypes.CDLL) -> None:
    """A reader that has died is replaced, and the new one hears of what is left."""
    ring = Ring(kernel, 256)
    first = ctypes.c_void_p(kernel.host_port(0))
    second = ctypes.c_void_p(kernel.host_port(1))
    assert ring.attach(first) == 0
    assert ring.attach(second) == error("EXISTS")
    had_reader = ring.counts["has_reader"]
    kernel.host_port_set(first, False, False)
    assert (had_reader, ring.counts["has_reader"]) == (1, 0)
    assert ring.write(b"while nobody was there")
    assert ring.attach(second) == 0
    assert kernel.host_port_references(first) == 1
    assert kernel.host_port_messages(second) == 1
    assert ring.read() == b"while nobody was there"
    ring.map.destroy()
    assert kernel.host_port_references(second) == 1
