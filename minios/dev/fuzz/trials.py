"""Run numbered cases in both worlds, count the ends, and keep what is wrong.

A finding is kept as a recording of both machines, which `minios lab --replay` opens,
as the bytes of the case, and, where a scenario can name them, as a scenario.
"""

from __future__ import annotations

import ctypes
import json
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from minios import host_files
from minios.abi import policies
from minios.dev.fuzz.children import Finding, Job, Tally
from minios.errors import MiniosError, ScenarioError
from minios.lab import Lab
from minios.lab.inputs import Input
from minios.lab.setup import Setup
from minios.session import recording
from minios.testing.scenarios import SUFFIX

WORLDS: Final = policies.COMPARED
_PART: Final = 10  # cases that are told of at once
_LONGEST: Final = 4000  # characters of a description
_MOST_KEPT: Final = 20  # findings of one job: thousands would fill the disk


class Case(Protocol):
    """What was done, and the files that came of it."""

    @property
    def words(self) -> str:
        """What was done to make it."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """The bytes of each file, by a word for its kind."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a case ended in one world, and what is wrong with that."""

    end: str
    problems: tuple[str, ...] = ()


class Bench(ABC):
    """The place where cases of one seed run: a machine of each world."""

    name: str
    """What the cases are: a word for the names of files."""

    @abstractmethod
    def case(self, number: int) -> Case:
        """Make the case with this number, which depends only on it and the seed."""

    @abstractmethod
    def run(self, number: int) -> Mapping[str, Trial]:
        """Run a case in each world, and judge it."""

    @abstractmethod
    def labs(self, number: int) -> Sequence[Lab]:
        """The machines where the case ended that was run last, from power on."""

    def steps(self, number: int, file: str) -> str:
        """Machines and steps of a scenario with a case, as TOML; "" if there is none.

        `file` is the name of the file beside the scenario, without its ending.
        """
        del number, file
        return ""


def from_power_on(setup: Setup, inputs: Sequence[tuple[int, Input]], end: int) -> Lab:
    """A machine that has got these inputs at their times, at a virtual time."""
    lab = Lab.of(setup)
    for time, given in inputs:
        lab.run_for(time - lab.machine.now)
        lab.give(given)
    lab.run_for(end - lab.machine.now)
    return lab


Make = Callable[[int], Bench]


def work(
    make: Make, folder: Path, job: Job, progress: ctypes.c_int64
) -> Iterator[Tally]:
    """Run a job in this process. Yields a tally for each few cases.

    Args:
        make: makes the bench for a seed.
        folder: where findings are kept.
        job: the cases.
        progress: is set to the number of the current case.
    """
    bench = make(job.seed)
    kept = 0
    for start in range(job.first, job.end, _PART):
        tally = Tally(None, min(start + _PART, job.end))
        for number in range(start, tally.end):
            progress.value = number
            problems = []
            try:
                for world, trial in bench.run(number).items():
                    tally.results[world, trial.end] += 1
                    problems += [f"{world}: {it}" for it in trial.problems]
            except Exception:  # noqa: BLE001  (whatever it is, it is looked for)
                problems.append(
                    "a Python exception:\n" + traceback.format_exc(limit=-4)
                )
            if problems:
                kept += 1
                files = _keep(bench, folder, job.seed, number, problems)
                problems += files if kept <= _MOST_KEPT else ()
                words = "\n".join((bench.case(number).words, *problems))
                tally.findings.append(Finding(job.seed, None, number, words))
                bench = make(job.seed)
        yield tally


def _keep(
    bench: Bench, folder: Path, seed: int, number: int, problems: Sequence[str]
) -> Iterator[str]:
    """Keep a finding as files. Yields what was kept, or why not."""
    path = folder / f"{bench.name}-{seed}-{number}"
    refuse = partial(_unwritable, path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, data in bench.case(number).files.items():
            host_files.write(path.with_suffix(f".{kind}"), data, refuse)
        if steps := bench.steps(number, path.name):
            text = _scenario(f"{bench.name} {number} of seed {seed}", problems, steps)
            host_files.write(path.with_suffix(SUFFIX), text.encode(), refuse)
        played = path.with_suffix(".jsonl")
        recording.save(recording.of_labs(bench.labs(number)), played)
    except (OSError, MiniosError) as error:
        yield f"not kept: {error}"
    except Exception:  # noqa: BLE001  (the machine has ended in the middle of a run)
        yield "not kept as a recording:\n" + traceback.format_exc(limit=-2)
    else:
        yield f"minios lab --replay {played}"


def _scenario(title: str, problems: Sequence[str], steps: str) -> str:
    """A scenario that does what the case did. What must be true, a person writes."""
    words = "\n".join(problems)[:_LONGEST]
    return (
        f"title = {_quoted(title)}\ndescription = {_quoted(words)}\n\n{steps}"
        "\n# Write here what must be true, as steps with `wait_for` or `assert`.\n"
    )


def _quoted(text: str) -> str:
    """A string of TOML: escaped as in JSON, in ASCII."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def _unwritable(path: Path, what: str) -> ScenarioError:
    return ScenarioError(f"the finding {what}", where=str(path))
