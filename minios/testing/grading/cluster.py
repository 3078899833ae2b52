"""A Dask cluster as a `concurrent.futures.Executor`.

Its scheduler and its workers are started with Dask's own commands:

    dask scheduler --port 8786
    dask worker tcp://ADDRESS:8786 --nthreads 2        # on each machine, with minios

When a worker dies, the scheduler gives its jobs to another one. Dask is an extra,
`minios[cluster]`, and nothing of the machine is imported here: its licence does not
allow one process for both (see `remote.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, Final

from minios.errors import ScenarioError
from minios.testing.grading import remote
from minios.testing.grading.jobs import Answer, Job, pack, unpack_answer
from minios.testing.grading.working import work

_PATIENCE: Final = "10 s"  # of the host, for the scheduler to answer


class Cluster(Executor):
    """The workers of a cluster. It takes jobs for `work`, and nothing else.

    Raises ScenarioError if Dask is not installed, or if nobody answers.
    """

    def __init__(self, address: str) -> None:
        os.environ.setdefault("DASK_DISTRIBUTED__LOGGING__DISTRIBUTED", "error")
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ScenarioError(
                "Dask is not installed",
                where="--cluster",
                advice='Install it with: pip install "minios[cluster]"',
            ) from error
        try:
            self._client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ScenarioError(
                f"there is no Dask scheduler at {address}",
                where="--cluster",
                advice="Start one with: dask scheduler",
            ) from error
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(  # type: ignore[override]
        self, function: Callable[[Job], Answer], job: Job, /
    ) -> Future[Answer]:
        """Let a worker do a job."""
        assert function is work
        answer: Future[Answer] = Future()
        done = self._executor.submit(remote.do, pack(job))
        done.add_done_callback(lambda it: _pass_on(answer, it))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster. It goes on without us, also when jobs are waiting."""
        self._executor.shutdown(wait and not cancel_futures)
        self._client.close()


def _pass_on(answer: Future[Answer], done: Future[Any]) -> None:
    """Give an answer that has come, or say that the worker has died."""
    try:
        answer.set_result(unpack_answer(done.result()))
    except Exception as error:  # noqa: BLE001 - Dask has many, and each means the same
        answer.set_exception(BrokenExecutor(str(error)))
