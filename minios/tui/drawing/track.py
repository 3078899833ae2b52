"""The past of all machines, a line for each, on one scale of virtual time.

A column stands for a cell, a span of virtual time. It shows the worst event of its
machine in that span. Cells double until all that has happened fits into the width. A
long quiet time gets fewer columns than it has cells (it is folded), so that a day of
waiting leaves room for what happened before and after it. Where one zooms in, every
cell has a column, and a line below says which span that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Final

from minios.lab import events
from minios.lab.events import Event
from minios.lab.quantities import seconds, short
from minios.session.frames import Frame
from minios.tui.drawing.lines import Line, Span, fit, line
from minios.tui.drawing.timeline import SNAPSHOT, sign_of

_FIRST_CELL: Final = 1_000_000
_SMALLEST_CELL: Final = 1_000
_ZOOM: Final = 4
_MOST_CELLS: Final = 10_000  # of one machine, while the cells are small
_ORDER: Final[tuple[type, ...]] = (
    events.BugcheckEvent,
    events.Oops,
    events.DeathEvent,
    events.RecoveryEntered,
    events.Quarantined,
    events.GaveUp,
    events.HungTask,
    events.BpfRefused,
    events.Pushed,
    events.Restored,
    events.ResetEvent,
    events.RestartEvent,
    events.ReadyEvent,
)
_RANK: Final = {kind: rank for rank, kind in enumerate(reversed(_ORDER), 1)}


class Cells:
    """What has happened to some machines: the worst event of each cell.

    `worst` has a table for each machine, from the numbers of cells to events. A cell is
    `size` virtual nanoseconds; number 0 begins at power on.
    """

    def __init__(self, machines: int, size: int = _FIRST_CELL) -> None:
        self._first_size = size
        self._past = [0] * machines
        self._begin()

    def _begin(self) -> None:
        self.size = self._first_size
        self.worst: list[dict[int, Event]] = [{} for _ in self._past]
        self._seen = [0] * len(self._past)

    def update(self, frames: Sequence[Frame]) -> None:
        """Add the new events."""
        past = [frame.past for frame in frames]
        if past != self._past or any(len(it) > _MOST_CELLS for it in self.worst):
            self._past = past
            self._begin()
        for number, frame in enumerate(frames):
            fresh = min(frame.log.total - self._seen[number], len(frame.log))
            for index in range(len(frame.log) - fresh, len(frame.log)):
                self._add(number, frame.log[index].t // self.size, frame.log[index])
            self._seen[number] = frame.log.total

    def double(self) -> None:
        """Join each two cells."""
        self.size *= 2
        old, self.worst = self.worst, [{} for _ in self.worst]
        for number, cells in enumerate(old):
            for cell, event in cells.items():
                self._add(number, cell // 2, event)

    def _add(self, number: int, cell: int, event: Event) -> None:
        worst = self.worst[number]
        rank = _RANK.get(type(event), 0)
        if rank and rank >= _RANK.get(type(worst.get(cell)), 0):
            worst[cell] = event

    def used(self, frames: Sequence[Frame]) -> set[int]:
        """The cells in which something has happened, or a snapshot was made."""
        marks = {mark.t // self.size for frame in frames for mark in frame.marks}
        return marks.union(*self.worst)


def columns(used: Iterable[int], last: int, width: int) -> list[int]:
    """The cells from 0 to the last one; a column that is part of a fold is negative.

    The longest quiet times get fewer columns than they have cells: as many as are left
    over, at least one each. There may be too many columns even then.
    """
    ends = sorted({0, *used, last})
    room = _longest([b - a - 1 for a, b in pairwise(ends)], width - len(ends))
    found = [0]
    for a, b in pairwise(ends):
        is_folded = b - a - 1 > room
        found += [_folded(a)] * room if is_folded else range(a + 1, b)
        found.append(b)
    return found


def _longest(quiet: list[int], room: int) -> int:
    """How many columns a quiet time may have, so that all together fit into a room."""
    left = len(quiet)
    for length in sorted(quiet):
        if length * left > room:
            return max(1, room // left)
        room -= length
        left -= 1
    return max(quiet, default=1)


def _folded(before: int) -> int:
    """The number of a column of the fold after a cell; undone by itself."""
    return -1 - before


class Scale:
    """One scale for all machines: which cell a column shows.

    `zoomed` is the size of a cell that was chosen; None shows all of the past.
    """

    def __init__(self, machines: int) -> None:
        self._whole = Cells(machines)
        self._near: Cells | None = None
        self._machines = machines
        self.zoomed: int | None = None
        self.columns: list[int] = []

    @property
    def cells(self) -> Cells:
        """What is shown."""
        return self._near if self._near is not None else self._whole

    def zoom(self, by: int) -> None:
        """Show more of the past (-1), or less of it with smaller cells (1)."""
        size = self.cells.size
        size = size * _ZOOM if by < 0 else max(size // _ZOOM, _SMALLEST_CELL)
        is_whole = size >= self._whole.size and by < 0
        self.zoomed = None if is_whole else size
        self._near = None if is_whole else Cells(self._machines, size)

    def update(self, frames: Sequence[Frame], width: int, centre: int | None) -> None:
        """Choose the columns for the newest frames.

        Args:
            frames: one for each machine.
            width: how many columns fit.
            centre: the moment that is to be in the middle, if one zooms in. Without
                one, the present is in view.
        """
        now = max(frame.t for frame in frames)
        whole = self._whole
        whole.update(frames)
        while self._near is None:
            self.columns = columns(whole.used(frames), now // whole.size, width)
            if len(self.columns) <= width:
                return
            whole.double()
        near = self._near
        near.update(frames)
        half = max(1, width // 2)
        if centre is None:  # in steps of half the width, so that it can be read
            first = (now // near.size // half - 1) * half
        else:
            first = centre // near.size - half
        self.columns = list(range(max(0, first), max(0, first) + width))

    def moment(self, machine: int, column: int) -> int | None:
        """The moment of what a column shows of a machine, or else its end."""
        span = self.span(column)
        if span is None:
            return None
        event = self.cells.worst[machine].get(self.columns[column])
        return span[1] - 1 if event is None else event.t

    def span(self, column: int) -> tuple[int, int] | None:
        """The span of time that a column shows; None for one that is folded or none."""
        if not 0 <= column < len(self.columns) or self.columns[column] < 0:
            return None
        begin = self.columns[column] * self.cells.size
        return begin, begin + self.cells.size


# ---- Drawing.

NAME_WIDTH: Final = 10
END_WIDTH: Final = 10
_NOTHING: Final = ("─", "dim")
_LATER: Final = ("·", "dim")
_QUIET: Final = ("┄", "dim")


def tracks(
    frames: Sequence[Frame],
    scale: Scale,
    width: int,
    chosen: tuple[int, int] | None = None,
) -> list[Line]:
    """A line for each machine: its name, its cells, its age. Below: what is shown.

    Args:
        frames: one for each machine.
        scale: which cell a column shows.
        width: how many columns fit.
        chosen: the machine and the moment of the chosen event.
    """
    rows = [
        _track(frame, n, scale, width, chosen[1] if chosen and chosen[0] == n else None)
        for n, frame in enumerate(frames)
    ]
    return [*rows, _label(scale, NAME_WIDTH + width)] if scale.zoomed else rows


def _track(
    frame: Frame, number: int, scale: Scale, width: int, chosen: int | None
) -> Line:
    size, worst = scale.cells.size, scale.cells.worst[number]
    marks = {mark.t // size for mark in frame.marks}
    here = frame.t // size
    cells = [
        _cell(worst.get(cell), cell in marks, cell - here)
        if cell >= 0
        else _QUIET
        if _folded(cell) < here
        else _LATER
        for cell in scale.columns
    ]
    if chosen is not None and chosen // size in scale.columns:
        at = scale.columns.index(chosen // size)
        cells[at] = (cells[at][0], "selected")
    cells += [_LATER] * (width - len(cells))
    runs = (
        Span("".join(sign for sign, _ in run), role)
        for role, run in groupby(cells, key=lambda cell: cell[1])
    )
    name = f"{number + 1} {frame.world}"[: NAME_WIDTH - 1]
    return line(
        (f"{name:{NAME_WIDTH}}", "heading"), *runs, (f" {short(frame.t)}", "dim")
    )


def _cell(event: Event | None, is_marked: bool, ahead: int) -> tuple[str, str]:
    """The sign and role of a cell. A snapshot hides a harmless event."""
    found = _NOTHING if event is None else sign_of(event)
    if is_marked and found[1] in ("dim", "good", ""):
        return SNAPSHOT, "heading"
    if found == _NOTHING and ahead >= 0:
        return _LATER if ahead else ("▸", "dim")
    return found


def _label(scale: Scale, width: int) -> Line:
    """Which part of the past is shown, and how to show another one."""
    cell = span_words(scale.cells.size)
    first, last = scale.span(0), scale.span(len(scale.columns) - 1)
    assert first is not None  # nothing is folded where one has zoomed in
    assert last is not None
    begin, end = seconds(first[0]), seconds(last[1])
    words = (
        f"one cell is {cell}: from {begin} to {end} ([ shows more time, ] less)",
        f"one cell is {cell}: {begin} to {end} ([ more, ] less)",
        f"one cell is {cell}",
    )
    said = next((it for it in words if len(it) <= width), words[-1])
    return fit(line((said, "heading")), width)


def span_words(nanoseconds: int) -> str:
    """A span of time with three digits at least, in the largest unit below it."""
    for unit, name in ((1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us")):
        if nanoseconds >= unit:
            return f"{nanoseconds / unit:.3g} {name}"
    return f"{nanoseconds} ns"
