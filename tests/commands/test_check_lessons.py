"""`minios dev check lessons` proves the lessons and compares quoted code."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import cli, paths
from minios.dev.check import GATES
from minios.tutor import examining
from tests.tutor import small
from tests.worker_processes import Here

COMMAND = ["dev", "check", "lessons"]
QUOTE = "\n<!-- cut from a.c: it -->\n```c\n{}\n```\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources with the small lesson, which quotes a piece of C."""
    lessons = small.write(tmp_path / "lessons")
    (tmp_path / "a.c").write_text("// [it]\nnew();\n// [/it]\n", encoding="utf-8")
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    monkeypatch.setattr(paths, "LESSONS", lessons)
    monkeypatch.setattr(examining, "Processes", Here)
    quote(lessons, "new();")
    return tmp_path


def quote(lessons: Path, code: str) -> None:
    """Let the text of the lesson quote this code."""
    path = lessons / "01_one" / "README.md"
    path.write_text(small.TEXT + QUOTE.format(code), encoding="utf-8")


def test_proved_lessons_pass(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the time of each."""
    assert checkout.exists()

    assert cli.main(COMMAND) == 0
    told = capsys.readouterr().out
    assert told.startswith("01_one: proved (")
    assert told.endswith("all lessons are proved\n")


def test_old_quotes_and_dead_links_fail(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is told, and the exit code is 1."""
    quote(checkout / "lessons", "old(); // [a](#b)")
    solution = checkout / "lessons" / "01_one" / "solution" / "README.md"
    solution.write_text("[a](#b)", encoding="utf-8")

    assert cli.main([*COMMAND, "01_one"]) == 1
    told = capsys.readouterr().out
    assert "01_one: 1 problem (" in told
    assert "leads to no heading" in told
    assert "lessons/01_one/README.md quotes old code. Run `minios dev gen`" in told
    assert told.endswith("2 problems\n")


@pytest.mark.usefixtures("checkout")
def test_a_lesson_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that are."""
    assert cli.main([*COMMAND, "99_none"]) == 2
    assert "There are: 01_one" in capsys.readouterr().err


def test_the_lessons_are_a_gate() -> None:
    """Whoever runs all checks runs this one."""
    commands = [gate.command(Path()) for gate in GATES]

    assert any(it[-3:] == COMMAND for it in commands)
