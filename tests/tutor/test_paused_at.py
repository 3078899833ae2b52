"""A task can ask for a machine that stands still in a function, and for registers."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.tutor import attempts, reading
from minios.tutor.model import Lesson
from minios.tutor.taking import Taking, taken

_LESSON = """\
title = "A pause"
about = "Where a machine stands"
minutes = 10
[machines.windows]
options = { event_ms = "100" }
[[tasks]]
name = "entry"
ask = "Pause at the entry of the kernel"
paused_at = "kernel!syscall_entry"
hints = ["one", "two"]
[[tasks]]
name = "cs"
ask = "Read CS"
question = "What is in CS?"
answer = { register = "cs", at = "syscall_entry", before = "Pause there first." }
hints = ["one", "two"]
[[tasks.mistakes]]
answer = "0x2b"
say = "That was in the program."
"""
_PAUSE = '[[steps]]\npause_at = "{}"\n'
_ANSWER = '[[steps]]\nanswer = "cs"\nsay = "{}"\n'


def _lesson(folder: Path, text: str = _LESSON) -> Lesson:
    (folder / "lesson.toml").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text("# A pause\n", encoding="utf-8")
    return reading.read(folder)


def _take(one: Taking, folder: Path, *steps: str) -> list[str]:
    path = folder / "steps.toml"
    path.write_text("".join(steps), encoding="utf-8")
    one.take(attempts.read(path)[1])
    return [it.name for it in one.lesson.tasks if one.visit.has(it)]


def test_task_is_done_where_machine_stands_in_its_function(tmp_path: Path) -> None:
    """Another function of the kernel does not count."""
    with taken(_lesson(tmp_path)) as one:
        assert _take(one, tmp_path, _PAUSE.format("syscall_dispatch")) == []
        assert _take(one, tmp_path, _PAUSE.format("syscall_entry")) == ["entry"]


def test_place_of_another_module_is_another_place(tmp_path: Path) -> None:
    """Programs have functions of the same names, such as `sys_sleep`."""
    text = _LESSON.replace("kernel!syscall_entry", "updater!sys_sleep")
    with taken(_lesson(tmp_path, text)) as one:
        assert _take(one, tmp_path, _PAUSE.format("workload!sys_sleep")) == []


def test_register_is_asked_for_only_where_the_machine_stands(tmp_path: Path) -> None:
    """In a program CS is 0x2b; at the entry of the kernel it is 8."""
    with taken(_lesson(tmp_path)) as one:
        _take(one, tmp_path, _PAUSE.format("workload!sys_pipe_create"))
        assert _take(one, tmp_path, _ANSWER.format("0x2b")) == []
        assert "Pause there first." in one.said[-1].words
        steps = (_PAUSE.format("syscall_entry"), _ANSWER.format("0x2b"))
        assert _take(one, tmp_path, *steps) == ["entry"]
        assert one.said[-1].words == "That was in the program."
        assert _take(one, tmp_path, _ANSWER.format("0x8")) == ["entry", "cs"]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ('register = "cs"', 'read = "address of the fault"'),
        ('register = "cs"', 'register = "xyz"'),
    ],
    ids=["at without a register", "no such register"],
)
def test_question_about_no_register_is_refused(
    tmp_path: Path, wrong: str, what: str
) -> None:
    """It could never be answered."""
    with pytest.raises(ScenarioFileError, match="register"):
        _lesson(tmp_path, _LESSON.replace(wrong, what))
