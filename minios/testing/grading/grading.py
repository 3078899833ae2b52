"""Grade all submissions with an executor, and tell of each grade when it is there.

Each submission is one job. A job whose process died runs once more when all others are
done, alone; if it dies again, the submission has 0 points and a person has to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    wait,
)
from typing import Final

from minios.testing.grading import feedback, submission
from minios.testing.grading.assignment import Assignment
from minios.testing.grading.jobs import (
    Answer,
    Broken,
    Collect,
    Collected,
    Graded,
    Job,
    Refused,
    Run,
    Scenarios,
)
from minios.testing.grading.results import Grade, Scenario, nothing_yet
from minios.testing.grading.submission import Found
from minios.testing.grading.working import work

_MOST: Final = 64  # submissions in memory: under way, or waiting for a worker
_DIED: Final = "The process that graded this submission has died, twice."


class Grading:
    """What is needed to grade: the scenarios, the assignment, and an executor."""

    def __init__(
        self, scenarios: Scenarios, assignment: Assignment, executor: Executor
    ) -> None:
        self._scenarios = scenarios
        self._assignment = assignment
        self._executor = executor

    def collect(self) -> tuple[Scenario, ...]:
        """The tests that each submission has to pass. Raises ScenarioError."""
        job = Collect(self._scenarios, self._assignment)
        answer = self._executor.submit(work, job).result()
        if isinstance(answer, Refused):
            raise answer.error
        assert isinstance(answer, Collected), answer
        return answer.tests

    def grade(
        self, found: Sequence[Found], tests: tuple[Scenario, ...]
    ) -> Iterator[tuple[int, Grade]]:
        """The grades, each with the number of its submission; in any order."""
        jobs = ((number, self._job(it, tests)) for number, it in enumerate(found))
        again: list[int] = []
        for number, answer in self._run(jobs):
            if answer is None:
                again.append(number)
            else:
                yield number, _grade(answer, found[number], tests)
        for number in sorted(again):
            alone = [(number, self._job(found[number], tests))]
            for _, answer in self._run(alone):
                yield number, _grade(answer, found[number], tests)

    def _job(self, found: Found, tests: tuple[Scenario, ...]) -> Run:
        handed_in = submission.read(found, self._assignment)
        return Run(self._scenarios, self._assignment, tests, handed_in)

    def _run(
        self, jobs: Iterable[tuple[int, Job]]
    ) -> Iterator[tuple[int, Answer | None]]:
        """Run the jobs; None is the answer of a process that has died."""
        waiting = iter(jobs)
        under_way: dict[Future[Answer], int] = {}
        is_more = True
        while is_more or under_way:
            while is_more and len(under_way) < _MOST:
                number, job = next(waiting, (0, None))
                is_more = job is not None
                if job is not None:
                    under_way[self._executor.submit(work, job)] = number
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda it: under_way[it]):
                yield under_way.pop(future), _answer(future)


def _answer(future: Future[Answer]) -> Answer | None:
    try:
        return future.result()
    except BrokenExecutor:
        return None


def _grade(answer: Answer | None, found: Found, tests: tuple[Scenario, ...]) -> Grade:
    if isinstance(answer, Graded):
        return answer.grade
    fault = _DIED
    if isinstance(answer, Refused):
        fault = str(answer.error)
    elif isinstance(answer, Broken):
        fault = answer.words
    return nothing_yet(found.name, tests, feedback.NOT_RUN, fault=fault)
