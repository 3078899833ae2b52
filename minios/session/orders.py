"""What a session can be told: small values, so that they can be queued and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from minios.lab import ContentFile


@dataclass(frozen=True, slots=True)
class Mark:
    """A snapshot that one can go back to; `at_record`: a record was made there.

    `number` is which of its machine's it is: it stays when others go.
    """

    t: int
    label: str
    at_record: bool = False
    number: int = field(default=0, compare=False)  # all machines' of a moment are one


@dataclass(frozen=True, slots=True)
class RunTo:
    """Run to this virtual time; earlier, where something is that was to be stopped at.

    Attributes:
        stops: kinds of records, and `RingCrossing`; the run ends right after one.
        places: names of places in the code; the run ends before the instruction there.
        work: about how many instructions it may take, 0 for as many as it needs.
    """

    t: int
    stops: tuple[type, ...] = ()
    places: tuple[str, ...] = ()
    work: int = 0


@dataclass(frozen=True, slots=True)
class Push:
    """Send a content file."""

    file: ContentFile


@dataclass(frozen=True, slots=True)
class Type:
    """Type on the console."""

    text: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Press the reset button."""


@dataclass(frozen=True, slots=True)
class CutPower:
    """Take the power away, and give it back."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """The vendor acts: "withdraw" what was pushed, or have a "fix" ready."""

    act: str


@dataclass(frozen=True, slots=True)
class BootInto:
    """Start again in "safe" or "last good" mode, or into "recovery": by keys."""

    mode: str


Input: TypeAlias = Push | Type | Reset | CutPower | Vendor
"""What comes from outside, and is recorded."""


@dataclass(frozen=True, slots=True)
class Step:
    """Go on a little: "instruction", "line", "crossing" or "event"."""

    unit: str


@dataclass(frozen=True, slots=True)
class MarkHere:
    """Take a snapshot."""

    label: str


@dataclass(frozen=True, slots=True)
class GoBack:
    """Be as at this virtual time; what came after is forgotten.

    With a snapshot's mark: exactly as in it, before any input of the same moment. A
    machine that has no such snapshot goes by the time.
    """

    t: int
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Give these inputs when their virtual time comes: a recording is played."""

    inputs: tuple[tuple[int, Input], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What to read for every frame: code and page walk, tables and memory, the kernel.

    `address` chooses the memory; None is the stack.
    """

    at_code: bool = True
    at_tables: bool = False
    address: int | None = None
    at_kernel: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """Make a frame, nothing else."""


Command: TypeAlias = (
    RunTo | Input | BootInto | Step | MarkHere | GoBack | Plan | Look | Show
)
