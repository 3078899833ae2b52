"""What is kept of a learner: merged, never lost, and never worth an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.tutor import packs
from minios.tutor.model import Lesson
from minios.tutor.progress import Progress
from tests.tutor import two_lessons


@pytest.fixture
def lessons(tmp_path: Path) -> tuple[Lesson, ...]:
    """Two lessons."""
    return packs.read(two_lessons.write(tmp_path / "pack"), "en").lessons


def test_tasks_are_kept_and_counted(
    tmp_path: Path, lessons: tuple[Lesson, ...]
) -> None:
    """From one start of minios to the next."""
    Progress(tmp_path).note(lessons[0])
    assert Progress(tmp_path).words(lessons[0]) == "opened before"

    Progress(tmp_path).note(lessons[0], ["crash"])
    assert Progress(tmp_path).words(lessons[0]) == "1 of 3 tasks"
    assert Progress(tmp_path).words(lessons[1]) == ""

    Progress(tmp_path).note(lessons[0], ["who", "element"])
    assert Progress(tmp_path).words(lessons[0]) == "passed"


def test_what_another_minios_has_noted_meanwhile_is_not_lost(
    tmp_path: Path, lessons: tuple[Lesson, ...]
) -> None:
    """Two may be open at the same time, in the same lesson or in another."""
    one, other = Progress(tmp_path), Progress(tmp_path)
    one.note(lessons[0], ["crash"])
    other.note(lessons[1], ["five"])
    other.note(lessons[0], ["who"])
    one.note(lessons[0], ["element"])

    kept = Progress(tmp_path)
    assert kept.of(lessons[0]).tasks == {"crash", "element", "who"}
    assert kept.passed(lessons[0])
    assert kept.of(lessons[1]).tasks == {"five"}


def test_a_lesson_that_begins_anew_stays_passed(
    tmp_path: Path, lessons: tuple[Lesson, ...]
) -> None:
    """Its tasks are to be done again."""
    progress = Progress(tmp_path)
    progress.note(lessons[1], ["five", "ring"])
    progress.reset(lessons[1])

    assert progress.of(lessons[1]).tasks == frozenset()
    assert Progress(tmp_path).passed(lessons[1])


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"two/01_crash": 3}', "[" * 9999]
)
def test_what_cannot_be_read_is_put_aside_and_told(
    text: str, tmp_path: Path, lessons: tuple[Lesson, ...]
) -> None:
    """And what is done from then on is kept."""
    for number in (1, 2):
        (tmp_path / "lessons.json").write_text(text)
        progress = Progress(tmp_path)

        assert not progress.is_begun
        assert f"kept as lessons.json.broken-{number}" in progress.trouble
        assert (tmp_path / f"lessons.json.broken-{number}").read_text() == text
        progress.note(lessons[0], ["crash"])
        again = Progress(tmp_path)
        assert again.of(lessons[0]).tasks == {"crash"}
        assert not again.trouble


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, lessons: tuple[Lesson, ...]
) -> None:
    """This visit still knows what was done."""
    progress = Progress(tmp_path / "gone" / "away")
    progress.note(lessons[0], ["crash"])

    assert progress.of(lessons[0]).tasks == {"crash"}


def test_the_next_lesson_is_behind_this_one_and_then_from_the_start(
    lessons: tuple[Lesson, ...],
) -> None:
    """None, if all were passed."""
    progress, (first, second) = Progress(None), lessons
    assert progress.next(lessons) is first
    assert progress.next(lessons, first) is second
    assert progress.next(lessons, second) is first

    progress.note(first, ["crash", "element", "who"])
    assert progress.next(lessons) is second
    progress.note(second, ["five", "ring"])
    assert progress.next(lessons) is None
