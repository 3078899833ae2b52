"""Worker processes that stay from test to test.

A new process imports pytest and the engine, which takes a second.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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
