"""Local processes as a `concurrent.futures.Executor` in which a death costs one job.

In Python's own pool of processes, all jobs fail when one process dies. Here each
process is a pool of its own: the job that it had fails with `BrokenExecutor`, and the
next one gets a new process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE: Final = 600
"""Seconds of the host for a job. Budgets end a guest long before; this ends only a
process that will never answer."""

_NOT_INHERITED: Final = (
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PYTHONPATH",
    "CI",  # pytest says more where these two are set
    "BUILD_NUMBER",
)
SAME_ORDER: Final = {"PYTHONHASHSEED": "0"}
"""What a process needs at its start, so that sets are always told in the same order."""


class Processes(Executor):
    """This many processes, which start when they are needed.

    Args:
        count: how many jobs run at the same time.
        scratch: a folder for all temporary files of the processes.
    """

    def __init__(self, count: int, scratch: Path) -> None:
        self._scratch = scratch
        self._threads = ThreadPoolExecutor(count)
        self._idle: SimpleQueue[ProcessPoolExecutor | None] = SimpleQueue()
        self._is_over = False
        for _ in range(count):
            self._idle.put(None)

    def submit(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Run it in a process; see `Executor.submit`."""
        return self._threads.submit(self._run, partial(function, *args, **kwargs))

    def _run(self, call: Callable[[], T]) -> T:
        process = self._idle.get()
        if self._is_over:
            raise BrokenExecutor
        if process is None:
            process = ProcessPoolExecutor(
                1,
                multiprocessing.get_context("spawn"),
                initializer=settle,
                initargs=(str(self._scratch),),
            )
        is_usable = False
        try:
            answer = process.submit(call).result(PATIENCE)
            is_usable = True
        except TimeoutError as error:
            raise BrokenExecutor from error
        finally:
            if not is_usable:
                _end(process)
            self._idle.put(process if is_usable else None)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes, as soon as the jobs under way are done."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        while not self._idle.empty():
            process = self._idle.get()
            if process is not None:
                process.shutdown()

    def kill(self) -> None:
        """End every process at once, whatever it does, and start no other one."""
        self._is_over = True
        for child in multiprocessing.active_children():
            child.kill()


def _end(process: ProcessPoolExecutor) -> None:
    """Give up a process that has died, or that does not answer."""
    for child in tuple(getattr(process, "_processes", {}).values()):
        child.kill()
    process.shutdown(wait=False, cancel_futures=True)


def settle(scratch: str) -> None:
    """Prepare a new process: no Ctrl-C, one place for files, nothing of the caller's.

    Ctrl-C goes to all processes of a terminal. The first of them ends the others. If it
    is killed itself, each of them notices.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = scratch
    os.environ["TMPDIR"] = os.environ["TEMP"] = os.environ["TMP"] = scratch
    for name in _NOT_INHERITED:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["COLUMNS"] = "80"
    here = Path.cwd()
    sys.path[:] = [it for it in sys.path if it and Path(it) != here]
    os.chdir(scratch)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
