"""Two worlds on one virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from minios.errors import MiniosError
from minios.lab import (
    Bugcheck,
    ConditionNotMetError,
    Death,
    Ready,
    events,
    milliseconds,
    seconds,
)
from minios.lab.mistakes import WrongTypeError, WrongValueError
from minios.testing import Labs, Pair


def test_both_worlds_stand_at_one_moment(pair: Pair) -> None:
    """They take different times to boot, and wait for each other."""
    assert pair.windows.machine.now == pair.macos.machine.now == pair.now


def test_a_file_reaches_both_at_one_moment(pair: Pair) -> None:
    """One of them was ahead, because its condition was met later."""
    pair.windows.run_for(milliseconds(3))

    pushed = pair.push("channel-291-bad")

    assert pushed.windows.t == pushed.macos.t
    crash = pair.run_until(Bugcheck() | Death(), within=seconds(5))
    assert crash.map(lambda event: (event.world, event.ring)) == pair.worlds.map(
        lambda lab: (lab.model, {"windows": 0, "macos": 3}[lab.model])
    )


def test_time_goes_on_for_both(pair: Pair) -> None:
    """To the same moment, from whatever moments they stand at."""
    before = pair.now
    pair.macos.run_for(milliseconds(7))

    pair.run_for(milliseconds(5))

    assert pair.windows.machine.now == before + milliseconds(12)
    assert pair.macos.machine.now == before + milliseconds(12)


def test_one_clock_stops_for_both(pair: Pair) -> None:
    """The world that ran past the instant of the other goes back to it."""
    pair.push("channel-291-bad")
    both = Bugcheck() | Death()
    kept = pair.snapshot()
    times = pair.run_until(both, within=seconds(5)).map(lambda event: event.t)
    pair.restore(kept)

    first = pair.run_to_first(both, within=seconds(5))

    assert first is pair.macos
    assert (pair.windows.now, pair.macos.now) == (times.macos, times.macos)
    assert times.macos < times.windows
    assert pair.windows.all(events.BugcheckEvent) == ()
    with pytest.raises(ConditionNotMetError, match=r"^pair: Ready\(\) has happened in"):
        pair.run_to_first(Ready(), within=milliseconds(1))


def test_a_condition_that_one_world_misses_is_named(pair: Pair) -> None:
    """It says which of the two, because only one did what was waited for."""
    pair.push("channel-291-bad")

    with pytest.raises(ConditionNotMetError, match=r"^macos: Bugcheck"):
        pair.run_until(Bugcheck(), within=seconds(1))


def test_each_shell_answers(pair: Pair) -> None:
    """What it says comes by world, in one order."""
    answers = pair.console("ps")

    assert "sentinel.ext" not in answers.windows
    assert "sentinel.ext" in answers.macos
    assert list(answers) == [answers.windows, answers.macos]


def test_a_pair_goes_back(pair: Pair) -> None:
    """Both machines to the moment of the snapshot."""
    before, kept = pair.now, pair.snapshot()
    pair.reset()
    pair.run_until(Ready(), within=seconds(5))

    pair.restore(kept)

    assert pair.worlds.map(lambda lab: (lab.machine.now, lab.boots)) == (
        pair.worlds.map(lambda _: (before, 1))
    )


def test_a_pair_can_be_set_up(lab: Labs) -> None:
    """With the words that a single lab takes, for both worlds alike."""
    pair = lab.pair(seed=5, options={"event_ms": "0"}, content="channel-291-latent")

    assert pair.worlds.map(lambda it: it.setup.seed) == pair.worlds.map(lambda _: 5)


def test_a_wrong_time_is_refused_as_by_a_single_lab(pair: Pair) -> None:
    """Also if one machine is ahead: the message repeats what was written."""
    pair.windows.run_for(milliseconds(3))

    with pytest.raises(WrongTypeError, match=r"not 0.5.*within=seconds\(0.5\)"):
        pair.run_until(Bugcheck(), within=0.5)  # type: ignore[call-overload]
    with pytest.raises(WrongTypeError, match=r"not '5s'.*within=seconds\(5\)"):
        pair.run_to_first(Bugcheck(), within="5s")  # type: ignore[arg-type]
    with pytest.raises(WrongValueError, match=r"within=5 is 5 ns"):
        pair.run_until(Bugcheck(), within=5)
    with pytest.raises(WrongTypeError, match=r"time=seconds\(0.5\)"):
        pair.run_for(0.5)  # type: ignore[arg-type]


def test_a_pair_goes_back_only_to_its_own_snapshot(pair: Pair) -> None:
    """One machine's snapshot is not enough for two."""
    with pytest.raises(WrongTypeError, match=r"pair.restore\(pair.snapshot\(\)\)"):
        pair.restore(pair.windows.snapshot())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (
            lambda pair: pair.worlds.screen,
            "Worlds has no 'screen'. Write .windows.screen or .macos.screen; .map(",
        ),
        (lambda pair: pair.model, "'model'. Write pair.windows.model or pair.macos"),
        (lambda pair: pair.boot(), "'boot'. Write pair.windows.boot or pair.macos"),
        (lambda pair: pair.snapshots(), "no 'snapshots'. Did you mean snapshot?"),
        (lambda pair: pair.run_until(Death()), "'within'. Write pair.run_until(Bug"),
        (lambda pair: pair.push(), "'content'. Write pair.push("),
    ],
)
def test_a_mistake_says_how_a_pair_is_asked(
    pair: Pair, use: Callable[[Any], object], words: str
) -> None:
    """A result of two worlds is not a record, and a pair is not a lab."""
    with pytest.raises(MiniosError) as caught:
        use(pair)

    assert words in str(caught.value)
