"""A Dask cluster gives the same results, also when one of its workers is killed.

Deep: starts a cluster of processes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.testing.grading.grading import (
    BAD,
    LATENT,
    contents,
    grade_alone,
    hand_in,
    scenarios,
)

pytestmark = [
    pytest.mark.posix,
    pytest.mark.skipif(
        find_spec("distributed") is None,  # to import it takes half a second
        reason="the extra minios[cluster] is not installed",
    ),
]
DASK = Path(sys.executable).with_name("dask")


@pytest.fixture
def started() -> Iterator[ExitStack]:
    """Ends all processes that a test has started."""
    with ExitStack() as stack:
        yield stack


def start(stack: ExitStack, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a part of the cluster; it is killed at the end of the test."""
    with (folder / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [DASK, *words],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
        )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def cluster(stack: ExitStack, folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """The address of a scheduler with two workers, and one of these."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, port = address.removeprefix("tcp://").split(":")
    start(stack, folder, "scheduler", "--host", host, "--port", port, "--no-dashboard")
    words = ("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
    first = start(stack, folder, *words)
    start(stack, folder, *words)
    return address, first


@pytest.mark.deep
def test_a_cluster_of_two_workers_of_which_one_is_killed_gives_the_same_files(
    tmp_path: Path, started: ExitStack
) -> None:
    """The scheduler gives the jobs of the dead worker to the other one."""
    bad, latent = BAD.read_text(), LATENT.read_text()
    names = [f"student-{number}" for number in range(8)]
    files = {it: latent if it.endswith("3") else bad for it in names}
    root = hand_in(tmp_path, files | {"mallory": f"{bad}# please die"})
    tests = scenarios(tmp_path)
    local, far = tmp_path / "local", tmp_path / "far"
    temporary = tmp_path / "temporary"
    grade_alone(root, "--with", tests, "--output", local, temporary=temporary)
    folder = tmp_path / "cluster"
    folder.mkdir()
    address, worker = cluster(started, folder)
    command = [sys.executable, "-m", "minios", "grade", str(root)]
    command += ["--with", str(tests), "--output", str(far), "--cluster", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=-1) as grading:
        assert grading.stderr is not None
        assert b"submissions are graded" in grading.stderr.readline()
        worker.kill()
        grading.stderr.read()

    assert grading.returncode == 1  # of the process that has died twice
    assert contents(far) == contents(local)
    assert len(list(folder.glob("minios-jobs-*"))) <= 2  # of processes that live


@pytest.mark.deep
def test_a_scheduler_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    """With the command that starts one."""
    tests = scenarios(tmp_path)
    root = hand_in(tmp_path, {"ann": ""})
    address = f"tcp://127.0.0.1:{free_port()}"
    program = (
        "import sys; from minios import cli\n"
        "from minios.testing.grading import cluster\n"
        "cluster._PATIENCE = '100 ms'\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    words = ("grade", root, "--with", tests, "--cluster", address)
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        f"minios: --cluster: there is no Dask scheduler at {address}. "
        "Start one with: dask scheduler\n"
    )


def test_a_client_and_a_worker_never_load_the_engine(tmp_path: Path) -> None:
    """Its licence and that of Dask do not go together in one process."""
    program = (
        "import sys, minios.commands.grade, minios.testing.grading.remote\n"
        "import minios.testing.grading.cluster\n"
        "print(sorted({'unicorn', 'pytest', 'minios.lab'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
