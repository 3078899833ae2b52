"""Why a machine stopped running: the answers of `Machine.run_until`."""

from __future__ import annotations

from dataclasses import dataclass

from minios.machine.events import MachineEvent


@dataclass(frozen=True, slots=True)
class Stop:
    """The machine stopped at a moment. It can go on, unless it is off."""

    now: int
    instructions: int


@dataclass(frozen=True, slots=True)
class ConditionMet(Stop):
    """The awaited event has just happened, and nothing was executed since."""

    event: MachineEvent


@dataclass(frozen=True, slots=True)
class BreakpointReached(Stop):
    """The next instruction is at a breakpoint, and has not been executed."""

    address: int


@dataclass(frozen=True, slots=True)
class LimitReached(Stop):
    """The allowed time or number of instructions is used up."""


@dataclass(frozen=True, slots=True)
class PoweredOff(Stop):
    """The guest switched the machine off."""

    code: int


@dataclass(frozen=True, slots=True)
class Deadlock(Stop):
    """The CPU is halted and no device will ever wake it."""
