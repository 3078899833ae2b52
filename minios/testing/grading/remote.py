"""Jobs on another machine: a process of its own does them.

`do` is what a cluster's worker runs. It imports nothing of the machine, and hands the
job to a process `python -m minios.testing.grading.remote`, which stays for the next
one. So the code of the cluster and the engine are never in one process, and a death
ends only this one. It also ends when the worker is gone.

Both directions of the pipe carry 8 bytes with a length, little-endian, and so many
bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor
from queue import Empty, SimpleQueue
from typing import IO, Final

from minios.host_files import temporary_folder
from minios.testing.grading import jobs
from minios.testing.grading.processes import PATIENCE, SAME_ORDER, settle

_idle: Final[SimpleQueue[subprocess.Popen[bytes]]] = SimpleQueue()


def do(job: bytes) -> bytes:
    """The answer to a packed job. Raises BrokenExecutor if its process has died."""
    try:
        process = _idle.get_nowait()
    except Empty:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **SAME_ORDER},
        )
    assert process.stdin is not None
    assert process.stdout is not None
    end = threading.Timer(PATIENCE, process.kill)
    end.start()
    try:
        _send(process.stdin, job)
        answer = _receive(process.stdout)
    except (OSError, EOFError) as error:
        process.kill()
        code = process.wait()
        raise BrokenExecutor(f"the process ended with exit code {code}") from error
    finally:
        end.cancel()
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


def main() -> None:
    """Do jobs until nobody has any. What anything else prints goes to standard error.

    Nothing that is started here can read the jobs.
    """
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    with questions, answers, temporary_folder("jobs") as scratch:
        settle(str(scratch))
        try:
            while True:
                job = jobs.unpack_job(_receive(questions))
                _send(answers, jobs.pack(jobs.work(job)))
        except EOFError:
            os.chdir(scratch.parent)


if __name__ == "__main__":
    main()
