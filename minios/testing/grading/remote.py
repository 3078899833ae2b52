"""Jobs on another machine: a process of its own does them.

`do` is what a cluster's worker runs. It imports nothing of the machine, and hands the
job to a process `python -m minios.testing.grading.remote`, which stays for the next
one. So the code of the cluster and the engine are never in one process, and a death
ends only this one. It also ends when the worker is gone.

Both directions of the pipe carry 8 bytes with a length, little-endian, and so many
bytes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import BrokenExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Final

from minios.testing.grading import jobs
from minios.testing.grading.processes import PATIENCE, SAME_ORDER, settle
from minios.testing.grading.working import work


class _Process:
    """A process for jobs, and its folder, which it removes at its end.

    If it dies, we do.
    """

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="minios-jobs-")
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **SAME_ORDER},
        )

    def do(self, job: bytes) -> bytes:
        """The answer to a job. Raises OSError or EOFError if the process has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        end = threading.Timer(PATIENCE, self._process.kill)
        end.start()
        try:
            _send(self._process.stdin, job)
            return _receive(self._process.stdout)
        finally:
            end.cancel()

    def bury(self) -> int:
        """End it in any case. Returns its exit code."""
        self._process.kill()
        code = self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        return code


_idle: Final[SimpleQueue[_Process]] = SimpleQueue()


def do(job: bytes) -> bytes:
    """The answer to a packed job. Raises BrokenExecutor if its process has died."""
    try:
        process = _idle.get_nowait()
    except Empty:
        process = _Process()
    try:
        answer = process.do(job)
    except (OSError, EOFError) as error:
        code = process.bury()
        raise BrokenExecutor(f"the process ended with exit code {code}") from error
    _idle.put(process)
    return answer


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(8, "little") + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """Raises EOFError if nobody sends any more."""
    head = stream.read(8)
    data = stream.read(int.from_bytes(head, "little")) if len(head) == 8 else b""
    if not data:
        raise EOFError
    return data


def main(folder: str) -> None:
    """Do jobs until nobody has any, in this folder.

    Nothing that is started here can read the jobs. What it prints goes to standard
    error.
    """
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    settle(folder)
    with questions, answers, contextlib.suppress(EOFError):
        while True:
            job = jobs.unpack_job(_receive(questions))
            _send(answers, jobs.pack(work(job)))
    os.chdir(Path(folder).parent)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
