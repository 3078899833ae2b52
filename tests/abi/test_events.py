"""The table of events: what a reader sees of each kind is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import minios
from minios.abi.event_columns import EventKind
from minios.abi.events import EVENTS
from minios.abi.security_events import SECURITY_EVENTS, SecurityEvent
from minios.tui.widgets.roles import LOOKS

KERNEL = Path(minios.__file__).parent / "kernel"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_an_event_is_told_in_whole_sentences(kind: EventKind) -> None:
    """One says what has happened, others why it matters."""
    for words in (kind.tells, kind.means):
        assert words.endswith(".")
        assert words[0].isupper()


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
def test_the_sign_of_an_event_fits_its_cell(kind: EventKind) -> None:
    """It is one character, in a role that every theme knows."""
    assert len(kind.sign.text) == 1
    assert kind.sign.role in {"", *LOOKS}


@pytest.mark.parametrize("event", SECURITY_EVENTS, ids=lambda event: event.name)
def test_a_security_event_is_posted_where_its_row_says(event: SecurityEvent) -> None:
    """And nowhere else in the kernel."""
    posts = [
        path.relative_to(KERNEL).as_posix()
        for path in KERNEL.rglob("*.c")
        if f"EVENT_{event.name}" in path.read_text("utf-8")
    ]
    assert posts == [event.posted_by]
