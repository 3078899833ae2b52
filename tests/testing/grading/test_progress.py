"""Whoever waits sees how far the grading is: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from minios.commands.grade_progress import Progress
from minios.testing.grading.results import Grade


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def shown(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, count: int, *, plain: str
) -> str:
    """What is printed while so many submissions are graded."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("ACCESSIBLE", plain)
    progress = Progress(count)
    for _ in range(count):
        progress.add(Grade("ann\x1b[2J", ()))
    progress.end()
    return stream.getvalue()


def test_a_terminal_shows_a_bar_and_takes_it_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one line; the names of submissions are shown safely."""
    drawn = shown(monkeypatch, Terminal(), 2, plain="").split("\r")

    assert {len(it) for it in drawn[1:-1]} == {79}
    assert [it.rstrip() for it in drawn] == [
        "",
        f"[{'-' * 24}] 0 of 2",
        f"[{'#' * 12}{'-' * 12}] 1 of 2 ann\\x1b[2J",
        f"[{'#' * 24}] 2 of 2 ann\\x1b[2J",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("stream", "plain"), [(io.StringIO(), ""), (Terminal(), "1")], ids=["file", "plain"]
)
def test_elsewhere_there_is_a_line_for_each_tenth(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, plain: str
) -> None:
    """A listener hears ten sentences, however many submissions there are."""
    lines = shown(monkeypatch, stream, 100, plain=plain).splitlines()
    tenths = range(10, 101, 10)

    assert lines == [f"{it} of 100 submissions are graded." for it in tenths]
