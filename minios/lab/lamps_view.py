"""The bank of lamps as it is now: what glows, how warm it is, and who drives it.

    seen = look(lab)
    seen.glowing, seen.degrees, seen.driver, seen.ring

The lamps are read from the device itself. Who drives them is what the kernel believes:
it is read from the kernel's table of processes and from its table of drivers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi.ports import LAMPS
from minios.devices import lamps
from minios.devices.lamps import Lamps
from minios.errors import ImageError
from minios.lab.guest_values import Piece
from minios.lab.kernel_memory import KernelMemory
from minios.lab.lab import Lab

COUNT: Final = lamps.LAMPS
BURNS_AT: Final = 100
_PROCESSES: Final = "tasks/process.c"
_DRIVERS: Final = "plugins/driver.c"
_CAUSES: Final = (
    (lamps.STATUS_HOT, "too hot"),
    (lamps.STATUS_ERROR, "an error"),
    (lamps.STATUS_DONE, "a change is done"),
)


@dataclass(frozen=True, slots=True)
class LampsView:
    """The device and its driver.

    Attributes:
        has_power: whether the lamps can glow.
        glowing: the lamps that glow, a bit for each; so are the next two.
        wanted: those that will glow after the change that is being made.
        burnt: those that are broken.
        is_busy: whether a change is being made.
        causes: why it wants an interrupt, in words.
        degrees: how warm the lamps are.
        limit: the heat from which on it wants an interrupt.
        driver: who drives it, "lamps.drv"; "" if nobody does.
        ring: in which ring the driver runs.
        process_id: of the driver, 0 in ring 0.
    """

    has_power: bool = False
    glowing: int = 0
    wanted: int = 0
    burnt: int = 0
    is_busy: bool = False
    causes: tuple[str, ...] = ()
    degrees: float = 0
    limit: int = 0
    driver: str = ""
    ring: int = 3
    process_id: int = 0


def look(lab: Lab) -> LampsView:
    """Read it as it is now."""
    device = lab.machine.devices["lamps"]
    assert isinstance(device, Lamps)
    state = device.state
    driver, ring, process_id = _driver(lab)
    return LampsView(
        has_power=bool(state.control & lamps.CONTROL_ON),
        glowing=state.glowing,
        wanted=state.glowing if state.change_ends is None else state.wanted,
        burnt=state.burnt,
        is_busy=state.change_ends is not None,
        causes=tuple(words for bit, words in _CAUSES if state.causes & bit),
        degrees=device.degrees,
        limit=state.limit,
        driver=driver,
        ring=ring,
        process_id=process_id,
    )


def _driver(lab: Lab) -> tuple[str, int, int]:
    """The name of the driver, its ring, and its process."""
    try:
        memory = KernelMemory(lab)
        if not memory.current().is_there:
            return "", 3, 0
        for process in _processes(memory):
            if _has_lamps(process["device"]):
                return process["name"].text, 3, process["id"].number
        for driver in _drivers(memory):
            if _has_lamps(driver["manifest"]["device"]):
                return driver["name"].text, 0, 0
    except (ImageError, KeyError):  # a kernel without debug information
        pass
    return "", 3, 0


def _processes(memory: KernelMemory) -> Iterator[Piece]:
    for pointer in memory.variable(_PROCESSES, "processes").items():
        process = pointer.follow()
        if process is not None:
            yield process


def _drivers(memory: KernelMemory) -> Iterator[Piece]:
    count = memory.variable(_DRIVERS, "driver_count").number
    for driver in list(memory.variable(_DRIVERS, "drivers").items())[:count]:
        if not driver["has_ended"].number:
            yield driver


def _has_lamps(device: Piece) -> bool:
    first, count = device["first_port"].number, device["port_count"].number
    return first <= LAMPS < first + count
