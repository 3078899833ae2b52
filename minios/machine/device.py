"""The protocol of devices: what a device offers, and what it gets.

A device knows the offsets of its registers, but not its address. It gets the time as a
number, and acts on the CPU only by raising and lowering an interrupt line. So each
device can be tested alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, final

from minios.errors import BoardError
from minios.machine.disk_image import DiskImage
from minios.machine.memory import PhysicalMemory


class Device(Protocol):
    """One device of a board.

    Invariant: a device depends only on the calls that it gets. Calling `advance` more
    often than needed changes nothing.
    """

    name: str

    def reset(self) -> None:
        """Go back to the state after power on."""

    def read(self, offset: int, size: int) -> int:
        """The guest loads `size` bytes at an offset."""

    def write(self, offset: int, size: int, value: int) -> None:
        """The guest stores `size` bytes at an offset."""

    def next_deadline(self) -> int | None:
        """When the device next needs attention, in virtual ns; None for never."""

    def advance(self, now: int) -> None:
        """Do what is due at the time `now`. Time goes backwards only through `load`."""

    def save(self) -> object:
        """A picklable copy of the state."""

    def load(self, state: object) -> None:
        """Set a state that `save` returned."""


class Untimed:
    """The part of a device that only reacts: the bus need not tell it the time.

    It never does. So a device with a deadline cannot inherit from this.
    """

    @final
    def next_deadline(self) -> int | None:
        """Never."""
        return None

    @final
    def advance(self, now: int) -> None:
        """Nothing depends on time."""


class IrqLine:
    """One wire to the interrupt controller.

    Its ends know its level; the wire does not.
    """

    def __init__(self, drive: Callable[[bool], None] = lambda _: None) -> None:
        self.set = drive

    def raise_(self) -> None:
        """Set the wire to high."""
        self.set(True)

    def lower(self) -> None:
        """Set the wire to low."""
        self.set(False)


class InterruptController(Device, Protocol):
    """A device that decides which interrupt the CPU gets."""

    def set_line(self, irq: int, level: bool) -> None:
        """A wire has changed its level."""

    def is_pending(self) -> bool:
        """Whether the CPU's interrupt pin is high."""

    def acknowledge(self) -> int:
        """The CPU takes the interrupt. Returns its vector."""


def _ignore(_: object = None) -> None:
    """Drop what a device says, because nobody listens."""


@dataclass(frozen=True, slots=True)
class Host:
    """The ways by which devices reach the world outside of the guest.

    Attributes:
        console: called with bytes that leave the console's serial port.
        link: called with bytes that leave the update link.
        beacon: called with a record that the guest hands out.
        reset: called when the guest asks for a reset.
        power_off: called with a code when the guest switches itself off.
    """

    console: Callable[[bytes], None] = _ignore
    link: Callable[[bytes], None] = _ignore
    beacon: Callable[[bytes], None] = _ignore
    reset: Callable[[], None] = _ignore
    power_off: Callable[[int], None] = _ignore


@dataclass(slots=True)
class Wiring:
    """What a device gets when it is built."""

    irq: IrqLine
    memory: PhysicalMemory
    host: Host
    disk: Callable[[], DiskImage | None]
    devices: dict[str, Device] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a board's table.

    Attributes:
        name: the name by which the device is found.
        build: the function that makes the device.
        ports: ranges of (first port, number of ports, first offset).
        base: physical address of its registers, if they are in memory.
        size: how many bytes its registers have there.
        irq: its input at the interrupt controller.
        plain_name: what a person calls it, if not by `name`.
    """

    name: str
    build: Callable[[Wiring], Device]
    ports: tuple[tuple[int, int, int], ...] = ()
    base: int | None = None
    size: int = 0
    irq: int | None = None
    plain_name: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A machine as a table.

    Attributes:
        name: the name of the board.
        slots: its devices; a device may refer to those above it.
        controller: name of the device to which the IRQ wires lead.
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
