"""The picture of the rings: the building, with a crossing that stays to be read.

A machine crosses the rings thousands of times in a second that a person watches. So
while it runs, the crossing that is shown stays for a while, with the time at which it
was. Then the one of the newer ones is taken that tells most. While the machine stands
still, the newest is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from minios.machine.events import Door
from minios.session.frames import Frame
from minios.session.paces import TICKS_A_SECOND
from minios.session.passages import Passage
from minios.tui.drawing.building import Rows, building, rows_of
from minios.tui.drawing.lines import Line
from minios.tui.widgets.pane import FramePane

_STAYS: Final = 3 * TICKS_A_SECOND // 2  # ticks, so that a sentence can be read


class Floors(FramePane):
    """A building of which the floors can stand where those of others do."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return building(frame, width, height, rows=self.rows)


def level(beside: Iterable[Floors]) -> None:
    """Put the floors of buildings beside each other on the same rows."""
    drawn = [(it, it.frame) for it in beside if it.frame is not None and it.region]
    needed = [rows_of(frame, it.size.width) for it, frame in drawn]
    for it, _ in drawn:
        rows = Rows(max(own.up for own in needed), max(own.down for own in needed))
        if rows != it.rows:
            it.rows = rows
            it.redraw()


class RingView(Floors):
    """The rings as a building, and who goes from one to the other."""

    TITLE: ClassVar[str] = "rings"
    HELP: ClassVar[str] = (
        "The CPU runs code in rings, drawn here as a building. Upstairs is ring 3: "
        "every process is a room, and may touch only what the kernel gave it. In the "
        "basement is ring 0: the kernel, its drivers, and what only they may touch. "
        "There the page tables are the only limit. ▶ marks where the CPU is now. "
        '"asked" is what a process waits for: its latest system call. ◆ marks the '
        "sensor, which protects the machine only while it runs. ● runs; ✖ died, or a "
        "fault happened here; ■ was given up, or stopped with the machine; ○ is off; ⊘ "
        "was refused by the policy of this model. Between the floors stands the latest "
        "crossing of the rings, with its time: a program asks the kernel by syscall, a "
        "device sends an interrupt, the CPU refuses something (a fault), or a program "
        "names a gate (int n); the kernel returns by sysretq or iretq. While the "
        "machine runs, each crossing stays for a while so that you can read it. A "
        "fault in ring 0 itself is no crossing: you see it in its room. At the speed "
        "flat out crossings are not watched, because that would cost a tenth of the "
        "speed. d counts every door between the rings."
    )

    def __init__(self) -> None:
        super().__init__()
        self.told: tuple[Passage, ...] = ()  # what is shown, the newest last
        self._stays = 0

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return building(frame, width, height, self.told, self.rows)

    def tell(self, *, runs: bool) -> None:
        """A tick has gone by: show other crossings if it is time for that."""
        if self.frame is None:
            return
        found = self.frame.crossings.told
        self._stays -= 1
        told = self.told
        status, t = self.frame.status, self.frame.t
        is_of_now = status.booted_at <= _time(told) <= t
        if not runs or status.stopped or not is_of_now:
            told = found.latest
        elif _time(found.refused) > _time(told):
            told = found.refused  # a fault does not wait
        elif self._stays <= 0:
            told = _next(told, found.latest)
        if told != self.told:
            self.told, self._stays = told, _STAYS
            self.redraw()


def _time(told: Sequence[Passage]) -> int:
    """When the newest of these was."""
    return told[-1].crossing.now if told else 0


def _next(told: Sequence[Passage], latest: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The crossings up to the one that tells most, of those that are new."""
    new = [n for n, it in enumerate(latest) if it.crossing.now > _time(told)]
    best = max(new, key=lambda n: (_weight(latest[n]), n), default=len(latest) - 1)
    return latest[: best + 1]


def _weight(passage: Passage) -> int:
    """How much a crossing tells: one that names something most, a return least."""
    if passage.about:
        return 2
    return int(passage.crossing.door not in (Door.SYSRETQ, Door.IRETQ))
