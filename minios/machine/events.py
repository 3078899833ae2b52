"""What an observer of the machine can hear: typed, frozen records.

Each record has `now` (virtual nanoseconds since power on) and `instructions` (executed
since power on). Records tell what happened, and never change it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from minios.machine.faults import Fault


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """Something that happened at a moment."""

    now: int
    instructions: int


class Door(enum.Enum):
    """The way by which the ring was changed."""

    EXCEPTION = "exception"
    SOFTWARE = "int n"
    INTERRUPT = "interrupt"
    SYSCALL = "syscall"
    SYSENTER = "sysenter"
    IRETQ = "iretq"
    SYSRETQ = "sysretq"


@dataclass(frozen=True, slots=True)
class RingCrossing(MachineEvent):
    """The privilege level has changed.

    The ways out of ring 0 are reported before they execute, from the IRETQ and SYSRETQ
    instructions in the kernel's file. `vector` is the gate of an exception, an
    interrupt or an `int n`. `rax` is the value of RAX at a `syscall`.
    """

    from_ring: int
    to_ring: int
    door: Door
    rip: int
    vector: int | None
    rax: int | None = None


@dataclass(frozen=True, slots=True)
class FaultRaised(MachineEvent):
    """The CPU refused an instruction.

    Its state is still the one at this instruction.
    """

    fault: Fault


@dataclass(frozen=True, slots=True)
class InterruptDelivered(MachineEvent):
    """A device's interrupt reached the CPU."""

    vector: int
    ring: int
    rip: int


@dataclass(frozen=True, slots=True)
class SyscallEntered(MachineEvent):
    """A `syscall` instruction has run. The registers are as the caller set them."""

    number: int
    arguments: tuple[int, int, int, int, int, int]
    rip: int


@dataclass(frozen=True, slots=True)
class PortAccess(MachineEvent):
    """An `in` or `out` instruction that was allowed."""

    device: str
    port: int
    size: int
    value: int
    is_write: bool


@dataclass(frozen=True, slots=True)
class MmioAccess(MachineEvent):
    """A load from or store to the registers of a device."""

    device: str
    address: int
    size: int
    value: int
    is_write: bool


@dataclass(frozen=True, slots=True)
class ConsoleOutput(MachineEvent):
    """Bytes that left the console's serial port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LinkOutput(MachineEvent):
    """Bytes that left the update link's serial port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BeaconRecord(MachineEvent):
    """A record that the guest handed to the outside."""

    data: bytes


class ResetReason(enum.Enum):
    """Why the machine was reset."""

    TRIPLE_FAULT = "triple fault"
    RESET_CONTROL = "reset control port"
    REQUESTED = "asked for from outside"
    POWER_CUT = "power cut"


@dataclass(frozen=True, slots=True)
class ResetHappened(MachineEvent):
    """The machine was reset, `count` times since power on."""

    reason: ResetReason
    count: int


@dataclass(frozen=True, slots=True)
class PowerOffHappened(MachineEvent):
    """The guest switched the machine off."""

    code: int
