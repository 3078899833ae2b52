"""A class is graded twice with the same scores, and hostile students gain nothing.

Deep: a hundred submissions and five tests for each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.grading import students
from tests.testing.grading.grading import contents, grade, table


def graded(folder: Path, name: str, *words: str) -> Path:
    """The results of a grading of all students."""
    results = folder / name
    done = grade(
        folder / "class",
        *("--with", students.SCENARIOS),
        *("--output", results),
        *words,
        temporary=folder / "temporary",
    )
    assert (done.returncode, "\x1b" in done.stdout + done.stderr) == (0, False)
    assert list((folder / "temporary").iterdir()) == []
    return results


@pytest.mark.posix
@pytest.mark.parametrize(
    "count", [6, pytest.param(100, marks=pytest.mark.deep)], ids=str
)
def test_a_class_has_the_same_scores_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """With two processes and with one, byte by byte in all files."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    made = students.make(tmp_path / "class", count, seed=11)
    before = contents(tmp_path / "class")
    first = graded(tmp_path, "first", "--jobs", "2")
    score = {name: float(cells[0]) for name, cells in table(first).items()}

    unfair = [it for it in made if not it.least <= score[it.name] <= it.best]
    assert unfair == []
    assert contents(tmp_path / "class") == before
    assert list((tmp_path / "home").iterdir()) == []
    assert all(b"\x1b" not in data for data in contents(first).values())

    second = graded(tmp_path, "second", "--jobs", "1" if count < 50 else "2")
    assert contents(first) == contents(second)
