"""The line on top of a lab: whole words at every width, the weightiest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from minios.session import stopping
from minios.session.paces import PACES, USUAL
from minios.tui.drawing.clock import ClockLine, clock

PACE = PACES[USUAL].words, PACES[USUAL].short
CLOCK = ClockLine("One fault, in two worlds", 260_000_000, running=True, pace=PACE)
STOPS = stopping.words_of(("crossing", "bugcheck", "fault"))
FULL = replace(
    CLOCK,
    running=False,
    because=(
        "paused at a bugcheck in windows; space goes on",
        "paused at a bugcheck in windows",
        "paused",
    ),
    stops=(*STOPS, "sentinel.sys!interpreter_matches"),
)


def test_a_wide_clock_says_all_in_sentences() -> None:
    """No names of classes, and what a second is worth."""
    assert clock(FULL, 300) == (
        "One fault, in two worlds   0.260000 s   "
        "‖ paused at a bugcheck in windows; space goes on   "
        "speed: 100 ms of machine time a second   "
        "pauses at any crossing of the rings, any fault, a bugcheck, "
        "sentinel.sys!interpreter_matches"
    )


@pytest.mark.parametrize("shown", [CLOCK, FULL], ids=["running", "stopped"])
def test_no_word_of_the_clock_is_cut_off(shown: ClockLine) -> None:
    """What does not fit is left out whole, and everything else is there whole."""
    whole = {
        "",
        shown.title,
        "0.260000 s",
        "▶ running",
        "‖ paused",
        "‖ paused at a bugcheck in windows",
        "‖ paused at a bugcheck in windows; space goes on",
        "speed: 100 ms of machine time a second",
        "speed: 100 ms/s",
        "100 ms/s",
        "pauses: 4",
        f"pauses at {', '.join(FULL.stops)}",
        *(f"pauses at {', '.join(STOPS[:n])} and {4 - n} more" for n in (1, 2, 3)),
    }
    for width in range(5, 260):
        words = clock(shown, width)
        assert len(words) <= width
        assert set(words.split("   ")) <= whole


def test_whoever_types_hears_that_time_stands_still() -> None:
    """Where there is room; while it runs there is nothing to say."""
    typed_on = replace(CLOCK, running=False, is_typed_on=True)

    assert "‖ paused: what you type arrives when time goes on" in clock(typed_on, 120)
    assert "‖ paused" in clock(typed_on, 40)
    assert clock(replace(CLOCK, is_typed_on=True), 120) == clock(CLOCK, 120)


def test_time_and_state_are_there_before_anything_else() -> None:
    """Then the speed, then the stops, last the name of the lab."""
    for width in range(22, 260):
        words = clock(FULL, width)
        assert "0.260000 s" in words
        assert "‖ paused" in words
        assert "100 ms" in words or "pauses" not in words
        assert "pauses" in words or FULL.title not in words


def test_a_clock_for_eighty_columns_keeps_the_name_of_the_lab() -> None:
    """While it runs, and nothing is to be stopped at."""
    words = clock(CLOCK, 78)

    assert (
        words == "One fault, in two worlds   0.260000 s   ▶ running   speed: 100 ms/s"
    )


def test_what_was_met_is_one_of_what_is_stopped_at() -> None:
    """Every kind has words; "any" becomes "a" when it has come."""
    assert stopping.met("crossing") == "a crossing of the rings"
    assert stopping.met("bugcheck") == "a bugcheck"
    for words, kind in stopping.KINDS:
        assert stopping.words_of([kind]) == (words,)
        assert not stopping.met(kind).startswith("any ")


def test_the_first_words_of_a_reason_stand_where_there_is_room() -> None:
    """They may be many; the title alone is the least."""
    shown = replace(CLOCK, title="Nothing stops", reason="one machine has stopped")
    rest = "   0.260000 s   ▶ running   speed: 100 ms of machine time a second"

    said = {clock(shown, len(rest) + room).removesuffix(rest) for room in range(13, 50)}

    assert said == {
        "Nothing stops",
        "Nothing stops: one ...",
        "Nothing stops: one machine ...",
        "Nothing stops: one machine has ...",
        "Nothing stops: one machine has stopped",
    }
