"""The lesson about the bounds check: the learner's copy of the sensor."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import paths
from minios.abi.plugins import Kind
from minios.image import plugins
from minios.tutor import packs
from minios.tutor.model import Lesson
from minios.tutor.work import Work

_FILE = Path("sentinel") / "interpreter.c"
_MARK = "// [loop]\n"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """The lesson, in English."""
    return next(
        it for it in packs.shipped("en").lessons if it.name == "18_bounds_check"
    )


@pytest.mark.parametrize("kind", [Kind.DRIVER, Kind.EXTENSION])
def test_the_learner_begins_with_the_machine_code_of_the_shipped_sensor(
    lesson: Lesson, kind: Kind
) -> None:
    """Its text has no switches for other builds, but it is the same sensor."""
    image = plugins.build(lesson.start / "sentinel").image(kind)
    assert image is not None
    shipped = paths.guest_file(f"disk/{image.on_disk}").read_bytes()
    assert image.bare == shipped


def test_every_changed_copy_differs_in_the_loop_alone(lesson: Lesson) -> None:
    """So that it is the mistake that is told, and nothing else."""
    begun, _, loop = (lesson.start / _FILE).read_text("utf-8").partition(_MARK)
    changed = [
        *lesson.folder.glob(f"mistakes/*/{_FILE}"),
        lesson.solution / "files" / _FILE,
    ]
    assert len(changed) > 1
    for path in changed:
        before, _, after = path.read_text("utf-8").partition(_MARK)
        assert before == begun, path
        assert after != loop, path


def test_what_the_compiler_says_is_told_in_one_line(
    lesson: Lesson, tmp_path: Path
) -> None:
    """With the file and the line of the mistake."""
    work = Work(lesson, tmp_path)
    work.begin()
    path = work.folder / _FILE
    text = path.read_text("utf-8")
    path.write_text(text.replace("continue;", "continue"), "utf-8")
    line = text[: text.index("continue;")].count("\n") + 1
    feedback = work.check(lesson.task("repair"))
    assert not feedback.passed
    assert f"interpreter.c:{line}:" in feedback.words
    assert "expected ';'" in feedback.words
    assert "\\n" not in feedback.words
