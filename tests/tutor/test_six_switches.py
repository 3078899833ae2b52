"""The answers of the lesson about the six switches are what the pipeline says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.session.goals.aims import Asked
from minios.tutor import packs
from minios.tutor.model import Lesson
from minios.tutor.pipeline import Bounds, Pipeline, Switches
from tests import pipeline_runs


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """The lesson about the six switches, in English."""
    lessons = packs.shipped("en").lessons
    return next(it for it in lessons if it.name == "17_six_switches")


@pytest.fixture(autouse=True)
def runs() -> Iterator[None]:
    """No machine runs for two tests."""
    with pipeline_runs.kept():
        yield


@pytest.mark.parametrize(
    ("task", "switches"),
    [("history", Switches()), ("rings", Switches(rollout=True))],
)
def test_the_lesson_knows_how_many_machines_stop(
    lesson: Lesson, task: str, switches: Switches
) -> None:
    """What is right stands in the lesson, and the pipeline says the same."""
    pipeline = Pipeline(["channel-291-bad"], processes=1)
    (outcome,) = pipeline.run(switches).outcomes
    assert _judged(lesson, task, str(outcome.crashed)) == ""
    assert _judged(lesson, task, str(outcome.crashed + 1)) != ""


def test_the_lesson_knows_the_stop_code_of_the_wrong_repair(
    lesson: Lesson,
) -> None:
    """It is told with its name, and the learner types the number."""
    pipeline = Pipeline(["channel-291-bad"], machines=2, processes=1)
    (outcome,) = pipeline.run(Switches(bounds_check=Bounds.WRONG)).outcomes
    ((stop, machines),) = outcome.stops
    assert machines == outcome.machines
    assert _judged(lesson, "wrong", stop.split()[0]) == ""


def _judged(lesson: Lesson, task: str, typed: str) -> str | None:
    aim = lesson.task(task).goal.aim
    assert isinstance(aim, Asked)
    right = aim.right(())
    assert right is not None
    return right.judge(typed)
