"""The numbers that a stop code comes with, in words."""

from __future__ import annotations

import pytest

from minios.lab import stop_words


@pytest.mark.parametrize(
    ("irql", "words"),
    [
        (0, "passive"),
        (1, "APC"),
        (2, "dispatch"),
        (3, "device"),
        (12, "device"),
        (13, "clock"),
        (15, "high"),
        (31, "no such level"),
    ],
)
def test_an_irql_has_the_name_that_it_has_on_x64_windows(irql: int, words: str) -> None:
    """HIGH is 15 there; 31 is that of 32-bit Windows."""
    assert stop_words.irql_words(irql) == words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0xC0000005, "access violation"),
        (0xC000001D, "illegal instruction"),
        (0xC0000094, "division by zero"),
        (0x80000003, "breakpoint"),
    ],
)
@pytest.mark.parametrize("code", [0x1E, 0x3B, 0x7E])
def test_an_exception_that_nobody_caught_is_named(
    code: int, status: int, words: str
) -> None:
    """Parameter 1 is the NTSTATUS of the exception."""
    first, *_ = stop_words.parameters(code, (status, 0, 0, 0))

    assert (first.meaning, first.words) == ("exception code", words)


def test_the_number_of_a_wrong_session_is_used_for_nothing_else() -> None:
    """Parameter 4 of 0x50: Microsoft has given 3 away, so ours is another number."""
    wrong_session, ours = (
        stop_words.parameters(0x50, (0, 0, 0, kind))[3].words for kind in (3, 0x100)
    )

    assert wrong_session == ""
    assert "rights forbid" in ours
