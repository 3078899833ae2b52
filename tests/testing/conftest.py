"""`minios grade` for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from minios.commands import grade as command
from minios.testing.grading.processes import Processes
from tests.commands.running import Done, minios
from tests.testing.grading.grading import Grade
from tests.worker_processes import Staying


@pytest.fixture(scope="session")
def grade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Run `minios grade` here, with a worker that stays from test to test."""
    with Processes(1, tmp_path_factory.mktemp("worker")) as worker:

        def graded(*words: object) -> Done:
            staying = mock.patch.object(
                command, "Processes", return_value=Staying(worker)
            )
            with staying, mock.patch.dict(os.environ):  # the command changes it
                return minios("grade", *map(str, words))

        yield graded
