"""A recording is played as it was recorded, and never for longer than it may."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.lab import Bugcheck, Lab, seconds
from minios.machine.allowance import Allowance, AllowanceError
from minios.session import recording
from minios.testing import Labs
from minios.testing.replaying import play


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine that stopped because of a bad file."""
    path = tmp_path_factory.mktemp("recordings") / "talk.jsonl"
    with Lab() as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Bugcheck(), within=seconds(5))
        recording.save(recording.of_labs([lab]), path)
    return path


def test_a_test_can_look_at_the_end_of_a_recording(lab: Labs, recorded: Path) -> None:
    """A session that was handed in: the machine stands where its author left it."""
    (windows,) = lab.replay(recorded)

    assert windows.last(Bugcheck()).name == "PAGE_FAULT_IN_NONPAGED_AREA"
    assert windows in lab.borrowed


@pytest.mark.parametrize(
    "allowance", [Allowance(100_000), Allowance(10**9, seconds(0.01))]
)
def test_a_recording_that_would_do_too_much_is_ended(
    recorded: Path, allowance: Allowance
) -> None:
    """However long its author says it is."""
    found = recording.load(recorded)
    with Lab.of(found.machines[0]) as lab:
        lab.machine.allowance = allowance

        with pytest.raises(AllowanceError):
            play(lab, found, 0, where=recorded.name)


def test_a_recording_that_tells_another_end_is_refused(
    lab: Labs, recorded: Path, tmp_path: Path
) -> None:
    """It was written by hand, or it is of another machine."""
    path = tmp_path / "forged.jsonl"
    path.write_bytes(recorded.read_bytes().replace(b'"records":', b'"records":1'))

    with pytest.raises(ScenarioError, match="has not ended as it was recorded"):
        lab.replay(path)
