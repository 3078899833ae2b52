"""The rings as a building: programs upstairs, and the kernel in the basement.

Each process, each driver and the kernel is a room, with what it does and what has
failed there. Between the floors stands the latest crossing of the rings, and then those
before it. ▶ marks where the CPU is now. With fewer rows the rooms get lower, then they
lose their walls; with fewer columns they stand in more rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from minios.lab.quantities import seconds
from minios.machine.events import Door
from minios.session.frames import Frame
from minios.session.passages import Passage
from minios.session.rooms import FLOORS, Room, guarded, is_empty, rooms
from minios.tui.drawing.lines import Line, Span, fit, flow, length, line
from minios.tui.drawing.rooms import (
    Box,
    Drawn,
    Phrase,
    Style,
    arranged,
    box_of,
    flowing,
    least,
    walled,
)
from minios.tui.drawing.status import SIGNS

_TOLD: Final = 12  # crossings that there may be room for
_MOST_BETWEEN: Final = 6  # lines between the floors
_RULE: Final = {3: "─", 0: "═"}
_GUARDED: Final = "what they guard"
# How rooms are drawn, and the least rows of earlier crossings. The first that fits is
# taken; rows that are left go to the crossings.
_STYLES: Final = (
    (Style(4, True), 3),
    (Style(3, True), 2),
    (Style(2, True), 2),
    (Style(2, False), 2),
    (Style(1, True), 1),
    (Style(2, False), 1),
    (Style(1, False), 0),
)


class Scene(NamedTuple):
    """All that a building is drawn from. `here` is the ring of the CPU."""

    floors: tuple[tuple[Room, ...], tuple[Room, ...]]  # upstairs, basement
    guarded: tuple[str, ...]
    here: int | None
    latest: tuple[Passage, ...]
    is_watched: bool


class Rows(NamedTuple):
    """How many rows of rooms each floor has at least. A floor may have no rooms."""

    up: int = 0
    down: int = 0


def rows_of(frame: Frame, width: int) -> Rows:
    """The fewest rows of rooms with which a building of this width does."""
    return Rows(*map(len, _floors(_scene(frame, ()), width, Rows())))


def building(
    frame: Frame,
    width: int,
    height: int,
    latest: Sequence[Passage] | None = None,
    rows: Rows = Rows(),  # noqa: B008 - it cannot be changed
) -> list[Line]:
    """Draw both floors, and the crossings between them, in `height` lines or fewer.

    `latest` are the crossings to show, the newest last; without it those of the frame.
    Buildings of one height that get the same `rows` have their floors on the same
    lines, if no floor needs more rows.
    """
    shown = frame.crossings.latest if latest is None else latest
    return list(_drawn(_scene(frame, shown), width, height, rows))


def _scene(frame: Frame, shown: Sequence[Passage]) -> Scene:
    return Scene(
        (rooms(frame, 3), rooms(frame, 0)),
        guarded(frame),
        None if frame.status.off else frame.ring,
        tuple(shown[-_TOLD:]),
        frame.crossings.is_whole,
    )


@lru_cache(maxsize=64)
def _floors(
    scene: Scene, width: int, rows: Rows
) -> tuple[list[list[Box]], list[list[Box]]]:
    """The rooms of both floors, row by row."""
    below = _with_guarded(scene, _boxes(scene, 0), width)
    up = arranged(_boxes(scene, 3), width, rows.up)
    return up, arranged(below, width, rows.down)


@lru_cache(maxsize=64)
def _drawn(scene: Scene, width: int, height: int, rows: Rows) -> tuple[Line, ...]:
    heads = _heading(scene, 3, width), _heading(scene, 0, width)
    up, down = _floors(scene, width, rows)
    above, below = max(len(up), rows.up), max(len(down), rows.down)
    for style, before in _STYLES:
        left = height - style.height * (above + below) - len(heads)
        if left > before:
            upper, lower = walled(up, 3, width, style), walled(down, 0, width, style)
            told = min(left, _MOST_BETWEEN)  # so that the basement stays where it is
            between = [*_between(scene, upper, width), *[()] * told][:told]
            no_rooms: list[Line] = [()] * (style.height * (above - len(up)))
            over = (heads[0], *upper.lines, *no_rooms)
            return (*over, *between, heads[1], *lower.lines)
    return tuple(_low(scene, _boxes(scene, 3), _boxes(scene, 0), width, height))


def _boxes(scene: Scene, ring: int) -> list[Box]:
    floor = scene.floors[0 if ring else 1]
    return [box_of(room) for room in floor if not is_empty(room)]


def _with_guarded(scene: Scene, boxes: list[Box], width: int) -> list[Box]:
    """The basement with what only ring 0 may touch, if that needs no more rows."""
    names = scene.guarded
    said = tuple(
        f"{', '.join(names[:shown])} and {len(names) - shown} more"
        for shown in range(len(names) - 1, 0, -1)
    )
    phrase = Phrase("ring0", (", ".join(names), *said))
    box = Box(_GUARDED, line((_GUARDED, "ring0")), "ring0", (phrase,), 2)
    return [*boxes, box] if sum(map(least, (*boxes, box))) <= width else boxes


def _heading(scene: Scene, ring: int, width: int) -> Line:
    """The name of a floor, who is missing there, and whether the CPU is there."""
    role, rule = f"ring{ring}", _RULE[ring]
    is_here = scene.here == ring
    drawn = line((f"{rule * 2} ", role))
    name = FLOORS[ring]
    drawn += line((f"▶ {name}", "next") if is_here else (name, role), (" ", role))
    for room in scene.floors[0 if ring else 1]:
        if is_empty(room):
            sign, look = SIGNS[room.state]
            piece = line((f"{rule * 2} ", role), (f"{sign} {room.name} ", look))
            piece += line((f"{room.doing} ", look))
            if length(drawn) + length(piece) <= width:
                drawn += piece
    return fit((*drawn, Span(rule * max(0, width - length(drawn)), role)), width)


# ---- Between the floors.


def _between(scene: Scene, up: Drawn, width: int) -> list[Line]:
    """The latest crossing below the room that it belongs to, then those before it."""
    if not scene.latest:
        return [line(("no crossing of the rings has been seen yet", "dim"))]
    newest, *before = reversed(scene.latest)
    when = f"at {seconds(newest.crossing.now)}"
    when += "" if scene.is_watched else ", the latest that was seen"
    words = f"{arrow(newest)} {newest}"
    free = width - len(words) - len(when) - 2
    at = max(0, min(up.middles.get(newest.program, 0), free))
    role = "bad" if newest.crossing.door is Door.EXCEPTION else "next"
    first = line(" " * at, (words, role), (f"  {when}" if free >= 0 else "", "dim"))
    pieces = [line((f"{arrow(it)} {it}", f"ring{it.to_ring}")) for it in before]
    head = "before it:" if free >= 0 else f"{when}; before it:"
    return [first, *flow([line((head, "dim")), *pieces], width)]


def arrow(passage: Passage) -> str:
    """The direction of a crossing: down into ring 0, or up into ring 3."""
    return "↓" if passage.to_ring == 0 else "↑"


# ---- With very few rows.


def _low(
    scene: Scene, above: list[Box], below: list[Box], width: int, height: int
) -> list[Line]:
    """Without walls. The basement and its heading stay longest."""
    parts = [
        [_heading(scene, 3, width)],
        flowing(above, width),
        _between(scene, Drawn([], {}), width)[:1],
        [_heading(scene, 0, width)],
        flowing(below, width),
    ]
    for part, fewest in ((1, 1), (4, 1), (2, 0), (1, 0), (0, 0), (4, 0)):
        while len(parts[part]) > fewest and sum(map(len, parts)) > height:
            parts[part].pop()
    return [fit(it, width) for part in parts for it in part]
