"""A learner mends an eBPF program, and the kernel's own verifier says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from minios.bpf import assembly
from minios.machine.allowance import Allowance, AllowanceError
from minios.testing.scenarios.mistakes import ScenarioFileError
from minios.testing.submission import Submission
from minios.tutor import checks, programs, reading
from minios.tutor.errors import LessonError
from minios.tutor.model import Call, Exercise, TaskCard
from minios.tutor.work import Work

_LESSON: Final = """
title = "A program"
about = "Instructions"
minutes = 5
[machines.linux]
[[tasks]]
name = "mend"
ask = "Mend it"
hints = ["Compare", "Compare with 3"]
program = "mine.txt"
calls = [%s]
"""
# Memory: which of the bytes behind it is wanted, and these bytes.
_CALLS: Final = (
    Call(say="A byte is lost.", memory="010a0b0c", result=0x0B),
    Call(say="There is no byte 3.", memory="030a0b0c", result=0),
)
_UNSAFE: Final = """; no comparison
r3 = *(u8 *)(r1 + 0)

r1 += r3
r0 = *(u8 *)(r1 + 1)
exit
"""
_SAFE: Final = """
    r3 = *(u8 *)(r1 + 0)
    if r3 > %d goto none
    r1 += r3
    r0 = *(u8 *)(r1 + 1)
    exit
none:
    r0 = 0
    exit
"""


def _missed(
    folder: Path, text: str, instructions: int = 200_000_000
) -> tuple[str, tuple[str, ...]]:
    (folder / "mine.txt").write_text(text, "utf-8")
    exercise = Exercise("mine.txt", _CALLS)
    return programs.missed(exercise, Submission(folder), Allowance(instructions))


def test_a_refusal_names_the_line_of_the_learners_file(tmp_path: Path) -> None:
    """The fifth line, counted with the comment and the empty one."""
    words, log = _missed(tmp_path, _UNSAFE)

    assert words.startswith("The verifier refuses mine.txt:5: 1 byte at 256, but ")
    assert any("R3=0..255" in it for it in log)


def test_a_program_that_compares_is_right(tmp_path: Path) -> None:
    """The largest number that is allowed is 2."""
    assert _missed(tmp_path, _SAFE % 2) == ("", ())


def test_the_verifier_finds_a_comparison_that_is_wrong_by_one(tmp_path: Path) -> None:
    """It looks at each number up to 3, and byte 3 is behind the end."""
    words, _ = _missed(tmp_path, _SAFE % 3)

    assert words.startswith("The verifier refuses mine.txt:5: 1 byte at 4, but ")


def test_an_accepted_program_may_still_be_wrong(tmp_path: Path) -> None:
    """It refuses byte 1, too. No verifier knows that this was wanted."""
    words, _ = _missed(tmp_path, _SAFE % 0)

    assert words == (
        "The verifier accepts mine.txt. A byte is lost. R0 is 0, and it should be 11."
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("r0 = 0\nr0 ?= 1\nexit", "mine.txt:2:1", "is no instruction"),
        ("r0 = 0\ngoto nowhere", "mine.txt:2:1", "there is no label nowhere"),
        ("; nothing", "mine.txt", "0 instructions are no program for this task"),
        ("r0 = 0\n" * 1001, "mine.txt", "1001 instructions are no program"),
    ],
)
def test_a_text_that_is_no_program_is_one_sentence(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    """The place is written as a compiler writes it, so that editors find it."""
    with pytest.raises(LessonError) as caught:
        _missed(tmp_path, text)

    assert caught.value.where.endswith(where)
    assert what in caught.value.what


def test_a_program_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The verifier follows each turn of a loop, so a text can keep it busy."""
    loop = "r6 = 0\nloop:\nr6 += 1\nif r6 < 90000 goto loop\nr0 = 0\nexit"
    with pytest.raises(AllowanceError):
        _missed(tmp_path, loop, 2_000_000)


def _work(folder: Path, text: str) -> tuple[Work, TaskCard]:
    """A learner's file in a lesson with one task."""
    call = '{ say = "No.", memory = "00", result = 0 }'
    (folder / "lesson.toml").write_text(_LESSON % call, "utf-8")
    (folder / "README.md").write_text("# A program\n\nMend it.\n", "utf-8")
    (folder / "start").mkdir()
    (folder / "start/mine.txt").write_text(text, "utf-8")
    lesson = reading.read(folder)
    work = Work(lesson, folder / "data")
    work.begin()
    return work, lesson.tasks[0]


def test_a_check_that_takes_too_long_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verifier would follow 200,000 instructions. Here it gets time for a few."""
    monkeypatch.setattr(checks, "MOST_INSTRUCTIONS", 2_000_000)
    loop = "r6 = 0\nloop:\nr6 += 1\nif r6 < 90000 goto loop\nr0 = 0\nexit"
    work, task = _work(tmp_path, loop)

    assert work.check(task).words == (
        "The check has used up its time. Does your program have a long loop?"
    )


def test_a_check_can_be_given_up(tmp_path: Path) -> None:
    """A learner who leaves the lesson does not wait for the verifier."""
    work, task = _work(tmp_path, "r0 = 0\nexit")
    passed = work.check(task)
    work.give_up()
    given_up = work.check(task)

    assert passed.passed
    assert (given_up.passed, given_up.words) == (False, "The check was given up.")


def test_each_place_of_a_program_has_the_number_of_its_line() -> None:
    """An instruction of 16 bytes fills two places, and a label none."""
    text = "; first\nr1 = 5 ll\nend:\n\nr0 = 0\nexit"

    numbers = assembly.line_numbers(text)

    assert numbers == (2, 2, 5, 6)
    assert len(assembly.assemble(text)) == 8 * len(numbers)


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ("", "calls"),
        ('{ say = "No.", memory = "0", result = 1 }', "memory"),
        ('{ say = "No.", memory = "00", result = -1 }', "result"),
        ('{ memory = "00", result = 1 }', "say"),
    ],
)
def test_a_task_that_nobody_could_check_is_refused(
    tmp_path: Path, calls: str, says: str
) -> None:
    """With the key that is wrong."""
    (tmp_path / "lesson.toml").write_text(_LESSON % calls, "utf-8")
    (tmp_path / "README.md").write_text("# A program\n\nMend it.\n", "utf-8")

    with pytest.raises(ScenarioFileError) as caught:
        reading.read(tmp_path)

    assert says in str(caught.value)
