"""The work of a child of `minios dev fuzz cpu`: run cases, and judge each of them."""

from __future__ import annotations

import ctypes
import traceback
from collections.abc import Iterator, Sequence
from typing import Final

from minios.dev.fuzz import cases
from minios.dev.fuzz.arena import Arena, NoEndError
from minios.dev.fuzz.cases import Case
from minios.dev.fuzz.children import Finding, Job, Tally
from minios.dev.fuzz.modes import MODES

JOB_CASES: Final = 200 * cases.BLOCK


def case_of(seed: int, number: int) -> Case:
    """The case with this number."""
    block = cases.block(seed, number // cases.BLOCK, len(MODES))
    return block[number % cases.BLOCK]


def run_job(job: Job, progress: ctypes.c_int64) -> Iterator[Tally]:
    """Run a job in this process. Yields a tally for each block.

    `progress` is the number of the current case.
    """
    arena = Arena()
    for number in range(job.first // cases.BLOCK, -(-job.end // cases.BLOCK)):
        block = cases.block(job.seed, number, len(MODES))
        tally = Tally(job.ring, (number + 1) * cases.BLOCK)
        arena.load(block)
        for case in block:
            if job.first <= case.number < job.end:
                progress.value = case.number
                arena = _run_case(arena, block, case, job, tally)
        if arena.restore_rest() and job.ring:
            words = "this block has changed memory that no page leads to"
            tally.findings.append(Finding(job.seed, job.ring, block[0].number, words))
        yield tally


def _run_case(
    arena: Arena, block: Sequence[Case], case: Case, job: Job, tally: Tally
) -> Arena:
    """Run a case and note its result. Returns the arena for the next case."""
    problems: tuple[str, ...] = ()
    try:
        result = arena.run(case, job.ring or 0)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is looked for)
        is_endless = isinstance(error, NoEndError)
        trace = traceback.format_exc(limit=-3)
        problems = (str(error) if is_endless else "a Python exception:\n" + trace,)
        arena = Arena()
        arena.load(block)
    else:
        tally.results[result.vector] += 1
        problems = result.problems
    tally.findings += [Finding(job.seed, job.ring, case.number, it) for it in problems]
    return arena
