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
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Final, NamedTuple, TypeAlias

from minios.interrupts import before_the_end

_PATIENCE: Final = 200  # seconds of a busy host: only ends a case that never ends
_context: Final = multiprocessing.get_context("spawn")


class Job(NamedTuple):
    """Cases to run: those of a seed from `first` to before `end`, in a ring.

    `ring` is None where each case runs in both rings.
    """

    seed: int
    ring: int | None
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, and the case that broke it."""

    seed: int
    ring: int | None
    number: int
    problem: str


@dataclass(slots=True)
class Tally:
    """How the cases before number `end` ended, and which rules they broke."""

    ring: int | None
    end: int
    results: Counter[Any] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


Work: TypeAlias = Callable[[Job, ctypes.c_int64], Iterator[Tally]]
"""Runs a job in this process, and yields a tally for each part of it.

It notes the number of the current case in its second argument.
"""


def _serve(work: Work, jobs: Connection, progress: ctypes.c_int64) -> None:
    """The work of a child. What the engine prints when it aborts is thrown away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        for tally in work(jobs.recv(), progress):
            jobs.send(tally)


class _Child:
    """A process that runs one job after the other."""

    def __init__(self, work: Work, job: Job) -> None:
        self._progress = _context.Value("q", -1, lock=False)
        self.pipe, other = _context.Pipe()
        self._process = _context.Process(
            target=_serve, args=(work, other, self._progress), daemon=True
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


def run(work: Work, jobs: Iterable[Job], processes: int) -> Generator[Tally]:
    """Run all jobs, this many at the same time. Yields the result of each part.

    `work` is a function of a module: the children import it.
    """
    waiting = deque(jobs)
    with _gone_in_the_end() as children:
        while waiting or children:
            while waiting and len(children) < processes:
                children.append(_Child(work, waiting.popleft()))
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
    return Tally(
        job.ring, number, findings=[Finding(job.seed, job.ring, number, cause)]
    )
