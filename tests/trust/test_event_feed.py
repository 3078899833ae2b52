"""The feed of security events: many types, many clients, and clients that leave.

The C itself, built for this host, with a table of two hundred types.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from minios.abi import events, generate
from minios.abi.errors import BY_NAME as ERRORS
from minios.abi.event_columns import SecurityEvent
from tests import c_library

pytestmark = pytest.mark.witness

TYPES = 200
CLIENTS = 12
SOURCES = ("minios/kernel/events/event.c", "minios/kernel/library/text.c")


class Feed:
    """The compiled feed, with the clients of feed_host.c."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.host_subscribe.restype = ctypes.c_long
        library.host_sequence.restype = ctypes.c_uint64
        library.host_has_left.restype = ctypes.c_bool
        library.host_is_in_order.restype = ctypes.c_bool

    def subscribe(self, client: int, kind: int) -> int:
        """Let a client hear of a type. Returns 0 or a negated error."""
        return int(self._library.host_subscribe(client, ctypes.c_uint32(kind)))

    def when_served(self, client: int, *, leaves: int) -> None:
        """Let a client unsubscribe while another one, or itself, is served."""
        self._library.host_let_leave(client, leaves)

    def post(self, kind: int) -> list[int]:
        """Post an event. Returns who was served, in order."""
        count = int(self._library.host_post(ctypes.c_uint32(kind)))
        assert self._library.host_is_in_order()
        return [int(self._library.host_served(at)) for at in range(count)]

    @property
    def sequence(self) -> int:
        """The number of the event that was posted last."""
        return int(self._library.host_sequence(0))

    def has_left(self, client: int) -> bool:
        """Whether the feed does not use it any more."""
        return bool(self._library.host_has_left(client))


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """One that nobody has used, for a table of 200 rows."""
    more = (
        SecurityEvent(f"TOY_{number}", number, events.SUBJECTS[0], "", "")
        for number in range(len(events.SECURITY_EVENTS), TYPES)
    )
    monkeypatch.setattr(events, "SECURITY_EVENTS", (*events.SECURITY_EVENTS, *more))
    header = tmp_path / "minios/abi.h"
    header.parent.mkdir()
    header.write_text(generate.header_text(), encoding="utf-8")
    flags = ["-std=c17", "-fPIC", "-ffreestanding", "-Iminios/kernel", f"-I{tmp_path}"]
    sources = [*SOURCES, "tests/trust/feed_host.c"]
    path = c_library.build(tmp_path / "feed.library", *flags, sources=sources)
    return Feed(ctypes.CDLL(str(path)))


def test_each_of_two_hundred_types_is_told_to_whom_it_concerns(feed: Feed) -> None:
    """Types in the same word, in the next one, and at the same place in another."""
    for client, kind in ((1, 0), (2, 64), (3, 63), (3, 128), (3, 199)):
        assert feed.subscribe(client, kind) == 0

    told = {kind: feed.post(kind) for kind in range(TYPES)}

    assert {kind: whom for kind, whom in told.items() if whom} == {
        0: [1],
        63: [3],
        64: [2],
        128: [3],
        199: [3],
    }


@pytest.mark.parametrize("kind", [TYPES, 255, 256, 1 << 31, (1 << 32) - 1])
def test_a_type_past_the_last_is_refused(feed: Feed, kind: int) -> None:
    """Before anything is shifted."""
    assert feed.subscribe(1, kind) == -ERRORS["BAD_ARGUMENT"]


def test_more_than_eight_clients_hear_in_the_order_in_which_they_came(
    feed: Feed,
) -> None:
    """There are as many as somebody has memory for."""
    for client in range(1, CLIENTS + 1):
        feed.subscribe(client, 1)

    assert feed.post(1) == list(range(1, CLIENTS + 1))
    before = feed.sequence
    feed.post(0)
    assert feed.post(1) == list(range(1, CLIENTS + 1))
    assert feed.sequence == before + 2  # the one between concerned nobody


@pytest.mark.parametrize(
    ("leaves", "served", "later"),
    [
        pytest.param(1, [1, 2, 3, 4], [2, 3, 4], id="an-earlier-one"),
        pytest.param(2, [1, 2, 3, 4], [1, 3, 4], id="itself"),
        pytest.param(3, [1, 2, 4], [1, 2, 4], id="the-next-one"),
        pytest.param(4, [1, 2, 3], [1, 2, 3], id="the-last-one"),
    ],
)
def test_a_client_may_leave_while_another_is_served(
    feed: Feed, leaves: int, served: list[int], later: list[int]
) -> None:
    """The others are served all the same, and it is not called again."""
    for client in range(1, 5):
        feed.subscribe(client, 1)
    feed.when_served(2, leaves=leaves)

    assert feed.post(1) == served
    assert feed.has_left(leaves)
    assert feed.post(1) == later
