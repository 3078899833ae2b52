"""The rings as a building: apps on the ground floor, the kernel in the basement.

Between the floors are the doors: the ways by which the CPU changes the ring. A sign
marks the floor where the CPU is now, and the part that it executes.
"""

from __future__ import annotations

from minios.machine.events import Door, RingCrossing
from minios.session import doors
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, Span, fit, flow, length, line
from minios.tui.drawing.status import part_span

_GATES_NAMED = (Door.INTERRUPT, Door.EXCEPTION, Door.SOFTWARE)


def building(frame: Frame, width: int, height: int) -> list[Line]:
    """Draw two floors and the doors between them, in `height` lines if possible.

    With little room, the doors lose lines first, then the ground floor. Both floors
    always stay, because the picture is about them.
    """
    inner = max(width - 4, 10)
    parts = [
        [_edge("╚", "ring 0, basement: kernel", "╝", width, frame.ring == 0)],
        _walls(_floor(frame, 0), inner, 0),
        _walls(_floor(frame, 3), inner, 3),
        [_edge("╔", "ring 3, ground floor: apps", "╗", width, frame.ring == 3)],
        [
            *_walls(_doors(frame, inner), inner, None),
            *_walls(_latest(frame, inner), inner, None),
        ],
    ]
    for part, least in ((4, 1), (2, 1), (1, 1), (4, 0), (2, 0), (3, 0)):
        while len(parts[part]) > least and sum(map(len, parts)) > height:
            parts[part].pop()
    basement, kernel, apps, ground, between = parts
    return [*ground, *apps, *between, *kernel, *basement]


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
        found += [line((words, "bad")) for words in _faults_inside(frame)]
    found.extend(
        _part(frame, part.name, line(part_span(part)), ring)
        for part in frame.status.parts
        if part.ring == ring
    )
    return found


def _part(frame: Frame, name: str, drawn: Line, ring: int) -> Line:
    if frame.code.module == name and frame.ring == ring:
        words = "waits for an interrupt" if frame.halted else "executes"
        return line((f"▶ {name} {words}", "next"))
    return drawn


def _faults_inside(frame: Frame) -> list[str]:
    """Faults in ring 0 itself, which use no door."""
    return [
        f"✖ {doors.gate(vector)} in here{f', {count} times' if count > 1 else ''}"
        for vector, count in frame.crossings.inside.items()
    ]


def _doors(frame: Frame, inner: int) -> list[Line]:
    """Every door and how often it was used, in one line if possible."""
    for gates, unused in ((True, True), (False, True), (False, False)):
        rows = flow(_counts(frame, gates=gates, unused=unused), inner)
        if len(rows) == 1:
            break
    return rows


def _counts(frame: Frame, *, gates: bool, unused: bool) -> list[Line]:
    """A piece for each door, with or without gate names and unused doors."""
    latest = frame.crossings.latest
    last = latest[-1].crossing.door if latest else None
    pieces = []
    for arrow, ring, kinds in (("↓", 0, doors.DOWN), ("↑", 3, doors.UP)):
        for door, name in kinds:
            names = doors.by_name(frame.crossings.counts, door, ring)
            number = sum(names.values())
            listed = ", ".join(f"{it} {n}" for it, n in names.items())
            named = f" ({listed})" if listed and gates and door in _GATES_NAMED else ""
            role = "next" if door is last else "" if number else "dim"
            if number or unused:
                pieces.append(line((f"{arrow} {name} {number}{named}", role)))
    if not frame.crossings.is_whole:
        pieces.append(line(("(not counted while flat out)", "dim")))
    return pieces


def _latest(frame: Frame, inner: int) -> list[Line]:
    """The latest crossings, newest first, as many as fit."""
    drawn: Line = line(("newest first: ", "dim"))
    for number, it in enumerate(reversed(frame.crossings.latest)):
        role = "next" if number == 0 else f"ring{it.to_ring}"
        piece = Span(crossing(it.crossing), role)
        if length(drawn) + length((piece,)) + 2 > inner:
            break
        drawn = (*drawn, *([Span("  ")] if number else []), piece)
    return [drawn] if frame.crossings.latest else []


def crossing(crossed: RingCrossing) -> str:
    """One crossing of the rings, in words."""
    arrow = "↓" if crossed.to_ring == 0 else "↑"
    way = doors.passed(crossed)
    door = dict((*doors.DOWN, *doors.UP))[way.door]
    name = way.name if way.door in _GATES_NAMED else f"{door} {way.name}"
    return f"{arrow} {name}".rstrip()
