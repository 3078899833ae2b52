"""How much machines may still do, before the next run of any of them is refused.

Whoever runs guests of strangers gives each machine an allowance. It is counted in what
the guest does, never in the host's time: the same guest always comes to the same end,
on every host. Several machines may share one allowance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minios.errors import MachineError
from minios.machine.clock import Clock


class AllowanceError(MachineError):
    """A machine would do more than it is allowed to."""


class Allowance:
    """Instructions that all machines may execute together, and virtual ns for each.

    Args:
        instructions: how many may be executed.
        virtual: how long each machine may run, in virtual ns; None for any time.

    What a run has used is not given back if a snapshot is restored.
    """

    def __init__(self, instructions: int, virtual: int | None = None) -> None:
        self._allowed: Final = instructions, virtual
        self.instructions = 0
        self._virtual: dict[Clock, int] = {}
        self.is_used_up = False

    @property
    def virtual(self) -> int:
        """How long a machine has run: the longest of them, in virtual ns."""
        return max(self._virtual.values(), default=0)

    @contextmanager
    def of_run(
        self, clock: Clock, end: int, last: int | None
    ) -> Iterator[tuple[int, int | None]]:
        """Shorten a run to what is left, and note what it has used.

        Raises AllowanceError at the end of a run that is cut short.
        """
        instructions, virtual = self._allowed
        begin, now, used = clock.instructions, clock.now, self._virtual.get(clock, 0)
        most = begin + instructions - self.instructions
        until = end if virtual is None else min(end, now + virtual - used)
        yield until, most if last is None else min(most, last)
        self.instructions += clock.instructions - begin
        self._virtual[clock] = used + clock.now - now
        is_last = last is not None and clock.instructions >= last
        if clock.now < end and not is_last:
            self._refuse(clock, most, until)

    def _refuse(self, clock: Clock, most: int, until: int) -> None:
        instructions, virtual = self._allowed
        if clock.instructions >= most:
            what = f"{instructions:,} instructions"
        elif virtual is not None and clock.now >= until:
            what = f"{virtual / 1e9:g} s of virtual time"
        else:
            return
        self.is_used_up = True
        raise AllowanceError(f"the allowance of {what} is used up")
