"""The doors between the rings, each with its gates, and the latest crossings."""

from __future__ import annotations

from typing import Final

from minios.lab.quantities import seconds
from minios.machine.events import Door, RingCrossing
from minios.session import doors
from minios.session.frames import Crossings, Frame
from minios.tui.drawing.lines import Line, beside, line, wrapped

# System calls come last, because there are many of them, and they are harmless.
_ORDER: Final = (
    *(("↓", 0, *door) for door in doors.DOWN[1:]),
    *(("↑", 3, *door) for door in doors.UP),
    ("↓", 0, *doors.DOWN[0]),
)
_TWO_COLUMNS_FROM: Final = 70
_GATES_NAMED: Final = (Door.INTERRUPT, Door.EXCEPTION, Door.SOFTWARE)


def ways(frame: Frame, width: int) -> list[Line]:
    """The doors and the latest crossings, beside each other if there is room."""
    found = frame.crossings
    if width < _TWO_COLUMNS_FROM:
        return [*_counts(found, width), (), *_latest(found)]
    half = width // 2
    return beside(_counts(found, half - 2), _latest(found), half)


def _counts(found: Crossings, width: int) -> list[Line]:
    lines = [line(("since the last start", "heading"))]
    if not found.is_whole:
        lines += wrapped("not counted while flat out: more than these", width, "warn")
    lines += _inside(found, width)
    for arrow, ring, door, name in _ORDER:
        names = doors.by_name(found.counts, door, ring)
        lines.append(line((f"{arrow} {name} {sum(names.values())}", f"ring{ring}")))
        lines += wrapped(f"    {doors.MEANINGS[door]}", width, "dim")
        lines += [line(f"    {n:7} {gate}") for gate, n in names.items() if gate]
    return lines


def _inside(found: Crossings, width: int) -> list[Line]:
    total = sum(found.inside.values())
    return [
        line((f"✖ faults inside ring 0: {total}", "bad" if total else "dim")),
        *wrapped(f"    {doors.INSIDE}", width, "dim"),
        *(
            line(f"    {n:7} {doors.gate(vector)}")
            for vector, n in found.inside.items()
        ),
    ]


def _latest(found: Crossings) -> list[Line]:
    lines = [line(("the latest, newest first", "heading"))]
    for it in reversed(found.latest):
        text = f"{seconds(it.crossing.now)}  {crossing(it.crossing)}"
        lines.append(line((text, f"ring{it.to_ring}")))
    return lines if found.latest else [*lines, line(("none yet", "dim"))]


def crossing(crossed: RingCrossing) -> str:
    """One crossing of the rings, by its door."""
    way = doors.passed(crossed)
    door = dict((*doors.DOWN, *doors.UP))[way.door]
    name = way.name if way.door in _GATES_NAMED else f"{door} {way.name}"
    return f"{'↓' if crossed.to_ring == 0 else '↑'} {name}".rstrip()
