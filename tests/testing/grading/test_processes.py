"""A process that dies costs one job, and the others go on."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path

import pytest

from minios.testing.grading.processes import Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Two processes."""
    with Processes(2, tmp_path) as executor:
        yield executor


def test_a_death_costs_one_job(processes: Processes) -> None:
    """Whether the process ends by itself or is killed."""
    jobs = [
        processes.submit(*job)
        for job in (
            (abs, -1),
            (os._exit, 9),
            (abs, -2),
            (signal.raise_signal, signal.SIGTERM),
            (abs, -3),
        )
    ]
    ends = [
        "died" if isinstance(it.exception(), BrokenExecutor) else it.result()
        for it in jobs
    ]

    assert ends == [1, "died", 2, "died", 3]


def test_an_exception_of_a_job_is_passed_on(processes: Processes) -> None:
    """It does not count as a death."""
    with pytest.raises(TypeError):
        processes.submit(abs, "x").result()  # type: ignore[arg-type]


def test_temporary_files_lie_in_the_given_folder(
    processes: Processes, tmp_path: Path
) -> None:
    """Whoever removes that folder removes what a killed process left."""
    assert processes.submit(os.getpid).result() != os.getpid()
    assert processes.submit(tempfile.gettempdir).result() == str(tmp_path)
