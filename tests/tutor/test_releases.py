"""A learner sets the vendor's switches, and the real pipeline says what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.submission import Submission
from minios.tutor import reading, releases
from minios.tutor.model import Release, Want
from minios.tutor.pipeline import Pipeline
from tests import pipeline_runs

_LESSON = """
title = "A release"
about = "Switches"
minutes = 5
[machines.windows]
[[tasks]]
name = "plan"
ask = "Plan it"
hints = ["Turn one on", "Turn on the validator"]
pipeline = "plan.toml"
wants = [{ say = "It crashes.", %s }]
"""


@pytest.fixture(autouse=True)
def runs() -> Iterator[None]:
    """No machine runs for two tests."""
    with pipeline_runs.kept():
        yield


def _missed(folder: Path, text: str, **want: object) -> str:
    (folder / "plan.toml").write_text(text, "utf-8")
    wanted = Want(say="It crashes.", **want)  # type: ignore[arg-type]
    release = Release("plan.toml", (wanted,))
    return releases.missed(release, Submission(folder))


def test_what_happens_is_told_behind_what_was_wanted(tmp_path: Path) -> None:
    """The pipeline's own sentence, because it is what the learner can see there."""
    assert _missed(tmp_path, "validator = true", crashed=0) == ""
    said = _missed(tmp_path, "rollout = true", crashed=0)
    assert said.startswith("plan.toml: It crashes. What happens: 1 of 12 machines")


def test_a_plan_with_a_single_measure_fails_if_that_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two measures are enough, but not if one of them aborts."""
    few = Pipeline(["channel-291-bad"], machines=2, processes=1)
    monkeypatch.setattr(releases, "_pipeline", lambda _file: few)
    sure = {"crashed": 0, "although_one_fails": True}
    said = _missed(tmp_path, "validator = true\nrollout = true", **sure)
    assert "Without switch 4, validator: 1 of 2" in said
    assert _missed(tmp_path, "validator = true\ntests = true", **sure) == ""
    wrong = 'validator = true\nbounds-check = "wrong"'
    assert "Without switch 4, validator: All 2" in _missed(tmp_path, wrong, **sure)


@pytest.mark.parametrize(
    ("want", "text"),
    [
        ({"most": 1}, "tests = true\nrollout = true"),
        ({"only": ["tests"]}, "rollout = true"),
        ({"needs": ["rollout"]}, "tests = true"),
    ],
)
def test_the_switches_themselves_can_be_wanted(
    tmp_path: Path, want: dict[str, object], text: str
) -> None:
    """So many, only these, at least these: no machine has to run for it."""
    assert _missed(tmp_path, text, **want).startswith("plan.toml: It crashes.")
    both = "tests = true\nrollout = true" if "needs" in want else "tests = true"
    assert _missed(tmp_path, both, **want) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rolout = true", "there is no key 'rolout'"),
        ("rollout = 1", "rollout must be"),
        ('bounds-check = "left"', "bounds-check"),
        ("rollout = ", "this is not TOML"),
    ],
)
def test_a_file_that_is_no_setting_is_refused_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    """A learner has written it."""
    with pytest.raises(ScenarioFileError) as caught:
        _missed(tmp_path, text, crashed=0)
    assert told in str(caught.value)
    assert "plan.toml:1" in str(caught.value)


@pytest.mark.parametrize(
    ("want", "told"),
    [
        ('crashed = 0, file = "channel-292"', "no shipped content file 'channel-292'"),
        ('needs = ["rolout"]', "there is no switch 'rolout'"),
        ("although_one_fails = true", "a want names what has to be so"),
    ],
)
def test_a_want_that_cannot_be_met_is_refused(
    tmp_path: Path, want: str, told: str
) -> None:
    """The author of a lesson has written it."""
    (tmp_path / "lesson.toml").write_text(_LESSON % want, "utf-8")
    (tmp_path / "README.md").write_text("# A release\n", "utf-8")
    with pytest.raises(ScenarioFileError) as caught:
        reading.read(tmp_path)
    assert told in str(caught.value)
