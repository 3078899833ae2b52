"""Real machines that get a content file. Equal runs are done once.

A run depends on the model, on the sensor, on the content that the machine has before,
on the new file and on the seed. It ends with the first crash, or when the sensor has
compared enough events with the file.

Machines that differ only in the file are booted once: each run begins from that
snapshot. Several processes share the work. How many there are changes no result.
"""

from __future__ import annotations

import contextlib
import enum
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Final

import msgspec

from minios.closing import Closing
from minios.errors import ScenarioError
from minios.host_files import temporary_folder
from minios.image.variants import Variant
from minios.interrupts import before_the_end
from minios.lab import Bugcheck, Death, Lab, events, milliseconds
from minios.lab.content_files import ContentFile
from minios.testing.grading.processes import Processes
from minios.tutor.pipeline.sensors import plugin_of

ENOUGH: Final = 8
"""So many pipe events are compared with every rule of the file. The workload creates
and opens pipes, so both kinds are among them."""

_OPTIONS: Final = {"event_ms": "20"}  # a busy machine: there is much to compare
_LOOK: Final = milliseconds(150)
_LOOKS: Final = 20
_SEEN: Final = re.compile(r"(\d+) events seen")


class End(enum.Enum):
    """How a machine is at the end of a run."""

    PROTECTED = "protected"
    """It runs, and the sensor works with the new file."""
    STOPPED = "stopped"
    """The kernel has stopped the machine."""
    UNPROTECTED = "unprotected"
    """The machine runs, but the sensor's process has died."""
    REFUSED = "refused"
    """The machine has refused the file, and works with the old one."""


class Ran(msgspec.Struct, frozen=True):
    """What came of a run.

    `stop` is the stop code with its name, "" without one. `seen` counts the events that
    were compared with the file. `detections` are the numbers that its rules reported,
    each once.
    """

    end: End
    stop: str = ""
    seen: int = 0
    detections: tuple[int, ...] = ()

    @property
    def has_crashed(self) -> bool:
        """Whether the machine or the sensor has ended."""
        return self.end in (End.STOPPED, End.UNPROTECTED)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine before it gets a file."""

    model: str
    sensor: Variant
    content: ContentFile
    seed: int


@dataclass(frozen=True, slots=True)
class Run:
    """A machine gets a file."""

    machine: Machine
    data: bytes


class Runs(Closing):
    """The runs that were done, and the processes that do more.

    Args:
        processes: how many; with 1 this process does the work itself.
    """

    def __init__(self, processes: int = 1) -> None:
        self._done: dict[Run, Ran] = {}
        self._count = processes
        self._executor: Processes | None = None
        self._ends = ExitStack()

    def close(self) -> None:
        """End the processes. What was done is kept."""
        self._ends.close()
        self._executor = None

    def __call__(self, wanted: Sequence[Run]) -> list[Ran]:
        """What comes of some runs: done before, or done now. Raises MiniosError."""
        for _ in self.do(wanted):
            pass
        return [self._done[it] for it in wanted]

    def known(self, run: Run) -> Ran | None:
        """What has come of a run; None if it was not done yet."""
        return self._done.get(run)

    def do(self, wanted: Iterable[Run]) -> Iterator[int]:
        """Do those that are missing; after each batch, how many are still missing.

        Raises MiniosError if a machine cannot be made, or a process dies.
        """
        batches: dict[Machine, list[bytes]] = {}
        for run in dict.fromkeys(wanted):
            if run not in self._done:
                batches.setdefault(run.machine, []).append(run.data)
        left = sum(map(len, batches.values()))
        for machine, files, found in self._do(batches):
            for data, ran in zip(files, found, strict=True):
                self._done[Run(machine, data)] = ran
            left -= len(files)
            yield left

    def _do(
        self, batches: dict[Machine, list[bytes]]
    ) -> Iterator[tuple[Machine, list[bytes], tuple[Ran, ...]]]:
        if self._count == 1 or len(batches) == 1:
            for machine, files in batches.items():
                yield machine, files, work(machine, tuple(files))
            return
        submit = self._started().submit
        asked: dict[Future[tuple[Ran, ...]], Machine] = {
            submit(work, machine, tuple(files)): machine
            for machine, files in batches.items()
        }
        try:
            for future in as_completed(asked):
                machine = asked[future]
                yield machine, batches[machine], future.result()
        except BrokenExecutor as error:
            raise ScenarioError(
                "a process that ran machines for the pipeline has died",
                advice="Close other programs, or use fewer processes",
            ) from error
        finally:
            for future in asked:
                future.cancel()

    def _started(self) -> Processes:
        if self._executor is None:
            _start_tracker()
            scratch = self._ends.enter_context(temporary_folder("pipeline"))
            executor = Processes(self._count, scratch)
            self._ends.callback(executor.shutdown, cancel_futures=True)
            self._ends.enter_context(before_the_end(executor.kill))
            self._executor = executor
        return self._executor


def _start_tracker() -> None:
    """Start Python's helper for processes while standard error is a real file.

    The helper inherits standard error. Under the interface that is an object whose file
    number is -1, and Python would refuse to start a process.
    """
    if os.name == "posix":
        with contextlib.redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()


def work(machine: Machine, files: tuple[bytes, ...]) -> tuple[Ran, ...]:
    """Boot a machine once, and give it each of the files from there."""
    sensor = plugin_of(machine.sensor)
    death = Death(sensor.name)
    with Lab(
        machine.model,
        content=machine.content,
        seed=machine.seed,
        options=_OPTIONS,
        plugins=(sensor,),
    ) as lab:
        lab.boot()
        start = lab.snapshot()
        found = []
        for data in files:
            lab.restore(start)
            found.append(_give(lab, data, death))
        return tuple(found)


def _give(lab: Lab, data: bytes, death: Death) -> Ran:
    before = len(lab.events)
    lab.push(ContentFile("release", data))
    for _ in range(_LOOKS):
        lab.run_while_waiting(Bugcheck() | death, within=_LOOK)
        answer = "" if _end(lab, before, death) else lab.console("sensor")
        if end := _end(
            lab, before, death
        ):  # it may also come while the console is busy
            return end
        seen = _SEEN.search(answer)
        told = lab.events[before:]
        is_loaded = any(isinstance(it, events.ContentLoaded) for it in told)
        if seen and int(seen[1]) >= ENOUGH and is_loaded:
            found = {
                int(it.detection) for it in told if isinstance(it, events.Detected)
            }
            return Ran(
                End.PROTECTED, seen=int(seen[1]), detections=tuple(sorted(found))
            )
    raise ScenarioError(
        "a machine has not compared enough events with a file",
        where=lab.model,
        advice="Look at it in a lab: `minios lab --content FILE`",
    )


def _end(lab: Lab, before: int, death: Death) -> Ran | None:
    """The first crash or refusal since a number of records, if there is one."""
    for event in lab.events[before:]:
        if isinstance(event, events.BugcheckEvent):
            return Ran(End.STOPPED, f"0x{event.code:X} {event.name}")
        if death(event):
            return Ran(End.UNPROTECTED)
        if isinstance(event, events.UpdateRefused | events.ContentRefused):
            return Ran(End.REFUSED)
    return None
