"""What a device is, and what it is given.

A device knows the offsets of its registers, never its address; time only as a number
that it is told; the CPU only as an interrupt line that it raises and lowers. That makes
each one testable alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from minios.errors import BoardError
from minios.machine.disk_image import DiskImage
from minios.machine.memory import PhysicalMemory


class Device(Protocol):
    """One device of a board.

    Invariant: what it does depends on the calls it gets and on nothing else. Calling
    `advance` more often than needed changes nothing.
    """

    name: str

    def reset(self) -> None:
        """To the state after power on."""

    def read(self, offset: int, size: int) -> int:
        """The guest loads `size` bytes at an offset."""

    def write(self, offset: int, size: int, value: int) -> None:
        """The guest stores `size` bytes at an offset."""

    def next_deadline(self) -> int | None:
        """When it next needs attention: virtual ns, None for never."""

    def advance(self, now: int) -> None:
        """It is now `now`: do what is due. Never goes backwards but by `load`."""

    def save(self) -> object:
        """A picklable copy of the state."""

    def load(self, state: object) -> None:
        """Take a state that `save` returned."""


class IrqLine:
    """One wire to the interrupt controller. It keeps nothing: the ends do."""

    def __init__(self, drive: Callable[[bool], None] = lambda _: None) -> None:
        self.set = drive

    def raise_(self) -> None:
        """Drive the wire high."""
        self.set(True)

    def lower(self) -> None:
        """Drive the wire low."""
        self.set(False)


class InterruptController(Device, Protocol):
    """A device that decides which interrupt the CPU gets."""

    def set_line(self, irq: int, level: bool) -> None:
        """A wire changed."""

    def is_pending(self) -> bool:
        """Whether the CPU's interrupt pin is high."""

    def acknowledge(self) -> int:
        """The CPU takes the interrupt: its vector."""


def _ignore(_: object = None) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Host:
    """What devices may tell the world outside the guest.

    Attributes:
        console: bytes left the console's serial port.
        link: bytes left the update link.
        beacon: the guest handed out a record.
        reset: the guest asked for a reset.
        power_off: the guest switched itself off, with a code.
    """

    console: Callable[[bytes], None] = _ignore
    link: Callable[[bytes], None] = _ignore
    beacon: Callable[[bytes], None] = _ignore
    reset: Callable[[], None] = _ignore
    power_off: Callable[[int], None] = _ignore


@dataclass(slots=True)
class Wiring:
    """What a device is connected to when it is built."""

    irq: IrqLine
    memory: PhysicalMemory
    host: Host
    disk: Callable[[], DiskImage | None]
    devices: dict[str, Device] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of a board's table.

    Attributes:
        name: by which the device is found.
        build: makes the device.
        ports: (first port, number of ports, first offset) ranges.
        base: physical address of its registers, if it has any in memory.
        size: bytes of them.
        irq: input of the interrupt controller.
    """

    name: str
    build: Callable[[Wiring], Device]
    ports: tuple[tuple[int, int, int], ...] = ()
    base: int | None = None
    size: int = 0
    irq: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A machine as a table.

    Attributes:
        name: of the board.
        slots: its devices; one may refer to those above it.
        controller: name of the device that takes the IRQ wires.
        cpu_pin: name of the device that drives the CPU's interrupt pin.
    """

    name: str
    slots: tuple[Slot, ...]
    controller: str
    cpu_pin: str

    def __post_init__(self) -> None:
        names = [slot.name for slot in self.slots]
        for wanted in (self.controller, self.cpu_pin):
            if wanted not in names:
                raise BoardError(
                    f"no device is called {wanted!r}", where=f"board {self.name}"
                )
        if len(set(names)) != len(names):
            raise BoardError("two devices share a name", where=f"board {self.name}")
