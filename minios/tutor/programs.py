"""Whether a learner's eBPF program passes the verifier, and does what it should.

The file has one instruction on a line, as `minios bpf disasm` writes them, so that a
lesson needs no compiler. It becomes an image whose lines the verifier can name. A
machine of the model linux is started, and its own kernel verifies the program, and
calls it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from minios.bpf import assembly, image
from minios.bpf.image import Program, SourceLine
from minios.errors import ImageError
from minios.lab.bpf import Answer, BpfMachine, Question
from minios.machine.allowance import Allowance
from minios.testing.submission import Submission
from minios.tutor import texts
from minios.tutor.errors import LessonError
from minios.tutor.model import Exercise

_NAME: Final = "program"
_HOOK: Final = "test"
_MOST_INSTRUCTIONS: Final = 1000
_PLACE: Final = re.compile(r"^program: refused at instruction \d+, (.+)$", re.MULTILINE)


def missed(
    exercise: Exercise, submission: Submission, allowance: Allowance
) -> tuple[str, tuple[str, ...]]:
    """What is wrong with the learner's program, and all that the verifier has said.

    The words are "" if it is as wanted. `allowance` is what the machine may use.

    Raises MiniosError for a file that cannot be read, with the line, or that is no
    program, and AllowanceError for one that takes too long.
    """
    made = _image(submission.path(exercise.file), exercise.file)
    questions = [Question.run(made, bytes.fromhex(it.memory)) for it in exercise.calls]
    with BpfMachine() as machine:
        machine.lab.machine.allowance = allowance
        answers = machine.ask(questions)
    for call, answer in zip(exercise.calls, answers, strict=True):
        log = tuple(answer.log.splitlines())
        if not answer.is_good:
            return _refusal(answer, exercise.file), log
        if answer.result != call.result:
            found = f"R0 is {answer.result}, and it should be {call.result}."
            return f"The verifier accepts {exercise.file}. {call.say} {found}", log
    return "", ()


def _refusal(answer: Answer, file: str) -> str:
    if answer.steps or answer.has_died:
        return f"{file} was stopped: {answer.reason}."
    found = _PLACE.search(answer.log)
    place = found[1] if found else file
    return f"The verifier refuses {place}: {answer.reason}."


def _image(path: Path, name: str) -> bytes:
    text = texts.read(path)
    try:
        code = assembly.assemble(text)
        numbers = assembly.line_numbers(text)
    except ImageError as error:
        # "line 5" becomes "mine.txt:5:1", which is how a compiler names a place.
        line = error.where.removeprefix("line ") if error.where else ""
        raise LessonError(
            error.what, where=f"{path}:{line}:1", advice=error.advice
        ) from error
    if not code or len(numbers) > _MOST_INSTRUCTIONS:
        raise LessonError(
            f"{len(numbers)} instructions are no program for this task",
            where=str(path),
            advice=f"Write at least one instruction, and at most {_MOST_INSTRUCTIONS}",
        )
    lines = tuple(SourceLine(at, name, number) for at, number in enumerate(numbers))
    return image.pack([Program(_NAME, _HOOK, code, lines)])
