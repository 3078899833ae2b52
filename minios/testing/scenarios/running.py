"""Run a scenario: its steps in order, until one does not find what it expects.

A scenario that fails is a value (`Outcome`), and so is everything that a scenario or a
submission of a stranger can do wrong while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from minios.errors import MiniosError
from minios.lab import Lab
from minios.lab.explain import describe
from minios.lab.quantities import short
from minios.machine.allowance import AllowanceError
from minios.testing.loans import Labs
from minios.testing.scenarios import setups, times
from minios.testing.scenarios.acts import act
from minios.testing.scenarios.bench import Bench
from minios.testing.scenarios.model import Machine, PlacedStep, Scenario
from minios.testing.scenarios.outcome import Failure, Outcome, Seen, StepFailed
from minios.testing.scenarios.sources import Sources
from minios.testing.scenarios.steps import Answer
from minios.testing.submission import Submission

_LATEST: Final = 12  # records that a failure shows
_CAN_BE_DONE: Final = "the step can be done"


def run(
    scenario: Scenario,
    labs: Labs,
    *,
    submission: Submission | None = None,
    listen: Callable[[Seen], None] = lambda _: None,
    ready: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a scenario, and say what came of it. `listen` is told of each step.

    Args:
        scenario: what to do.
        labs: gives out the machines, and takes them back.
        submission: what `submission/...` means.
        listen: called after each step that has found what it expected, on a machine.
        ready: called when all machines are there, before the first step.
    """
    sources = Sources(scenario.path.parent, submission)
    return _Run(scenario, labs, sources, listen, ready).all()


@dataclass(slots=True)
class _Run:
    scenario: Scenario
    labs: Labs
    sources: Sources
    listen: Callable[[Seen], None]
    ready: Callable[[], None]
    benches: dict[str, Bench] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def all(self) -> Outcome:
        failure = self._start_all() or self._do_all()
        return Outcome(self.scenario, tuple(self.seen), failure)

    def _start_all(self) -> Failure | None:
        for name, machine in self.scenario.machines.items():
            try:
                lab = self._start(name, machine)
            except MiniosError as error:
                return Failure(
                    line=self.scenario.lines[name],
                    verb="the start",
                    machine=name,
                    source=f"[machines.{name}]",
                    expected="the machine can be made",
                    found=str(error),
                    error=error,
                )
            self.benches[name] = Bench(lab, self.sources, lab.now)
        self.ready()
        return None

    def _start(self, name: str, machine: Machine) -> Lab:
        setup = setups.of(name, machine, self.sources, self.labs)
        if machine.recording is None:
            return self.labs.of(setup, cold=machine.cold)
        path = self.sources.path(machine.recording)
        return self.labs.replayed(setup, path)

    def _do_all(self) -> Failure | None:
        for placed in self.scenario.steps:
            for name in [placed.step.on] if placed.step.on else self.benches:
                failure = self._do(placed, name)
                if failure is not None:
                    return failure
        return None

    def _do(self, placed: PlacedStep, name: str) -> Failure | None:
        bench = self.benches[name]
        began = bench.lab.now
        try:
            saw = act(placed.step, bench)
        except StepFailed as failed:
            return self._failure(placed, name, failed.expected, failed.found)
        except AllowanceError:
            return self._failure(placed, name, *self._budget())
        except MiniosError as error:
            failure = self._failure(placed, name, _CAN_BE_DONE, str(error))
            return replace(failure, error=error)
        seen = Seen(placed.line, placed.verb, name, began, bench.lab.now, saw)
        self.seen.append(seen)
        self.listen(seen)
        return None

    def _budget(self) -> tuple[str, str]:
        """What was expected and found when a machine has used up the budget."""
        time, count = times.shown(self.scenario.budget), self.scenario.instructions
        return (
            f"a budget of {time} and {count:,} instructions is enough",
            "it is used up",
        )

    def _failure(
        self, placed: PlacedStep, name: str, expected: str, found: str
    ) -> Failure:
        latest = self.benches[name].lab.events[-_LATEST:]
        source = placed.text
        if isinstance(placed.step, Answer):  # the text says what is right
            source = f'answer = "{placed.step.answer}"'
        return Failure(
            line=placed.line,
            verb=placed.verb,
            machine=name,
            source=source,
            expected=expected,
            found=found,
            message=placed.step.message,
            latest=tuple(f"{short(it.t):>9}  {describe(it)}" for it in latest),
        )
