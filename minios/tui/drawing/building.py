"""The rings as a building: apps on the ground floor, the kernel in the basement.

Between them are the doors. The floor on which the CPU is now is marked, and so is the
part that it executes.
"""

from __future__ import annotations

from minios.abi import vectors
from minios.machine.events import Door, RingCrossing
from minios.tui.drawing.lines import Line, fit, flow, line
from minios.tui.drawing.status import part_span
from minios.tui.drawing.times import seconds
from minios.tui.frames import Frame

_DOWN = (
    (Door.SYSCALL, "syscall"),
    (Door.INTERRUPT, "interrupt"),
    (Door.EXCEPTION, "fault"),
    (Door.SOFTWARE, "int n"),
)
_UP = ((Door.SYSRETQ, "sysretq"), (Door.IRETQ, "iretq"))


def building(frame: Frame, width: int, height: int) -> list[Line]:
    """Two floors and the doors between them, in `height` lines if that can be.

    Where there is little room the doors lose lines first, then the ground floor: both
    floors stay, for they are what the picture is about.
    """
    inner = max(width - 4, 10)
    parts = [
        [_edge("╚", "ring 0, basement: kernel", "╝", width, frame.ring == 0)],
        _walls(_floor(frame, 0), inner, 0),
        _walls(_floor(frame, 3), inner, 3),
        [_edge("╔", "ring 3, ground floor: apps", "╗", width, frame.ring == 3)],
        _walls(_doors(frame), inner, None),
    ]
    for part, least in ((4, 1), (2, 1), (1, 1), (4, 0), (2, 0), (3, 0)):
        while len(parts[part]) > least and sum(map(len, parts)) > height:
            parts[part].pop()
    basement, kernel, apps, ground, doors = parts
    return [*ground, *apps, *doors, *kernel, *basement]


def _edge(left: str, words: str, right: str, width: int, here: bool) -> Line:
    role = "ring3" if "3" in words else "ring0"
    text = f"{left}═ {'▶ ' if here else ''}{words} "
    return line((text + "═" * (width - len(text) - 1) + right, role))


def _walls(pieces: list[Line], inner: int, ring: int | None) -> list[Line]:
    role = "dim" if ring is None else f"ring{ring}"
    wall = "╟" if ring is None else "║"
    end = "╢" if ring is None else "║"
    return [
        line((f"{wall} ", role), *fit(row, inner), (f" {end}", role))
        for row in flow(pieces, inner) or [()]
    ]


def _floor(frame: Frame, ring: int) -> list[Line]:
    found: list[Line] = []
    if ring == 0:
        found.append(_part(frame, "kernel", line("● kernel"), ring))
    found.extend(
        _part(frame, part.name, line(part_span(part)), ring)
        for part in frame.status.parts
        if part.ring == ring
    )
    return found


def _part(frame: Frame, name: str, drawn: Line, ring: int) -> Line:
    if frame.code.module == name and frame.ring == ring:
        words = "waits" if frame.halted else "executes"
        return line((f"▶ {name} {words}", "next"))
    return drawn


def _doors(frame: Frame) -> list[Line]:
    counts, latest = frame.crossings.counts, frame.crossings.latest
    last = latest[-1].door if latest else None
    pieces = []
    for arrow, ring, doors in (("↓", 0, _DOWN), ("↑", 3, _UP)):
        for door, name in doors:
            number = counts.get((door.value, ring), 0)
            role = "next" if door is last else "" if number else "dim"
            pieces.append(line((f"{arrow} {name} {number}", role)))
    if not frame.crossings.is_whole:
        pieces.append(line(("(not counted while flat out)", "dim")))
    if latest:
        pieces.append(line((f"last {crossing(latest[-1])}", "dim")))
    return pieces


def crossing(crossed: RingCrossing) -> str:
    """One crossing in words."""
    arrow = "↓" if crossed.to_ring == 0 else "↑"
    vector = "" if crossed.vector is None else f" {vectors.mnemonic(crossed.vector)}"
    return f"{arrow} {crossed.door.value}{vector} at {seconds(crossed.now)}"
