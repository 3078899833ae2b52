"""The past of every machine as one line: its crashes, and its snapshots.

A cell stands for a span of virtual time. When the row is full, two cells become one, so
a day of crash loop takes no longer to draw than its first second. A cell shows the
worst event that happened in its span.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from minios.lab import events
from minios.lab.events import Event
from minios.lab.quantities import short
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, Span, line
from minios.tui.drawing.timeline import SNAPSHOT, sign_of

_FIRST_CELL: Final = 1_000_000
_ORDER: Final[tuple[type, ...]] = (
    events.BugcheckEvent,
    events.DeathEvent,
    events.RecoveryEntered,
    events.Quarantined,
    events.GaveUp,
    events.Pushed,
    events.Restored,
    events.ResetEvent,
    events.RestartEvent,
    events.ReadyEvent,
)
_RANK: Final = {kind: rank for rank, kind in enumerate(reversed(_ORDER), 1)}


class Track:
    """One machine's row."""

    def __init__(self, width: int) -> None:
        self.width: Final = width
        self._past = 0
        self._begin()

    def _begin(self) -> None:
        self.cell = _FIRST_CELL
        self.worst: list[Event | None] = [None] * self.width
        self._seen = 0

    def update(self, frame: Frame) -> None:
        """Add the new events."""
        if frame.past != self._past:
            self._begin()
            self._past = frame.past
        while frame.t >= self.cell * self.width:
            self._halve()
        fresh = min(frame.log.total - self._seen, len(frame.log))
        for index in range(len(frame.log) - fresh, len(frame.log)):
            event = frame.log[index]
            at = self.at(event.t)
            self.worst[at] = _worse(self.worst[at], event)
        self._seen = frame.log.total

    def at(self, t: int) -> int:
        """The cell of a moment."""
        return min(t // self.cell, self.width - 1)

    def _halve(self) -> None:
        self.cell *= 2
        pairs = zip(self.worst[::2], [*self.worst[1::2], None], strict=False)
        joined = [_worse(first, second) for first, second in pairs]
        self.worst = [*joined, *[None] * (self.width - len(joined))]


def _worse(old: Event | None, new: Event | None) -> Event | None:
    found = new if _rank(new) >= _rank(old) else old
    return found if _rank(found) else None


def _rank(event: Event | None) -> int:
    return _RANK.get(type(event), 0)


# ---- Drawing.

NAME_WIDTH: Final = 10
END_WIDTH: Final = 10
_NOTHING: Final = ("─", "dim")


def track(frame: Frame, number: int, found: Track) -> Line:
    """The name of a machine, its cells, and its age."""
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
    """The sign and role of a cell. A snapshot hides a harmless event."""
    found = _NOTHING if event is None else sign_of(event)
    if is_marked and found[1] in ("dim", "good", ""):
        return SNAPSHOT, "heading"
    return found
