"""One machine of a scenario while it runs, and how much time it has left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from minios.lab import Condition, ConditionNotMetError, Lab, LabSnapshot
from minios.lab.combining import R
from minios.testing.scenarios import times
from minios.testing.scenarios.base import Span
from minios.testing.scenarios.outcome import StepFailed
from minios.testing.scenarios.sources import Sources

SHORTEST: Final = 1000  # virtual nanoseconds for which a lab can be asked to wait


@dataclass(slots=True)
class Bench:
    """A machine, the files that the scenario may name, and the machine's budget.

    `began` is the moment of the first step, and `spent` the virtual time of the steps
    that are over. A snapshot turns the machine's clock back, but not this one.
    """

    lab: Lab
    sources: Sources
    budget: Span
    began: int = 0
    spent: int = 0
    snapshots: dict[str, LabSnapshot] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """What is left of the budget at the beginning of a step."""
        return max(0, self.budget - self.spent)

    def wait(self, condition: Condition[R], within: int, expected: str) -> R:
        """Run until a condition is met. Raises StepFailed if it is not."""
        time = min(within, self.left)
        wanted = f"{expected} within {times.shown(within)}"
        if time < SHORTEST:
            raise StepFailed(wanted, self.out_of_budget())
        try:
            return self.lab.run_until(condition, within=time)
        except ConditionNotMetError as error:
            found = self.out_of_budget() if time < within else error.what
            raise StepFailed(wanted, found) from error

    def out_of_budget(self) -> str:
        """What is found when a machine has used up its time."""
        return f"the budget of {times.shown(self.budget)} is used up"
