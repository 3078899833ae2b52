"""The doors between the rings: how often each was used, and by which gate or call.

A door is a way by which the CPU changes the ring (`session/doors.py`).
"""

from __future__ import annotations

from typing import Final

from minios.lab.quantities import seconds
from minios.machine.events import Door, RingCrossing
from minios.session import doors
from minios.session.frames import Crossings
from minios.session.panes.pane import Pane, Told
from minios.session.spoken import times

_NAMES: Final = {
    Door.SYSCALL: "system call",
    Door.INTERRUPT: "interrupt",
    Door.EXCEPTION: "fault",
    Door.SOFTWARE: "int n",
    Door.SYSRETQ: "sysretq",
    Door.IRETQ: "iretq",
}
_UNCOUNTED: Final = "There were more, which were not counted at the speed flat out."


def ways(found: Crossings) -> list[tuple[str, list[str]]]:
    """A line for every door with its gates or calls, then the latest crossings."""
    told = [
        (_way(found, door, ring), _gates(found, door, ring))
        for kinds, ring in ((doors.DOWN, 0), (doors.UP, 3))
        for door, _ in kinds
    ]
    inside = [f"{doors.gate(it)} {times(n)}" for it, n in found.inside.items()]
    total = times(sum(found.inside.values()))
    told.append((f"faults inside ring 0, {total}: {doors.INSIDE}", inside or ["None."]))
    latest = [
        f"{seconds(it.crossing.now)}, {crossing(it.crossing)}"
        for it in reversed(found.latest)
    ]
    told.append(("the latest crossings, the newest first", latest or ["None yet."]))
    return told


def crossing(crossed: RingCrossing) -> str:
    """One crossing of the rings, in words."""
    way = "down" if crossed.to_ring == 0 else "up"
    name = doors.passed(crossed).name
    return f"{way} by {_NAMES[crossed.door]}{f' {name}' if name else ''}"


def _way(found: Crossings, door: Door, ring: int) -> str:
    way = "down" if ring == 0 else "up"
    number = times(_count(found, door, ring))
    return f"{way} by {_NAMES[door]}, {number}: {doors.MEANINGS[door]}"


def _count(found: Crossings, door: Door, ring: int) -> int:
    return sum(doors.by_name(found.counts, door, ring).values())


def _gates(found: Crossings, door: Door, ring: int) -> list[str]:
    names = doors.by_name(found.counts, door, ring)
    total = sum(names.values())
    uncounted = [] if found.is_whole else [_UNCOUNTED]
    told = [f"{name} {times(number)}" for name, number in names.items() if name]
    return [*uncounted, *(told or [f"{_NAMES[door]} {times(total)}"])]


DOORS: Final = Pane(
    words="the doors, with every gate and every system call",
    more=(
        "A gate is an entry of the IDT. The CPU, not the program, decides where it "
        "leads. A fault in ring 0 itself uses no door."
    ),
    tell=lambda frame, _: Told(parts=ways(frame.crossings)),
)
PANES: Final = (DOORS,)
