"""One machine of a scenario while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from minios.lab import Lab, LabSnapshot
from minios.testing.scenarios.sources import Sources


@dataclass(slots=True)
class Bench:
    """A machine, the files that the scenario may name, and the snapshots so far.

    `began` is the moment of the first step, in virtual nanoseconds.
    """

    lab: Lab
    sources: Sources
    began: int
    snapshots: dict[str, LabSnapshot] = field(default_factory=dict)
