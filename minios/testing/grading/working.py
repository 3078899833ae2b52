"""`work`, the one function that workers run: a job becomes an answer."""

from __future__ import annotations

import traceback

from minios.errors import MiniosError
from minios.testing.grading.jobs import (
    Answer,
    Broken,
    Collect,
    Collected,
    Graded,
    Job,
    Refused,
)


def work(job: Job) -> Answer:
    """Do a job in this process."""
    from minios.testing.grading import running  # noqa: PLC0415 - it brings the engine

    try:
        if isinstance(job, Collect):
            return Collected(running.collect(job))
        return Graded(running.run(job))
    except MiniosError as error:
        return Refused(error.what, error.where, error.advice)
    except Exception:  # noqa: BLE001 - a mistake of ours must not cost all other grades
        return Broken(traceback.format_exc(limit=-3))
