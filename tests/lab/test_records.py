"""Every kind of record can be read and told, whatever a driver writes into it."""

from __future__ import annotations

import pytest

from minios.abi.event_columns import EventKind
from minios.abi.events import RECORDS
from minios.abi.structures import RECORD
from minios.lab import beacon, events, to_json
from minios.lab.explain import brief, describe
from minios.lab.memory import Memory

STAMP = {"world": "windows", "t": 1, "instructions": 1}


def nowhere(_address: int, _size: int) -> None:
    """What is read where nothing is mapped."""


@pytest.mark.parametrize("byte", [b"\0", b"{", b"\xff"])
@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.name)
def test_a_record_becomes_an_event_and_words(kind: EventKind, byte: bytes) -> None:
    """Its sentence names only what the event has."""
    data = kind.number.to_bytes(4, "little") + byte * (RECORD.size - 4)
    event = beacon.read(data, STAMP, Memory(), nowhere)

    assert event is not None
    assert type(event) is events.KINDS[kind.class_name]
    assert describe(event)
    assert brief(event).answer
    assert to_json(event).startswith(f'{{"kind":"{kind.name}"')


@pytest.mark.parametrize("number", [0, 20, 2**32 - 1])
def test_a_kind_that_nobody_knows_is_no_event(number: int) -> None:
    """20 was one once."""
    data = number.to_bytes(4, "little") + bytes(RECORD.size - 4)

    assert beacon.read(data, STAMP, Memory(), nowhere) is None
