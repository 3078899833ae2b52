"""What a sensor costs, in plain mode: chosen by its number, told in sentences."""

from __future__ import annotations

from minios.lab import cost
from minios.lab.cost import CAUTION, Arrangement, Operation
from tests.plain.talking import TWO, talk
from tests.plain.test_speech import trouble


def test_it_is_measured_and_told() -> None:
    """Each arrangement with its counts, and nothing is drawn."""
    talker = talk(TWO, ">measure what a sensor costs", "2")
    told = talker.after("This takes a few seconds.")

    costs = {it.arrangement: it for it in cost.measure(operations=(Operation.PIPES,))}
    usual = costs[Arrangement.NOBODY].counts.instructions
    assert told[0] == "To open and close a named pipe, 20 times. Each time:"
    for it, line in zip(Arrangement, told[1:], strict=False):
        each = costs[it].counts.instructions / 20
        assert line.startswith(f"{it.words}: {each:.0f} instructions")
        assert f"{costs[it].counts.crossings / 20:.1f} changes of the ring" in line
        more = costs[it].counts.instructions / usual
        assert (f"{more:.1f} times as many" in line) == (it is not Arrangement.NOBODY)
    assert told[6] == CAUTION
    assert not any(map(trouble, told))


def test_it_can_be_declined() -> None:
    """Then nothing is measured."""
    talker = talk(TWO, ">measure what a sensor costs", "0")

    assert "This takes a few seconds." not in talker.text
