"""What the stages say of a sensor and of a file, told in order."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minios import paths
from minios.errors import ScenarioError
from minios.image.variants import USUAL
from minios.tutor.pipeline import (
    HISTORICAL,
    Bounds,
    Outcome,
    Pending,
    Pipeline,
    Stage,
    Switches,
    Verdict,
)
from minios.tutor.pipeline.runs import End, Ran, Run
from tests import pipeline_runs

BAD = "channel-291-bad"
GOOD = "channel-291-good"


@pytest.fixture(autouse=True)
def runs() -> Iterator[None]:
    """No machine runs for two tests."""
    with pipeline_runs.kept():
        yield


def verdicts(switches: Switches, name: str = BAD) -> list[tuple[Stage, Verdict]]:
    """The steps of a file with two machines, without their words."""
    with Pipeline([name], machines=2, rings=(1,), processes=1) as pipeline:
        steps = pipeline.run(switches).outcomes[0].steps
    return [(it.stage, it.verdict) for it in steps]


def test_in_july_2024_every_stage_let_the_bad_file_pass() -> None:
    """No stage noticed it before the customers did."""
    assert verdicts(HISTORICAL) == [
        (Stage.BUILD, Verdict.PASSED),
        (Stage.TESTS, Verdict.PASSED),
        (Stage.VALIDATOR, Verdict.PASSED),
        (Stage.PRE_RELEASE, Verdict.PASSED),
        (Stage.ROLLOUT, Verdict.PASSED),
        (Stage.CUSTOMERS, Verdict.CRASHED),
    ]


def test_a_refused_file_goes_no_further() -> None:
    """The last step is the one that refused it."""
    assert verdicts(Switches(validator=True))[-1] == (Stage.VALIDATOR, Verdict.REFUSED)
    assert verdicts(Switches(pre_release=True))[-1] == (
        Stage.PRE_RELEASE,
        Verdict.REFUSED,
    )


def test_tests_notice_a_missing_input_even_behind_a_bounds_check() -> None:
    """Nothing crashes there, but one of the 21 rules detects nothing."""
    switches = Switches(tests=True, bounds_check=Bounds.RIGHT)
    with Pipeline([BAD], machines=1, processes=1) as pipeline:
        step = pipeline.run(switches).sensor.steps[-1]
    assert (step.stage, step.verdict) == (Stage.TESTS, Verdict.REPAIRED)
    assert "1 of them detected nothing" in step.words


def test_in_ring_3_the_machines_run_on_unprotected() -> None:
    """The same file, the same sensor, another ring."""
    with Pipeline([BAD], model="macos", machines=2, processes=1) as pipeline:
        found = pipeline.run(HISTORICAL).of(BAD)
    assert (found.crashed, found.unprotected, found.protected) == (0, 2, 0)
    assert "run on without protection" in found.sentence


def test_the_rings_are_as_large_as_one_says() -> None:
    """Rings of 1, 3 and the rest; the rest may be nothing."""
    with Pipeline([], machines=12) as pipeline:
        rings = pipeline.world.groups(are_rings=True)
        assert [len(it) for it in rings] == [1, 3, 8]
        assert [len(it) for it in pipeline.world.groups(are_rings=False)] == [12]
    with Pipeline([], machines=3) as pipeline:
        assert [list(it) for it in pipeline.world.groups(are_rings=True)] == [
            [1],
            [2, 3],
        ]


def test_a_rule_that_first_compares_something_else_is_reached(tmp_path: Path) -> None:
    """The machines compare several events, so that one of them opens a pipe."""
    source = tmp_path / "mine.toml"
    source.write_text(
        'channel = 291\nversion = 4\n[[instance]]\ntemplate = "ipc"\n'
        "detection = 0xffff840500000074\n"
        '[instance.match]\noperation = "open"\ncorrelation = "c2"\n'
    )
    with Pipeline([source], machines=1, processes=1) as pipeline:
        assert pipeline.run(HISTORICAL).of("mine").crashed == 1


def test_a_file_with_version_0_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    """A sensor would say that it has no content."""
    source = tmp_path / "mine.toml"
    good = (paths.ASSETS / "content/channel-291-good.toml").read_text()
    source.write_text(re.sub("(?m)^version = .*$", "version = 0", good))
    with Pipeline([source, GOOD], machines=1, processes=1) as pipeline:
        mine, other = pipeline.run(HISTORICAL).outcomes
    assert (mine.stopped_at, mine.spared) == (Stage.VALIDATOR, 1)
    assert "version 0" in mine.steps[-1].words
    assert other.protected == 1


def test_a_file_that_the_machines_refuse_has_not_arrived() -> None:
    """It is no success, although nobody is harmed."""
    fates = (Ran(End.REFUSED), Ran(End.REFUSED))
    told = Outcome(HISTORICAL, "mine", None, None, fates, ())

    assert told.is_harmless
    assert (
        told.sentence == "On all 2 machines the old file stays: the new one is refused."
    )


@pytest.mark.parametrize(
    "wrong", [{"machines": 0}, {"machines": 201}, {"rings": (0,)}, {"model": "linux"}]
)
def test_impossible_numbers_are_refused(wrong: dict[str, object]) -> None:
    """Before any machine is made."""
    with pytest.raises(ScenarioError):
        Pipeline([], **wrong)  # type: ignore[arg-type]


def test_a_spared_machine_does_not_run_and_a_look_tells_what_is_known() -> None:
    """The rings run one after the other; a crash in the first spares the others."""
    names = [BAD, "channel-291-good"]
    switches = Switches(rollout=True)
    with Pipeline(names, machines=3, rings=(1,), processes=1) as pipeline:
        before = pipeline.look(switches)
        assert (before.sensor, before.is_complete) == (None, False)
        seen = [pipeline.look(switches) for _ in pipeline.prepare([switches])]
        after = pipeline.look(switches)
        assert after.is_complete
        assert after.files == pipeline.run(switches).outcomes
        assert any(
            isinstance(it.files[0], Outcome) and isinstance(it.files[1], Pending)
            for it in seen
        )
        spared = Run(pipeline.world.machine(USUAL, 2), pipeline.files[0].data)
        assert pipeline._runs.known(spared) is None


def test_two_models_share_what_is_known() -> None:
    """A look at the other model, and back, runs nothing twice."""
    with Pipeline([BAD], machines=1, processes=1) as windows:
        macos = windows.with_model("macos")
        assert windows.run(HISTORICAL).of(BAD).crashed == 1
        assert macos.run(HISTORICAL).of(BAD).unprotected == 1
        assert list(macos.with_model("windows").prepare([HISTORICAL])) == []
        with pytest.raises(ScenarioError):
            windows.with_model("linux")


_AS_ON_A_SCREEN = """
import io, sys
from minios.tutor.pipeline import HISTORICAL, Pipeline

class Captured(io.StringIO):
    def fileno(self):
        return -1

sys.stderr = Captured()
if __name__ == "__main__":
    with Pipeline(["channel-291-bad"], machines=2, processes=2) as pipeline:
        for _ in pipeline.prepare([HISTORICAL]):
            pass
        print(pipeline.run(HISTORICAL).outcomes[0].crashed)
"""


def test_processes_start_also_while_the_interface_has_standard_error() -> None:
    """There it has no file number that a new process could inherit."""
    done = subprocess.run(
        [sys.executable, "-c", _AS_ON_A_SCREEN],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
