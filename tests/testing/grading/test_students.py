"""A class is graded twice with the same scores, and hostile students gain nothing.

Deep: a hundred submissions and five tests for each, twice; and one student of each
kind, once. The usual tests grade good and bad ones, and some that try to cheat
(`test_grade.py`); a process that dies costs one job (`test_processes.py`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.grading import students
from tests.testing.grading.grading import contents, grade_alone, table


def graded(folder: Path, name: str, *words: str) -> Path:
    """The results of a grading of all students."""
    results = folder / name
    done = grade_alone(
        folder / "class",
        *("--with", students.SCENARIOS),
        *("--output", results),
        *words,
        temporary=folder / "temporary",
    )
    assert (done.returncode, "\x1b" in done.stdout + done.stderr) == (0, False)
    assert list((folder / "temporary").iterdir()) == []
    return results


def graded_fairly(folder: Path, count: int, jobs: int) -> Path:
    """The results for a class: nobody gains what was not earned, or writes outside."""
    (folder / "home").mkdir()
    made = students.make(folder / "class", count, seed=11)
    before = contents(folder / "class")
    results = graded(folder, "first", "--jobs", str(jobs))
    score = {name: float(cells[0]) for name, cells in table(results).items()}

    unfair = [it for it in made if not it.least <= score[it.name] <= it.best]
    assert unfair == []
    assert contents(folder / "class") == before
    assert list((folder / "home").iterdir()) == []
    assert all(b"\x1b" not in data for data in contents(results).values())
    return results


@pytest.mark.deep
@pytest.mark.posix
def test_a_student_gets_what_was_earned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of each kind: good, wrong, not compiling, hanging, crashing, hostile."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    graded_fairly(tmp_path, 6, jobs=1)


@pytest.mark.deep
@pytest.mark.posix
def test_a_class_has_the_same_scores_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte by byte in all files; also of a hundred students."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    first = graded_fairly(tmp_path, 100, jobs=2)

    second = graded(tmp_path, "second", "--jobs", "1")
    assert contents(first) == contents(second)
