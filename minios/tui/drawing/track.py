"""The past of every machine as one line each, with the snapshots on it."""

from __future__ import annotations

from typing import Final

from minios.tui.drawing.lines import Line, Span, line
from minios.tui.drawing.timeline import SNAPSHOT, sign_of
from minios.tui.drawing.times import short
from minios.tui.frames import Frame
from minios.tui.track import Track

NAME_WIDTH: Final = 10
END_WIDTH: Final = 10


def track(frame: Frame, number: int, found: Track) -> Line:
    """Name, a cell a while, and how long it has been."""
    marks = {found.at(mark.t) for mark in frame.marks}
    here = found.at(frame.t)
    cells: list[Span] = []
    for at, event in enumerate(found.worst):
        if at > here:
            cells.append(Span("·", "dim"))
        elif event is not None:
            sign, role = sign_of(event)
            is_good = role in ("good", "") and at in marks
            cells.append(Span(SNAPSHOT, "heading") if is_good else Span(sign, role))
        elif at in marks:
            cells.append(Span(SNAPSHOT, "heading"))
        else:
            cells.append(Span("▸" if at == here else "─", "dim"))
    name = f"{number} {frame.world}"[: NAME_WIDTH - 1]
    return line(
        (f"{name:{NAME_WIDTH}}", "heading"), *cells, (f" {short(frame.t)}", "dim")
    )
