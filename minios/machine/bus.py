"""Which device answers at a port or at a physical address.

If no device answers, a read gives all ones and a write has no effect, as on a real bus.
"""

from __future__ import annotations

from typing import cast

from minios.errors import BoardError
from minios.machine.device import (
    Board,
    Device,
    Host,
    InterruptController,
    IrqLine,
    Slot,
    Untimed,
    Wiring,
)
from minios.machine.disk_image import DiskImage
from minios.machine.memory import PhysicalMemory


def ones(size: int) -> int:
    """What a read of `size` bytes gives where no device answers."""
    return (1 << 8 * size) - 1


class Bus:
    """The devices of a board, and the addresses at which they answer."""

    def __init__(self, board: Board, memory: PhysicalMemory, host: Host) -> None:
        """Build every device of the board.

        Raises:
            BoardError: two devices claim the same place.
        """
        self.board = board
        self.disk: DiskImage | None = None
        self.devices: dict[str, Device] = {}
        self.ports: dict[int, tuple[Device, int]] = {}
        self.windows: list[tuple[int, int, Device]] = []
        for slot in board.slots:
            irq = IrqLine() if slot.irq is None else self._line(slot.irq)
            wiring = Wiring(irq, memory, host, lambda: self.disk, self.devices)
            device = slot.build(wiring)
            self.devices[slot.name] = device
            self._claim(slot, device)
        self._timed = [
            it for it in self.devices.values() if not isinstance(it, Untimed)
        ]
        self._deadlines = [it.next_deadline for it in self._timed]

    def _line(self, irq: int) -> IrqLine:
        """A wire to the controller, which may be built after the device."""
        name = self.board.controller

        def drive(level: bool) -> None:
            controller = cast("InterruptController", self.devices[name])
            controller.set_line(irq, level)

        return IrqLine(drive)

    def _claim(self, slot: Slot, device: Device) -> None:
        for first, count, offset in slot.ports:
            for number in range(count):
                if first + number in self.ports:
                    raise BoardError(
                        f"port {first + number:#x} is taken", where=f"slot {slot.name}"
                    )
                self.ports[first + number] = (device, offset + number)
        if slot.base is not None:
            for base, size, other in self.windows:
                if slot.base < base + size and base < slot.base + slot.size:
                    raise BoardError(
                        f"the slot overlaps {other.name}", where=f"slot {slot.name}"
                    )
            self.windows.append((slot.base, slot.size, device))

    def at(self, address: int) -> tuple[Device, int] | None:
        """The device at a physical address, and the offset in it."""
        for base, size, device in self.windows:
            if base <= address < base + size:
                return device, address - base
        return None

    def pages(self) -> list[tuple[int, int]]:
        """The (base, size) of all windows, widened to whole pages, in order."""
        starts = {base & ~0xFFF for base, _, _ in self.windows}
        starts |= {base + size - 1 & ~0xFFF for base, size, _ in self.windows}
        return [(start, 0x1000) for start in sorted(starts)]

    def next_deadline(self) -> int | None:
        """When the first device needs attention, in virtual ns."""
        first: int | None = None
        for ask in self._deadlines:
            deadline = ask()
            if deadline is not None and (first is None or deadline < first):
                first = deadline
        return first

    def advance(self, now: int) -> None:
        """Tell every device the time that depends on it."""
        for device in self._timed:
            device.advance(now)

    def reset(self) -> None:
        """Reset every device."""
        for device in self.devices.values():
            device.reset()

    def save(self) -> dict[str, object]:
        """The state of every device."""
        return {name: device.save() for name, device in self.devices.items()}

    def load(self, states: dict[str, object]) -> None:
        """Restore the states."""
        for name, device in self.devices.items():
            device.load(states[name])
