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
    windows = lab.replay(recorded)

    assert windows.last(Bugcheck()).name == "PAGE_FAULT_IN_NONPAGED_AREA"
    assert windows in lab.borrowed


def test_a_recording_that_begins_with_the_end_is_refused(
    lab: Labs, tmp_path: Path
) -> None:
    """A machine that was made with the file has not been given it by anybody."""
    path = tmp_path / "forged.jsonl"
    with Lab(content="channel-291-latent", seed=2) as forged:
        forged.boot()
        recording.save(recording.of_labs([forged]), path)

    for model in ("windows", "macos"):
        with pytest.raises(ScenarioError, match=f"no machine '{model}' made as"):
            lab.replay(path, model)
    with pytest.raises(ScenarioError, match="made as this test asks"):
        lab.replay(path, content="channel-291-latent")
    assert lab.borrowed == []
    assert lab.replay(path, content="channel-291-latent", seed=2) in lab.borrowed


def test_one_machine_of_several_is_played(lab: Labs, tmp_path: Path) -> None:
    """A session in the interface has two worlds side by side."""
    path = tmp_path / "two.jsonl"
    with Lab() as windows, Lab("macos") as macos:
        macos.run_for(seconds(0.01))
        recording.save(recording.of_labs([windows, macos]), path)

    assert [lab.replay(path, it).now for it in ("windows", "macos")] == [
        0,
        seconds(0.01),
    ]


def test_a_recording_without_a_machine_is_refused(lab: Labs, tmp_path: Path) -> None:
    """Its author is told so in words."""
    path = tmp_path / "none.jsonl"
    recording.save(recording.of_labs([]), path)

    with pytest.raises(ScenarioError, match="has 0 machines, not 1 to 16"):
        lab.replay(path)


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


def test_a_recording_of_nothing_but_resets_is_ended(
    recorded: Path, tmp_path: Path
) -> None:
    """No time passes for them, but each of them is work for the host."""
    head, *_ = recorded.read_bytes().splitlines()
    reset = b'{"is":"input","t":0,"world":0,"order":{"do":"reset"}}'
    end = b'{"is":"end","machines":[{"t":0}]}'
    path = tmp_path / "resets.jsonl"
    path.write_bytes(b"\n".join((head, *[reset] * 20, end)))
    found = recording.load(path)
    with Lab.of(found.machines[0]) as lab:
        lab.machine.allowance = Allowance(1_000_000)

        with pytest.raises(AllowanceError):
            play(lab, found, 0, where=path.name)

        assert lab.machine.resets == 10
