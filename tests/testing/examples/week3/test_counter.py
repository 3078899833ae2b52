"""What the counter of a student must do."""

import pytest

from minios.lab import Death, Happened, events, seconds
from minios.testing import Labs, Submission

OFTEN = {"event_ms": "50"}  # milliseconds of virtual time between two pipes


@pytest.mark.points(2)
def test_the_driver_counts(lab: Labs, submission: Submission) -> None:
    """The driver counts every pipe that is created."""
    windows = lab("windows", plugins=[submission.plugin], options=OFTEN)
    fourth = Happened(events.ValueReported, what="creates", value=4)
    windows.expect(fourth, within=seconds(1), message="four pipes are created")


@pytest.mark.points(3)
@pytest.mark.hidden
def test_it_counts_on(lab: Labs, submission: Submission) -> None:
    """The sensor dies, and the counter counts on."""
    macos = lab("macos", plugins=[submission.plugin], options=OFTEN)
    macos.push("channel-291-bad")
    macos.run_until(Death("sentinel"), within=seconds(5))
    macos.run_until(Happened(events.ValueReported, what="opens"), within=seconds(5))
