"""Run jobs in processes that may die, and find the input that killed them.

A crash of the engine ends its whole process. So cases run in child processes. A child
notes the number of a case before it runs the case, in memory that survives the child.
When a child has died, the parent knows the case, and goes on behind it with a new
child.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import traceback
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Final, NamedTuple

from minios.dev.fuzz import cases
from minios.dev.fuzz.arena import Arena, NoEndError
from minios.dev.fuzz.cases import Case
from minios.dev.fuzz.modes import MODES
from minios.interrupts import before_the_end

JOB_CASES: Final = 200 * cases.BLOCK
_PATIENCE: Final = 20  # seconds of the host: only ends a case that never ends
_context: Final = multiprocessing.get_context("spawn")


class Job(NamedTuple):
    """Cases to run: those of a seed from `first` to before `end`, in a ring."""

    seed: int
    ring: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, and the case that broke it."""

    seed: int
    ring: int
    case: Case
    problem: str


@dataclass(slots=True)
class Tally:
    """The results of the cases before number `end`: vectors, and broken rules."""

    ring: int
    end: int
    vectors: Counter[int | None] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


def run_job(job: Job, progress: ctypes.c_int64) -> Iterator[Tally]:
    """Run a job in this process. Yields a tally for each block.

    `progress` is the number of the current case.
    """
    arena = Arena()
    for number in range(job.first // cases.BLOCK, -(-job.end // cases.BLOCK)):
        block = cases.block(job.seed, number, len(MODES))
        tally = Tally(job.ring, (number + 1) * cases.BLOCK)
        arena.load(block)
        for case in block:
            if job.first <= case.number < job.end:
                progress.value = case.number
                arena = _run_case(arena, block, case, job, tally)
        if arena.restore_rest() and job.ring:
            words = "this block has changed memory that no page leads to"
            tally.findings.append(Finding(job.seed, job.ring, block[0], words))
        yield tally


def _run_case(
    arena: Arena, block: Sequence[Case], case: Case, job: Job, tally: Tally
) -> Arena:
    """Run a case and note its result. Returns the arena for the next case."""
    try:
        result = arena.run(case, job.ring)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is looked for)
        problem = "a Python exception:\n" + traceback.format_exc(limit=-3)
        if isinstance(error, NoEndError):
            problem = str(error)
        tally.findings.append(Finding(job.seed, job.ring, case, problem))
        arena = Arena()
        arena.load(block)
        return arena
    tally.vectors[result.vector] += 1
    tally.findings += [Finding(job.seed, job.ring, case, it) for it in result.problems]
    return arena


def _serve(jobs: Connection, progress: ctypes.c_int64) -> None:
    """The work of a child. What the engine prints when it aborts is thrown away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        for tally in run_job(jobs.recv(), progress):
            jobs.send(tally)


class _Child:
    """A process that runs one job after the other."""

    def __init__(self, job: Job) -> None:
        self._progress = _context.Value("q", -1, lock=False)
        self.pipe, other = _context.Pipe()
        self._process = _context.Process(
            target=_serve, args=(other, self._progress), daemon=True
        )
        self._process.start()
        other.close()
        self._seen = -1
        self.start(job)

    def start(self, job: Job) -> None:
        """Give it a job. It must not have one."""
        self.job = job
        self.told = job.first  # cases before this one have been told of
        self.pipe.send(job)

    @property
    def current(self) -> int:
        """The case that it is running, or ran last."""
        return max(int(self._progress.value), self.told)

    def is_stuck(self) -> bool:
        """Whether it is still at the same case as when this was last asked."""
        before, self._seen = self._seen, self.current
        return before == self._seen

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()
        self.pipe.close()

    def end(self) -> str:
        """Make sure that it is dead. Returns what it died of, in words."""
        self._process.join(1)
        code = self._process.exitcode
        self.kill()
        if code is None:
            return "the case does not end"
        if code >= 0:
            return f"the process ended with exit code {code}"
        return f"the process died of {signal.Signals(-code).name}"


def run(jobs: Iterable[Job], processes: int) -> Generator[Tally]:
    """Run all jobs, this many at the same time. Yields the result of each part."""
    waiting = deque(jobs)
    with _gone_in_the_end() as children:
        while waiting or children:
            while waiting and len(children) < processes:
                children.append(_Child(waiting.popleft()))
            ready = wait([child.pipe for child in children], _PATIENCE)
            for child in tuple(children):
                if child.pipe in ready:
                    yield _hear(child, children, waiting)
                elif not ready and child.is_stuck():
                    yield _bury(child, children, waiting)


@contextmanager
def _gone_in_the_end() -> Iterator[list[_Child]]:
    """A list of children that are killed at the end, also after Ctrl-C."""
    children: list[_Child] = []

    def kill_all() -> None:
        for child in children:
            child.kill()

    with before_the_end(kill_all):
        try:
            yield children
        finally:
            kill_all()


def _hear(child: _Child, children: list[_Child], waiting: deque[Job]) -> Tally:
    """Take a result. After the last one, give the child another job. Or it has died."""
    try:
        tally: Tally = child.pipe.recv()
    except (EOFError, ConnectionError):
        return _bury(child, children, waiting)
    child.told = tally.end
    if tally.end >= child.job.end:
        if waiting:
            child.start(waiting.popleft())
        else:
            children.remove(child)
            child.kill()
    return tally


def _bury(child: _Child, children: list[_Child], waiting: deque[Job]) -> Tally:
    """Report what a child has died of. The rest of its job becomes new jobs."""
    children.remove(child)
    job, number = child.job, child.current
    cause = child.end()
    for part in (
        job._replace(first=child.told, end=number),
        job._replace(first=number + 1),
    ):
        if part.first < part.end:
            waiting.appendleft(part)
    case = cases.block(job.seed, number // cases.BLOCK, len(MODES))[
        number % cases.BLOCK
    ]
    return Tally(job.ring, number, findings=[Finding(job.seed, job.ring, case, cause)])
