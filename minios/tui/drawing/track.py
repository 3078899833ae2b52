"""The past of every machine as one line each, with the snapshots on it."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from minios.lab.events import Event
from minios.lab.quantities import short
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, Span, line
from minios.tui.drawing.timeline import SNAPSHOT, sign_of
from minios.tui.track import Track

NAME_WIDTH: Final = 10
END_WIDTH: Final = 10
_NOTHING: Final = ("─", "dim")


def track(frame: Frame, number: int, found: Track) -> Line:
    """Name, a cell a while, and how long it has been."""
    marks = {found.at(mark.t) for mark in frame.marks}
    here = found.at(frame.t)
    cells = [
        _cell(event, is_marked=at in marks)
        for at, event in enumerate(found.worst[: here + 1])
    ]
    if cells[-1] == _NOTHING:
        cells[-1] = ("▸", "dim")
    cells += [("·", "dim")] * (found.width - here - 1)
    runs = (
        Span("".join(sign for sign, _ in run), role)
        for role, run in groupby(cells, key=lambda cell: cell[1])
    )
    name = f"{number} {frame.world}"[: NAME_WIDTH - 1]
    return line(
        (f"{name:{NAME_WIDTH}}", "heading"), *runs, (f" {short(frame.t)}", "dim")
    )


def _cell(event: Event | None, *, is_marked: bool) -> tuple[str, str]:
    """Sign and role; a snapshot hides what is harmless."""
    found = _NOTHING if event is None else sign_of(event)
    if is_marked and found[1] in ("dim", "good", ""):
        return SNAPSHOT, "heading"
    return found
