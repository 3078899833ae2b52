"""Count how often a machine's code passes the doors between the rings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from minios.lab import Lab
from minios.machine.event_bus import Subscription
from minios.machine.events import RingCrossing
from minios.session.doors import Passed, passed
from minios.session.frames import Crossings
from minios.session.passages import Passage, Trail, passage


class Counting:
    """Counts the crossings of one machine, and keeps the latest ways.

    Args:
        lab: the machine.
        tell: called with each way, while the machine stands at it.
    """

    def __init__(self, lab: Lab, tell: Callable[[Passage], None]) -> None:
        self._lab = lab
        self._tell = tell
        self._counts: Counter[Passed] = Counter()
        self._inside: Counter[int] = Counter()
        self._trail = Trail()
        self._doors: Subscription | None = None
        self._uncounted = False
        self.watch(wanted=True)

    @property
    def so_far(self) -> Crossings:
        """What was counted in this boot."""
        counts, inside = dict(self._counts), dict(self._inside)
        return Crossings(counts, self._trail.told, inside, not self._uncounted)

    def watch(self, *, wanted: bool) -> None:
        """Count the crossings, or not.

        Counting costs a tenth of the speed of a fast machine.
        """
        if wanted and self._doors is None:
            self._doors = self._lab.machine.observe(RingCrossing, self._cross)
        elif not wanted and self._doors is not None:
            self._doors.cancel()
            self._doors = None
            self._trail.lose_sight()
            self._uncounted = True

    def _cross(self, crossing: RingCrossing) -> None:
        self._counts[passed(crossing)] += 1
        told = passage(self._lab, crossing)
        self._trail.add(told)
        self._tell(told)

    def fault_inside(self, vector: int) -> None:
        """A fault in ring 0: it passes no door, because the ring does not change."""
        self._inside[vector] += 1

    def machine_was_reset(self) -> None:
        """Its programs are gone, and a new boot is counted."""
        self._counts.clear()
        self._inside.clear()
        self._trail = Trail()
        self._uncounted = self._doors is None

    def restore(self, before: Crossings) -> None:
        """Go back to what was counted then."""
        self._counts, self._inside = Counter(before.counts), Counter(before.inside)
        self._trail = Trail(before.told)
        if self._doors is None:
            self._trail.lose_sight()
