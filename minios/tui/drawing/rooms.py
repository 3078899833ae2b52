"""The rooms of one floor: boxes beside each other, or flowing text without walls.

The widths of rooms do not depend on what stands in them, so nothing moves while the
machine runs. Where words do not fit, shorter ones are taken, or a sign marks the cut.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from minios.session.rooms import KERNEL, SENSOR, Room
from minios.session.status import State
from minios.tui.drawing.lines import CUT, Line, Span, fit, flow, length, line
from minios.tui.drawing.status import SIGNS

_FAILED: Final = (State.DIED, State.GAVE_UP, State.STOPPED)
_OFF: Final = ("○", "dim")
_CORNERS: Final = 2
_STOPS: Final = " ,;:"
_NARROWEST: Final = 10
_BLANKS: Final = 2  # around a title, if there is room
_WIDE: Final = 2  # as wide as two rooms, if there is room
_WALLS: Final = {3: tuple("┌─┐│└─┘"), 0: tuple("╔═╗║╚═╝")}


class Phrase(NamedTuple):
    """Something said in a room, in words that get shorter."""

    role: str
    words: tuple[str, ...]


class Box(NamedTuple):
    """A room as it is drawn. `role` is that of its walls."""

    name: str
    title: Line
    role: str
    said: tuple[Phrase, ...]
    weight: int = 1


class Style(NamedTuple):
    """How rooms are drawn: the rows inside, and whether there is a lower wall."""

    inside: int
    is_closed: bool

    @property
    def height(self) -> int:
        """The rows that a row of rooms needs."""
        return 1 + self.inside + self.is_closed


class Drawn(NamedTuple):
    """The lines of some rooms, and the column in which the middle of each stands."""

    lines: list[Line]
    middles: dict[str, int]


def box_of(room: Room) -> Box:
    """A room with its sign, its name and all that is said in it."""
    sign, role = _OFF if room.is_off else SIGNS[room.state]
    mark = (f" ◆ {SENSOR}", "heading") if room.is_sensor else ""
    name = (f"▶ {room.name}", "next") if room.is_here else (f"{sign} {room.name}", role)
    here, _, _ = room.fault.partition(":")
    failed = (f"✖ {room.fault}", f"✖ {here}", f"✖ {here.removesuffix(' here')}")
    said = [Phrase("bad", failed)] if room.fault else []
    if room.doing:
        said.append(Phrase("" if role == "good" else role, (room.doing, room.brief)))
    said += [Phrase("dim", (it, it.partition(",")[0])) for it in room.notes]
    is_lit = not room.is_off and room.state not in _FAILED
    walls = f"ring{room.ring}" if is_lit else role
    weight = _WIDE if room.is_sensor or room.fault or room.name == KERNEL else 1
    return Box(room.name, line(name, mark), walls, tuple(said), weight)


def walled(rows: Sequence[Sequence[Box]], ring: int, width: int, style: Style) -> Drawn:
    """Boxes beside each other, each row filled."""
    lines: list[Line] = []
    middles: dict[str, int] = {}
    for row in rows:
        widths = _widths(row, width)
        drawn = [_box(it, ring, w, style) for it, w in zip(row, widths, strict=True)]
        lines += [sum(pieces, ()) for pieces in zip(*drawn, strict=True)]
        at = 0
        for box, wide in zip(row, widths, strict=True):
            middles[box.name] = at + wide // 2
            at += wide
    return Drawn(lines, middles)


def least(box: Box) -> int:
    """The cells that a box needs: its name, and a short word in it."""
    return max(_NARROWEST, length(box.title) + _CORNERS)


def arranged(boxes: Sequence[Box], width: int, fewest: int = 0) -> list[list[Box]]:
    """As few rows as possible, but at least `fewest`; about as many boxes in each."""
    for number in range(min(fewest, len(boxes)) or 1, len(boxes) + 1):
        most = -(-len(boxes) // number)
        rows = [list(boxes[at : at + most]) for at in range(0, len(boxes), most)]
        if all(sum(map(least, row)) <= width for row in rows):
            return rows
    return [[box] for box in boxes]


def _widths(row: Sequence[Box], width: int) -> list[int]:
    """The widths of boxes that fill a row: what is left is shared by weight."""
    left = max(0, width - sum(map(least, row)))
    shares, widths = sum(box.weight for box in row), []
    for box in row:
        more = left * box.weight // shares
        widths.append(min(least(box) + more, width))
        left, shares = left - more, shares - box.weight
    return widths


def _box(box: Box, ring: int, width: int, style: Style) -> list[Line]:
    a, top, b, side, c, low, d = _WALLS[ring]
    title = fit(box.title, min(length(box.title), width - _CORNERS))
    rule = width - length(title) - _CORNERS
    blank = " " if rule >= _BLANKS else ""
    end = f"{blank}{top * (rule - 2 * len(blank))}{b}"
    lines = [(Span(f"{a}{blank}", box.role), *title, Span(end, box.role))]
    wall = Span(side, box.role)
    inside = width - _CORNERS
    said = _inside(box.said, inside - 1, style.inside)
    lines += [(wall, *fit((Span(" "), *it), inside), wall) for it in said]
    if style.is_closed:
        lines.append((Span(f"{c}{low * inside}{d}", box.role),))
    return lines


def _inside(said: Sequence[Phrase], width: int, rows: int) -> list[Line]:
    """What is said, in so many rows: the longest words that fit, or cut with a sign.

    Nothing but notes is left out as long as there is a row for each. In a single row
    the shortest words share it.
    """
    loud = [it for it in said if it.role != "dim"]
    if rows == 1 and len(loud) > 1:
        short = ", ".join(it.words[-1] for it in loud)
        said = [Phrase(loud[0].role, (short, loud[0].words[-1]))]
    lines: list[Line] = []
    for number, phrase in enumerate(said):
        left = rows - len(lines)
        most = max(1, left - sum(it in loud for it in said[number + 1 :]))
        if left <= 0:
            break
        ways = [_folded(it, width) for it in phrase.words]
        folded = next((it for it in ways if it and len(it) <= most), phrase.words[-1:])
        lines += [_cut(it, phrase.role, width) for it in folded]
    return [*lines, *[()] * (rows - len(lines))]


def _cut(words: str, role: str, width: int) -> Line:
    """Words in one row: cut after a whole word, if one fits, and not after a comma."""
    if len(words) > width > 0:
        whole = words[:width].rpartition(" ")[0].rstrip(_STOPS)
        drawn = line((whole or words[: width - 1], role), (CUT, "dim"))
        return fit(drawn, width)
    return fit(line((words, role)), width)


@lru_cache(maxsize=1024)
def _folded(words: str, width: int) -> Sequence[str]:
    """The rows that words need; none at all if a word is longer than a row."""
    folded = textwrap.wrap(
        words, max(width, 1), break_long_words=False, break_on_hyphens=False
    )
    return [] if any(len(it) > width for it in folded) else folded


def flowing(boxes: Sequence[Box], width: int) -> list[Line]:
    """Rooms without walls. Whoever only waits is named, and no more."""
    pieces: list[Line] = []
    for box in boxes:
        said = [it for it in box.said if it.role not in ("", "dim")]
        words = [Span(f" {it.words[-1]}", it.role) for it in said]
        pieces.append((*box.title, *words))
    return flow(pieces, width)
