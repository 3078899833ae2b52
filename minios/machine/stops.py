"""Why a machine stopped running: the answers of `Machine.run_until`."""

from __future__ import annotations

from dataclasses import dataclass

from minios.machine.events import MachineEvent


@dataclass(frozen=True, slots=True)
class Stop:
    """The machine stopped at a moment; it can go on unless it is off."""

    now: int
    instructions: int


@dataclass(frozen=True, slots=True)
class ConditionMet(Stop):
    """What was waited for has just happened; nothing was executed since."""

    event: MachineEvent


@dataclass(frozen=True, slots=True)
class BreakpointReached(Stop):
    """The next instruction is the one at a breakpoint; it has not been executed."""

    address: int


@dataclass(frozen=True, slots=True)
class LimitReached(Stop):
    """The time or the instructions allowed are used up."""


@dataclass(frozen=True, slots=True)
class PoweredOff(Stop):
    """The guest switched the machine off."""

    code: int


@dataclass(frozen=True, slots=True)
class Deadlock(Stop):
    """The CPU is halted and no device will ever wake it."""
