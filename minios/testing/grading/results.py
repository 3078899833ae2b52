"""What grading finds out: a result for each scenario, a grade for each submission.

Nothing here depends on the host: no time, no path, no number of a process. So the same
submission always has the same grade, and files that are made from it the same bytes.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable

import msgspec


class Outcome(enum.Enum):
    """How a scenario ended for a submission."""

    PASSED = "passed"
    FAILED = "failed"  # it ran, and did not see what it expected
    ERROR = "error"  # it could not run to its end


class Scenario(msgspec.Struct, frozen=True):
    """A test that every submission must pass.

    Attributes:
        name: pytest's name for it, relative to the folder of the scenarios.
        title: what a person calls it.
        points: what it is worth; 0 or more.
        is_hidden: whether students see neither its name nor its result.
    """

    name: str
    title: str
    points: float
    is_hidden: bool


class Result(msgspec.Struct, frozen=True):
    """How one scenario ended, and what the student should read about it.

    Attributes:
        message: what was expected, what was seen, what to do next; empty if it passed.
        mistake: what is wrong with the test itself, with its file, for the instructor;
            empty if nothing is. Then the result says nothing of the submission.
        recording: a recording of the machines, for `minios lab --replay`; maybe empty.
    """

    scenario: Scenario
    outcome: Outcome
    message: str = ""
    mistake: str = ""
    recording: bytes = b""

    @property
    def is_passed(self) -> bool:
        """Whether it brings its points."""
        return self.outcome is Outcome.PASSED

    @property
    def score(self) -> float:
        """The points of the scenario, or 0."""
        return self.scenario.points if self.is_passed else 0.0


class Grade(msgspec.Struct, frozen=True):
    """All results of one submission, in the order of the scenarios.

    Attributes:
        submission: the name of its folder, as the host has it.
        problems: what is wrong with the parts that were handed in.
        fault: why a person has to look: the process that graded it has ended, say.
    """

    submission: str
    results: tuple[Result, ...]
    problems: tuple[str, ...] = ()
    fault: str = ""

    @property
    def score(self) -> float:
        """The sum of all points, hidden scenarios included."""
        return total(it.score for it in self.results)

    @property
    def best(self) -> float:
        """The largest possible score."""
        return total(it.scenario.points for it in self.results)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The mistakes of the tests themselves, each once."""
        return tuple(dict.fromkeys(it.mistake for it in self.results if it.mistake))

    @property
    def needs_person(self) -> bool:
        """Whether a person has to look before this grade counts."""
        return bool(self.fault or self.mistakes)

    @property
    def public(self) -> tuple[Result, ...]:
        """The results that a student may see."""
        return tuple(it for it in self.results if not it.scenario.is_hidden)

    @property
    def public_first(self) -> tuple[Result, ...]:
        """All results: whoever counts the first ones meets no gap of a hidden one."""
        return tuple(sorted(self.results, key=lambda it: it.scenario.is_hidden))


def total(points: Iterable[float]) -> float:
    """The sum of some points, without the noise of binary fractions."""
    return round(math.fsum(points), 6)


def shown(points: float) -> str:
    """Points as a person writes them: 2, 0.5."""
    return f"{points:.6f}".rstrip("0").rstrip(".")


def nothing_yet(
    submission: str,
    scenarios: tuple[Scenario, ...],
    message: str,
    problems: tuple[str, ...] = (),
    fault: str = "",
) -> Grade:
    """The grade of a submission for which no scenario has run: 0 points."""
    results = tuple(Result(it, Outcome.ERROR, message) for it in scenarios)
    return Grade(submission, results, problems, fault)
