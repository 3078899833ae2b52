"""Run a scenario for somebody who wants to see it, step by step.

It is run once, without a screen, and at the end of each step it is noted where every
machine stands. The interface then runs the same machines again to the same moments.
So nothing is staged, and one can look and go back between any two steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from minios.errors import ScenarioError
from minios.session.catalogue import LabCard
from minios.session.recording import OTHER
from minios.session.script import Moment, Script, ScriptStep
from minios.testing import stock
from minios.testing.budgets import Budget
from minios.testing.loans import Labs
from minios.testing.plugins import PluginBuilder
from minios.testing.scenarios.model import PlacedStep
from minios.testing.scenarios.outcome import Outcome, Seen
from minios.testing.scenarios.parameters import choose
from minios.testing.scenarios.reading import read
from minios.testing.scenarios.running import run
from minios.testing.submission import Submission
from minios.visible import visible

_MOST_MACHINES: Final = 4  # that the interface has room for
_LEFT_OUT: Final = ("[[steps]]", "message")  # of the text of a step
_STARTED: Final = "the machines are switched on"


@dataclass(slots=True)
class _Notes:
    """Where the machines stood at the end of each step, by its line; 0 is the start."""

    labs: Labs
    ends: dict[int, tuple[Moment, ...]] = field(default_factory=dict)

    def here(self, line: int = 0) -> None:
        """Note it now."""
        self.ends[line] = tuple(
            Moment(lab.machine.now, lab.inputs) for lab in self.labs.borrowed
        )


def script_of(
    path: Path, submission: Path | None = None, variant: str | None = None
) -> Script:
    """Run the scenario in a file, and say what came of each step.

    `submission` is the folder that `submission/` means. Of a file with parameters,
    `variant` is the combination of their values. Raises ScenarioError if there is a
    mistake in the file, if it holds no such scenario or several, or if its machines
    cannot be made or shown.
    """
    scenario = choose(read(path), variant)
    if len(scenario.machines) > _MOST_MACHINES:
        raise ScenarioError(
            f"it has {len(scenario.machines)} machines, but {_MOST_MACHINES} can be "
            "shown",
            where=str(path),
            advice=f"Run it with `minios run {path}`",
        )
    handed_in = None if submission is None else Submission(submission)
    budget = Budget(instructions=scenario.instructions)
    labs = Labs(stock.of_process(), budget, PluginBuilder(None))
    notes = _Notes(labs)

    def listen(seen: Seen) -> None:
        notes.here(seen.line)

    try:
        outcome = run(
            scenario, labs, submission=handed_in, listen=listen, ready=notes.here
        )
        if 0 not in notes.ends:
            assert outcome.failure is not None
            raise ScenarioError(
                outcome.failure.found, where=f"{path}:{outcome.failure.line}"
            )
        if outcome.failure is not None:
            notes.here(outcome.failure.line)
        again = partial(script_of, path, submission, variant)
        return _script(outcome, notes, again)
    finally:
        labs.give_back()


def _script(outcome: Outcome, notes: _Notes, again: Callable[[], Script]) -> Script:
    scenario = outcome.scenario
    setups = tuple(lab.setup for lab in notes.labs.borrowed)
    title = scenario.title + (f" [{scenario.variant}]" if scenario.variant else "")
    card = LabCard(OTHER, title, scenario.description, 1, setups)
    start = ScriptStep(min(scenario.lines.values()), _STARTED, end=notes.ends[0])
    rest = (_step(it, outcome, notes) for it in scenario.steps)
    return Script(card, tuple(scenario.machines), (start, *rest), again)


def _step(placed: PlacedStep, outcome: Outcome, notes: _Notes) -> ScriptStep:
    lines = [it.strip() for it in placed.text.splitlines()]
    kept = (it for it in lines if it and not it.startswith(_LEFT_OUT))
    failure = outcome.failure
    failed = failure is not None and failure.line == placed.line
    own = [it for it in outcome.steps if it.line == placed.line]
    names = [f"{it.machine}: " if len(own) > 1 else "" for it in own]
    saw = "; ".join(
        f"{name}{it.saw}" for name, it in zip(names, own, strict=True) if it.saw
    )
    if failed:
        saw = outcome.reason
    end = notes.ends.get(placed.line, ())
    saw = "\n".join(map(visible, saw.splitlines()))
    return ScriptStep(placed.line, visible(", ".join(kept)), saw, failed, end)
