"""`minios dev fuzz cpu`: a small sample, and what happens when a process dies."""

from __future__ import annotations

import multiprocessing
from collections import deque

import pytest

from minios import cli
from minios.dev.fuzz import cases, children, random_code
from minios.dev.fuzz.children import Job, Tally
from minios.dev.fuzz.cpu import jobs_of


def test_a_sample_of_random_instructions_breaks_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the process nor Python nor a page of the kernel, in both rings."""
    count = 30 * cases.BLOCK

    status = cli.main(["dev", "fuzz", "cpu", "--count", str(count), "--jobs", "1"])

    said = capsys.readouterr().out
    assert status == 0, said
    rows = [line.split() for line in said.splitlines()[1:]]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("3", str(count), "0"),
        ("0", str(count), "0"),
    ]
    assert all("0.0%" not in row[2:6] for row in rows)


def test_the_case_that_kills_its_process_is_named_and_the_rest_is_run() -> None:
    """Here the process is killed from outside, in the middle of its work."""
    tallies = children.run(random_code.run_job, [Job(3, 3, 0, 500 * cases.BLOCK)], 1)

    first = next(tallies)
    (child,) = multiprocessing.active_children()
    child.kill()
    died = next(tally for tally in tallies if not tally.results)
    then = next(tallies)
    tallies.close()

    assert first.end == cases.BLOCK
    assert [it.problem for it in died.findings] == ["the process died of SIGKILL"]
    assert died.findings[0].number == died.end
    assert then.results
    assert not multiprocessing.active_children()


class _DeadChild(children._Child):
    """One that died at a case."""

    def __init__(self, job: Job, told: int, current: int) -> None:
        self.job, self.told, self._at = job, told, current

    @property
    def current(self) -> int:
        return self._at

    def end(self) -> str:
        return "the process died of SIGABRT"


def test_what_is_left_of_the_job_of_a_dead_process_becomes_new_jobs() -> None:
    """The cases that were run and not told of, and those behind the deadly one."""
    dead = _DeadChild(Job(1, 0, 100, 200), told=124, current=130)
    living: list[children._Child] = [dead]
    waiting: deque[Job] = deque()

    tally = children._bury(dead, living, waiting)

    assert isinstance(tally, Tally)
    assert [(it.number, it.problem) for it in tally.findings] == [
        (130, "the process died of SIGABRT")
    ]
    assert sorted(waiting) == [Job(1, 0, 124, 130), Job(1, 0, 131, 200)]
    assert not living


def test_the_jobs_are_all_cases_in_both_rings() -> None:
    """Each case once in ring 3 and once in ring 0."""
    jobs = list(jobs_of(1, 50, 30_000))

    for ring in (3, 0):
        numbers = [n for job in jobs if job.ring == ring for n in range(*job[2:])]
        assert numbers == list(range(50, 30_050))
