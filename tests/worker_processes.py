"""Executors in place of the processes that a command starts for its work.

A new process imports pytest and the engine, which takes a second. Where a claim is not
about processes, the work is done here, or in a process that stays for the next test.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Here(Executor):
    """Does the work in this process, at once; takes what `Processes` takes."""

    def __init__(self, _count: int, _scratch: Path) -> None:
        pass

    def submit(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Do it. An exception is one of the future, as it is of a process."""
        done: Future[T] = Future()
        try:
            done.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks gets it
            done.set_exception(error)
        return done

    def kill(self) -> None:
        """Nothing is under way."""


class Staying(Executor):
    """Gives the work to an executor that outlives it."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Give it on."""
        return self._executor.submit(function, *args, **kwargs)

    def kill(self) -> None:
        """Another test still needs it."""
