"""A job on another machine: a process of its own does it.

`do` is what a cluster's worker runs. It imports nothing of the machine and starts
`python -m minios.testing.grading.remote`, which reads a job from standard input and
writes the answer to standard output. So the code of the cluster and the engine are
never in one process, and a death ends only this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import BrokenExecutor

from minios.host_files import temporary_folder
from minios.testing.grading import jobs
from minios.testing.grading.processes import SAME_ORDER, settle


def do(job: bytes) -> bytes:
    """The answer to a packed job. Raises BrokenExecutor if its process has died."""
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command,
        input=job,
        stdout=subprocess.PIPE,
        env={**os.environ, **SAME_ORDER},
        check=False,
    )
    if done.returncode != 0:
        raise BrokenExecutor(f"the process ended with exit code {done.returncode}")
    return done.stdout


def main() -> None:
    """Do one job. What anything else prints goes to standard error."""
    job = jobs.unpack_job(sys.stdin.buffer.read())
    answers = os.dup(1)
    os.dup2(2, 1)
    with temporary_folder("job") as scratch:
        settle(str(scratch))
        answer = jobs.pack(jobs.work(job))
        os.chdir("/")
    with os.fdopen(answers, "wb") as stream:
        stream.write(answer)


if __name__ == "__main__":
    main()
