"""The budget of a test: how much its machines may do before it fails.

A budget is counted in what the guest does: instructions, which all machines of the test
share, and virtual time, which each machine has for itself. The host's speed does not
matter, so a test that is within its budget once is within it always. What takes the
host much longer than an instruction counts as many: a fault, a record, a reset, an
access to a device (`minios/machine/costs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.machine.allowance import Allowance

DEFAULT_INSTRUCTIONS: Final = 100_000_000
"""Without a mark: a virtual second of computing, or 17 minutes of idling."""
LARGER: Final = ", or give the scenario a larger budget"
"""The advice for the author of a scenario; a student cannot follow it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a test may use; None where its mark says nothing."""

    instructions: int | None = None
    virtual: int | None = None

    def allowance(self) -> Allowance:
        """A fresh allowance for all machines of one test."""
        return Allowance(self.instructions or DEFAULT_INSTRUCTIONS, self.virtual)

    def exceeded(self, what: str) -> str:
        """The sentence that a test fails with; `what` is `Allowance.refused`."""
        usual = "" if self.instructions or self.virtual else ", the usual one"
        return (
            f"The scenario has used up its budget of {what}{usual}. Look for a loop "
            f"that never ends{LARGER}"
        )
