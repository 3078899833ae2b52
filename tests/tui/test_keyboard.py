"""Bytes of a terminal that are not what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual import events

from minios.tui.keyboard import Keyboard
from tests.tui.pty_app import PtyApp

PASTE, PASTE_END = b"\x1b[200~", b"\x1b[201~"
MOMENT = 10  # ticks


def keys(messages: Sequence[object]) -> list[str]:
    """The keys among them."""
    return [it.key for it in messages if isinstance(it, events.Key)]


def pasted(messages: Sequence[object]) -> list[str]:
    """The pasted texts among them."""
    return [it.text for it in messages if isinstance(it, events.Paste)]


def heard(*pieces: bytes, ticks: int = 0) -> list[object]:
    """What a keyboard makes of pieces that come one after the other."""
    keyboard = Keyboard()
    found: list[object] = []
    for piece in pieces:
        found += keyboard.hear(piece)
    for _ in range(ticks):
        found += keyboard.tick()
    return found


@pytest.mark.parametrize("noise", [b"\xe9", b"\xff\xfe", b"\x80", b"\xc3\x28"[:1]])
def test_bytes_that_are_no_utf8_are_ignored(noise: bytes) -> None:
    """As a terminal with another encoding sends them."""
    assert keys(heard(noise + b"a", b"b")) == ["a", "b"]


def test_a_letter_may_come_in_two_pieces() -> None:
    """The first byte alone is no noise."""
    assert [
        it.character for it in heard(b"\xc3", b"\xa9") if isinstance(it, events.Key)
    ] == ["é"]


def test_a_paste_without_its_end_ends_after_a_moment() -> None:
    """What has come is pasted; after that, keys are keys again."""
    keyboard = Keyboard()
    found = [*keyboard.hear(PASTE + b"some text")]
    assert found == []

    for _ in range(MOMENT):
        found += keyboard.tick()
    assert pasted(found) == ["some text"]
    assert keys([*keyboard.hear(b"\x11")]) == ["ctrl+q"]


@pytest.mark.parametrize("at", range(1, 6))
def test_the_mark_of_a_paste_may_come_in_two_pieces(at: int) -> None:
    """Networks cut where they like."""
    found = heard(PASTE[:at], PASTE[at:] + b"text", ticks=MOMENT)

    assert pasted(found) == ["text"]


def test_a_paste_that_goes_on_is_one_paste() -> None:
    """However long it takes, as long as something comes."""
    keyboard = Keyboard()
    found: list[object] = [*keyboard.hear(PASTE)]
    for _ in range(5):
        found += keyboard.hear(b"piece ")
        for _ in range(MOMENT - 1):
            found += keyboard.tick()
    found += keyboard.hear(PASTE_END)

    assert pasted(found) == ["piece " * 5]


def test_a_whole_paste_leaves_nothing_to_wait_for() -> None:
    """No end is added to one that had its own."""
    assert pasted(heard(PASTE + b"text" + PASTE_END, ticks=2 * MOMENT)) == ["text"]


@pytest.mark.posix
def test_the_interface_survives_noise_and_a_broken_paste(tmp_path: Path) -> None:
    """On a real terminal, through the driver: ctrl+q still ends it."""
    with PtyApp("-m", "minios", home=tmp_path) as app:
        app.wait_for("type to filter")
        app.send(b"\xe9\xff" + PASTE + b"lost")
        app.wait_for("lost")  # the text comes though the end of the paste does not
        app.press("\x11")

        assert app.end() == 0
        assert app.is_restored()
        assert b"Traceback" not in app.seen
