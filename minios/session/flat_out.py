"""How much machines may run at once when no pace holds them back.

The work is limited in instructions and in time: an idle machine skips hours in
a moment, but a busy machine must not block the screen.
"""

from __future__ import annotations

from typing import Final

from minios.lab.conditions import milliseconds, seconds

AHEAD: Final = 2
"""Slices that may be under way, so that no machine waits for a tick."""
_SLICE: Final = (milliseconds(50), seconds(20))  # shortest and longest
_WORK: Final = (250_000, 8_000_000)  # instructions of a slice, fewest and most
_TOO_LONG: Final = 2  # ticks that a slice may take


class FlatOut:
    """Makes slices longer while the machines are fast, and shorter when they are not.

    Attributes:
        slice: virtual nanoseconds of the next slice.
        work: its instructions.
    """

    def __init__(self) -> None:
        self.slice = _SLICE[0]
        self.work = _WORK[0]
        self._busy_ticks = 0

    def wait(self) -> None:
        """A tick has gone by in which the machines were still busy."""
        self._busy_ticks += 1

    def begin(self) -> None:
        """Something was sent to the machines."""
        self._busy_ticks = 0

    def measure(self, *, is_idle: bool, is_behind: bool) -> int:
        """Choose the next slice. Returns by how much the target may move on.

        Args:
            is_idle: whether the machines wait for work already.
            is_behind: whether a machine is a whole slice behind the target.
        """
        (shortest, longest), (fewest, most) = _SLICE, _WORK
        if self._busy_ticks > _TOO_LONG:
            self.work = max(fewest, self.work // 2)
        elif is_idle:
            self.work = min(most, self.work * 2)
        if is_behind:
            self.slice = max(shortest, self.slice // 2)
            return 0
        if is_idle:
            self.slice = min(longest, self.slice * 2)
        return self.slice
