"""What a scenario file says, as values: machines, and steps that are done in order.

    title = "A bad content file stops the machine"

    [machines.windows]

    [[steps]]
    push = "channel-291-bad"

    [[steps]]
    wait_for = { event = "bugcheck", ring = 0 }
    within = "5s"

Each class here, in `steps.py`, `conditions.py` and `claims.py` is a table of the file,
and each field is a key of it. A field that is new there can be used at once.

Times are texts with a unit ("2s", "50ms"). All of them are virtual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as HostPath
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from minios.lab import content_files
from minios.testing.budgets import DEFAULT_INSTRUCTIONS
from minios.testing.scenarios.base import (
    DEFAULT_BUDGET,
    Content,
    Name,
    Options,
    Path,
    Span,
    Table,
    Text,
)
from minios.testing.scenarios.steps import Step

MOST_MACHINES: Final = 8
MOST_STEPS: Final = 500
MOST_INSTRUCTIONS: Final = 10_000_000_000
MOST_SNAPSHOTS: Final = 32  # each may take as much as the machine's RAM


class Machine(Table, frozen=True, kw_only=True):
    """A machine: what it is made from, and how far it has come at the first step.

    Attributes:
        world: a model, "windows", "macos" or "linux". It may be left out if the machine
            has the name of a model.
        seed: chooses the rhythm of the workload's pipe events.
        content: the content file on the fresh disk.
        options: words for the kernel's command line (`minios/abi/boot_options.py`).
        plugins: names of shipped plugins, or folders with a plugin.
        services: new start types of services: `{ sentinel = "disabled" }`.
        sensor: which form of the sensor starts, in the world "linux": "module",
            "bpf-naive", "bpf-checked" or "bpf-collector".
        cold: the first step finds a machine that has just been switched on. Otherwise
            it has come up.
        disk: a disk image to start from.
        recording: a recording of a session with this machine, which is played before
            the first step. The machine there must have been made in the same way.
    """

    world: str = ""
    seed: Annotated[int, Meta(ge=0, le=999_999_999)] = 1
    content: Content = content_files.FACTORY
    options: Options = msgspec.field(default_factory=dict)
    plugins: Annotated[list[Path], Meta(max_length=8)] = msgspec.field(
        default_factory=list
    )
    services: dict[Name, Name] = msgspec.field(default_factory=dict)
    sensor: Annotated[str, Meta(max_length=64)] = ""
    cold: bool = False
    disk: Path | None = None
    recording: Path | None = None


class Head(Table, frozen=True, kw_only=True):
    """The keys of the file itself, before its machines and steps are looked at.

    Attributes:
        title: what the scenario shows, as a sentence.
        description: more words, for those who read the report.
        points: what it is worth when submissions are graded; None as the assignment
            says, which says 1 if nothing else.
        hidden: students see neither its steps nor why it failed.
        budget: how much virtual time each machine may take for all steps together.
        instructions: how many instructions all machines together may execute.
        machines: the machines, each under a name of your own.
        steps: what is done, in order.
    """

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Text = ""
    points: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    hidden: bool = False
    budget: Span = DEFAULT_BUDGET
    instructions: Annotated[int, Meta(ge=1, le=MOST_INSTRUCTIONS)] = (
        DEFAULT_INSTRUCTIONS
    )
    machines: Annotated[dict[Name, Any], Meta(min_length=1, max_length=MOST_MACHINES)]
    steps: Annotated[list[Any], Meta(min_length=1, max_length=MOST_STEPS)]


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step, its verb, its text in the file, and the line on which that begins."""

    line: int
    verb: str
    step: Step
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario file that has been read; see `Head` for what its keys mean."""

    path: HostPath
    variant: str
    """The values of its parameters in words; "" without parameters."""
    title: str
    description: str
    points: float | None
    hidden: bool
    budget: Span
    instructions: int
    machines: Mapping[str, Machine]
    steps: tuple[PlacedStep, ...]
    lines: Mapping[str, int]
    """The lines on which the machines stand."""

    @property
    def limits(self) -> dict[str, int]:
        """The arguments of its `Budget`, and of the mark of that name."""
        return {"instructions": self.instructions, "virtual": self.budget}
