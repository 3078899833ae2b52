"""The names of the doors between the rings: which gate, or which system call.

A door is a way by which the CPU changes the ring:

    syscall          one door for all system calls; RAX says which call
    interrupt        a gate of the IDT that a device chooses
    exception        a gate of the IDT that the CPU chooses, after it refused something
    int n            a gate of the IDT that a program chooses, if the gate allows it
    sysretq, iretq   the ways back up to ring 3
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from minios.abi import vectors
from minios.abi.syscalls import SYSCALLS
from minios.boards import MICROVM
from minios.machine.events import Door, RingCrossing

DOWN: Final[tuple[tuple[Door, str], ...]] = (
    (Door.SYSCALL, "syscall"),
    (Door.INTERRUPT, "interrupt"),
    (Door.EXCEPTION, "fault"),
    (Door.SOFTWARE, "int n"),
)
UP: Final[tuple[tuple[Door, str], ...]] = (
    (Door.SYSRETQ, "sysretq"),
    (Door.IRETQ, "iretq"),
)
MEANINGS: Final = {
    Door.SYSCALL: "asked for by a program: one entry, RAX says which call",
    Door.INTERRUPT: "a device wants attention: its gate in the IDT",
    Door.EXCEPTION: "the CPU refused what ring 3 did: its gate in the IDT",
    Door.SOFTWARE: "a program names a gate; only those with DPL 3 open",
    Door.SYSRETQ: "back from a system call",
    Door.IRETQ: "back from a gate of the IDT",
}
INSIDE: Final = "the CPU refused what ring 0 did: the ring stays the same"
_UNSEEN: Final = ("virtio", "local_apic")  # slots with nothing in them, the CPU's own
_DEVICES: Final = {
    slot.irq: slot.plain_name or slot.name
    for slot in MICROVM.slots
    if slot.irq is not None
}
DEVICES: Final = tuple(
    slot.plain_name or slot.name
    for slot in MICROVM.slots
    if not slot.name.startswith(_UNSEEN)
)
"""The devices of the board, in plain words."""


class Passed(NamedTuple):
    """One way through a door.

    `number` is the vector of the gate, or of the system call.
    """

    door: Door
    to_ring: int
    number: int | None

    @property
    def name(self) -> str:
        """The name of the gate or of the system call; "" for a way up."""
        if self.number is None:
            return ""
        return call(self.number) if self.door is Door.SYSCALL else gate(self.number)


def passed(crossing: RingCrossing) -> Passed:
    """The way that a crossing of the rings took."""
    number = crossing.rax if crossing.door is Door.SYSCALL else crossing.vector
    return Passed(crossing.door, crossing.to_ring, number)


def gate(vector: int) -> str:
    """The name of a gate of the IDT: `#PF`, `IRQ 0 timer`, `INT 0x80`."""
    return f"{vectors.mnemonic(vector)} {device(vector)}".rstrip()


def device(vector: int | None) -> str:
    """The name of the device that uses this gate, "" if none does."""
    return _DEVICES.get(-1 if vector is None else vector - vectors.IRQ_BASE, "")


def call(number: int) -> str:
    """The name of a system call, or its number if there is no such call."""
    return SYSCALLS[number].name if number < len(SYSCALLS) else f"call {number:#x}"


def by_name(counts: Mapping[Passed, int], door: Door, to_ring: int) -> dict[str, int]:
    """How often each gate or call of a door was used, with the most used first."""
    found = {
        way.name: number
        for way, number in counts.items()
        if way.door is door and way.to_ring == to_ring
    }
    return dict(sorted(found.items(), key=lambda it: (-it[1], it[0])))
