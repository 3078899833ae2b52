"""What a counter of pipe events must do. `minios grade` runs this for each student."""

from __future__ import annotations

import pytest

from minios.lab import Lab, events, seconds
from minios.testing import Labs, Submission

OFTEN = {"event_ms": "50"}  # how long the workload waits between two pipes


def reported(lab: Lab, what: str) -> list[int]:
    """All numbers that the plugin has reported under this name, in order."""
    said = (it for it in lab.events if isinstance(it, events.ValueReported))
    return [it.value for it in said if it.what == what]


@pytest.mark.points(2)
def test_it_counts_pipes_in_ring_0(lab: Labs, submission: Submission) -> None:
    """The driver counts every pipe that is created."""
    windows = lab("windows", plugins=[submission.plugin], options=OFTEN)
    windows.run_for(seconds(1))
    assert reported(windows, "creates") == [1, 2, 3, 4], "four pipes are created"


@pytest.mark.points(2)
def test_it_counts_pipes_in_ring_3(lab: Labs, submission: Submission) -> None:
    """The extension counts every pipe that is created."""
    macos = lab("macos", plugins=[submission.plugin], options=OFTEN)
    macos.run_for(seconds(1))
    assert reported(macos, "creates") == [1, 2, 3, 4], "four pipes are created"


@pytest.mark.points(2)
def test_both_rings_count_the_same(lab: Labs, submission: Submission) -> None:
    """One source, built twice: the opens are counted one by one in both."""
    pair = lab.pair(plugins=[submission.plugin], options=OFTEN)
    pair.run_for(seconds(1))
    for world in pair.worlds:
        opens = reported(world, "opens")
        assert opens == list(range(1, len(opens) + 1)), "each open counts one"
        assert len(opens) > 2, "pipes are opened all the time"


@pytest.mark.points(3)
@pytest.mark.hidden
def test_it_goes_on_while_the_sensor_dies(lab: Labs, submission: Submission) -> None:
    """A bad content file kills the sensor, and the counter counts on."""
    macos = lab("macos", plugins=[submission.plugin], options=OFTEN)
    macos.push("channel-291-bad")
    macos.run_for(seconds(1))
    before = len(reported(macos, "opens"))
    macos.run_for(seconds(1))
    assert len(reported(macos, "opens")) > before
