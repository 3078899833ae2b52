"""The pipeline: files go through the stages, under a setting of the switches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path

import msgspec

from minios.abi import policies
from minios.abi.content import TemplateType
from minios.closing import Closing
from minios.errors import ScenarioError
from minios.tutor.pipeline import definitions as shipped_definitions
from minios.tutor.pipeline import files, outcome, sensors, stages
from minios.tutor.pipeline.files import Candidate
from minios.tutor.pipeline.outcome import Outcome
from minios.tutor.pipeline.runs import Ran, Run, Runs
from minios.tutor.pipeline.stages import Ask, Sensor, Stage, Verdict, World
from minios.tutor.pipeline.switches import HISTORICAL, Switches

MOST_MACHINES = 200


class Outcomes(msgspec.Struct, frozen=True):
    """What one setting makes of all files.

    `sensor` says how the sensor was released; the outcomes are in the files' order.
    """

    switches: Switches
    sensor: Sensor
    outcomes: tuple[Outcome, ...]

    def of(self, name: str) -> Outcome:
        """The outcome of the file with this name. Raises KeyError if there is none."""
        for found in self.outcomes:
            if found.file == name:
                return found
        raise KeyError(name)


class Pending(msgspec.Struct, frozen=True):
    """A file that is still on its way: what has come of its first machines so far."""

    file: str
    fates: tuple[Ran | None, ...]


class Sight(msgspec.Struct, frozen=True):
    """What is known of a setting. `sensor` is None while its tests run."""

    sensor: Sensor | None
    files: tuple[Outcome | Pending, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every outcome is there."""
        return all(isinstance(it, Outcome) for it in self.files)


class Pipeline(Closing):
    """Files, machines, and what was found out about them so far.

    Args:
        names: shipped names or paths; without them all shipped files.
        model: the model of the customers' machines.
        machines: how many there are.
        rings: the sizes of the first groups, if the rollout has rings.
        definitions: what an event has; the shipped definitions if it is left out.
        processes: how many run machines; one for each CPU if it is left out.

    Raises ScenarioError for a number or a model that makes no sense, and ContentError
    for a file that cannot be used.
    """

    def __init__(  # noqa: PLR0913 - all by name, and each with a usual value
        self,
        names: Iterable[str | Path] | None = None,
        *,
        model: str = "windows",
        machines: int = 12,
        rings: Sequence[int] = (1, 3),
        definitions: TemplateType | None = None,
        processes: int | None = None,
    ) -> None:
        _require(model, machines, rings)
        found = definitions or shipped_definitions.shipped()
        self.world = World(found, files.factory(found), model, machines, tuple(rings))
        wanted = files.shipped() if names is None else names
        self.files: tuple[Candidate, ...] = tuple(
            files.find(it, found) for it in dict.fromkeys(wanted)
        )
        self._runs = Runs(processes or os.cpu_count() or 1)

    def close(self) -> None:
        """End the processes. The pipeline can still be used, and starts new ones."""
        self._runs.close()

    def with_model(self, model: str) -> Pipeline:
        """The same with machines of another model. Both share what was found out."""
        _require(model, self.world.machines, self.world.rings)
        other = copy(self)
        other.world = msgspec.structs.replace(self.world, model=model)
        return other

    def prepare(self, settings: Iterable[Switches]) -> Iterator[int]:
        """Run all machines that these settings need, in parallel.

        Which machines get a file depends on what came of others, so they run in waves.
        Yields, after each batch, how many runs of the wave are still missing.
        Afterwards `run` answers at once. Raises MiniosError.
        """
        wanted = list(dict.fromkeys(settings))
        while missing := [run for it in wanted for run in self._missing(it)]:
            yield from self._runs.do(missing)

    def _missing(self, switches: Switches) -> Iterator[Run]:
        """The runs without which a setting cannot go on."""
        try:
            sensor = stages.release_sensor(switches, self.world, self._recall)
        except _MissingError as missing:
            yield from missing.runs
            return
        for file in self.files:
            try:
                self._outcome(switches, sensor, file, self._recall)
            except _MissingError as missing:
                yield from missing.runs

    def _recall(self, wanted: Sequence[Run]) -> list[Ran]:
        """What is known of some runs. Raises _MissingError if any was not done."""
        found = [self._runs.known(it) for it in wanted]
        known = [it for it in found if it is not None]
        if len(known) < len(wanted):
            raise _MissingError(wanted)
        return known

    def run(self, switches: Switches = HISTORICAL) -> Outcomes:
        """Send every file through the stages. Raises MiniosError."""
        sensor = stages.release_sensor(switches, self.world, self._runs)
        found = (self._outcome(switches, sensor, it, self._runs) for it in self.files)
        return Outcomes(switches, sensor, tuple(found))

    def look(self, switches: Switches) -> Sight:
        """What is known of a setting, while `prepare` still runs its machines.

        Never waits for a machine or for the compiler.
        """
        nothing = Sight(None, tuple(Pending(it.name, ()) for it in self.files))
        fields = len(self.world.definitions.fields)
        if switches.compile_check and not sensors.is_compared(fields):
            return nothing
        try:
            sensor = stages.release_sensor(switches, self.world, self._recall)
        except _MissingError:
            return nothing
        return Sight(
            sensor, tuple(self._seen(switches, sensor, it) for it in self.files)
        )

    def _seen(
        self, switches: Switches, sensor: Sensor, file: Candidate
    ) -> Outcome | Pending:
        try:
            return self._outcome(switches, sensor, file, self._recall)
        except _MissingError as missing:
            last = missing.runs[-1].machine.seed
            seeds = range(1, 1 if last == stages.VENDOR else last + 1)
            machines = (self.world.machine(sensor.variant, it) for it in seeds)
            fates = (self._runs.known(Run(it, file.data)) for it in machines)
            return Pending(file.name, tuple(fates))

    def _outcome(
        self, switches: Switches, sensor: Sensor, file: Candidate, ask: Ask
    ) -> Outcome:
        steps = [*sensor.steps]
        nobody: tuple[Ran | None, ...] = (None,) * self.world.machines
        repaired_at = sensor.repaired_at

        steps.append(stages.validate_file(switches, sensor, file, self.world))
        if steps[-1].verdict is not Verdict.REFUSED:
            steps.append(stages.try_file(switches, sensor, file, self.world, ask))
        if steps[-1].verdict is Verdict.REFUSED:
            stopped_at = steps[-1].stage
            told = tuple(steps)
            return Outcome(switches, file.name, repaired_at, stopped_at, nobody, told)
        step, fates = stages.roll_out(switches, sensor, file, self.world, ask)
        stopped = Stage.ROLLOUT if step.verdict is Verdict.STOPPED else None
        found = Outcome(switches, file.name, repaired_at, stopped, fates, ())
        steps += [step, outcome.last_step(fates, found.sentence)]
        return msgspec.structs.replace(found, steps=tuple(steps))


class _MissingError(Exception):
    """Something depends on runs that were not done yet."""

    def __init__(self, runs: Sequence[Run]) -> None:
        super().__init__()
        self.runs = runs


def _require(model: str, machines: int, rings: Sequence[int]) -> None:
    if model not in policies.COMPARED:
        raise ScenarioError(
            f"the vendor has no customers with the model {model!r}",
            advice=f"Choose one of: {', '.join(policies.COMPARED)}",
        )
    if not 1 <= machines <= MOST_MACHINES:
        raise ScenarioError(
            f"{machines} machines are not possible",
            advice=f"Choose a number from 1 to {MOST_MACHINES}",
        )
    if any(size < 1 for size in rings):
        raise ScenarioError(
            "a ring without machines is not possible",
            advice="Give each ring at least one machine",
        )
