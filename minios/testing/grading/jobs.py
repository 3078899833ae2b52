"""What a worker is asked, and what it answers: plain values for any kind of executor.

`pack` and `unpack` carry a job to a worker on another machine, and its answer back.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from minios import host_files
from minios.errors import MiniosError, ScenarioError
from minios.testing.grading.assignment import Assignment
from minios.testing.grading.results import Grade, Scenario
from minios.testing.grading.submission import Submission

_MOST_BYTES: Final = 32 << 20  # of a folder of scenarios that is sent
_LEFT_OUT: Final = frozenset({"__pycache__"})


class Scenarios(msgspec.Struct, frozen=True):
    """The folder of the scenarios: where it is, or what is in it if it was sent."""

    folder: str
    files: dict[str, bytes] = {}


class Collect(msgspec.Struct, frozen=True, tag=True):
    """Asks which tests these scenarios hold."""

    scenarios: Scenarios
    assignment: Assignment


class Run(msgspec.Struct, frozen=True, tag=True):
    """Asks which of these tests a submission passes."""

    scenarios: Scenarios
    assignment: Assignment
    tests: tuple[Scenario, ...]
    submission: Submission


class Collected(msgspec.Struct, frozen=True, tag=True):
    """The tests, in their order."""

    tests: tuple[Scenario, ...]


class Graded(msgspec.Struct, frozen=True, tag=True):
    """The grade of the submission."""

    grade: Grade


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The scenarios or the assignment have a mistake; the words of a `MiniosError`."""

    what: str
    where: str
    advice: str

    @property
    def error(self) -> ScenarioError:
        """The error to raise."""
        return ScenarioError(self.what, where=self.where, advice=self.advice)


class Broken(msgspec.Struct, frozen=True, tag=True):
    """minios itself has a mistake; the words are the end of its traceback."""

    words: str


Job = Collect | Run
Answer = Collected | Graded | Refused | Broken


def pack(value: Job | Answer) -> bytes:
    """A job or an answer as bytes."""
    return msgspec.msgpack.encode(value)


def unpack_job(data: bytes) -> Job:
    """The job that was packed."""
    return msgspec.msgpack.decode(data, type=Job)


def unpack_answer(data: bytes) -> Answer:
    """The answer that was packed."""
    return msgspec.msgpack.decode(data, type=Answer)


def bundle(folder: Path) -> dict[str, bytes]:
    """All files of the scenarios, to be sent: path in the folder -> contents.

    Raises ScenarioError if they are too large or cannot be read.
    """

    def refuse(what: str) -> MiniosError:
        advice = "Keep only scenarios and their files in this folder"
        return ScenarioError(
            f"a file of the scenarios {what}", where=str(folder), advice=advice
        )

    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(it for it in folders if is_sent(it))
        for name in sorted(filter(is_sent, names)):
            path = Path(top, name)
            data = host_files.read(path, left, refuse)
            files[path.relative_to(folder).as_posix()] = data
            left -= len(data)
    return files


def is_sent(name: str) -> bool:
    """Whether a file or a folder of the scenarios is sent, by its name."""
    return not name.startswith(".") and name not in _LEFT_OUT
