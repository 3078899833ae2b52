"""How much machines may still do, before the next run of any of them is refused.

Whoever runs guests of strangers gives each machine an allowance. It is counted in what
the guest does, never in the host's time: the same guest always comes to the same end,
on every host. What the host does for a guest counts as instructions, too (`costs.py`).
Several machines may share one allowance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from minios.errors import MachineError
from minios.machine.clock import Clock

_MOST_STILL: Final = 100_000  # runs in a row in which no time passes


class AllowanceError(MachineError):
    """A machine would do more than it is allowed to."""


class Allowance:
    """Instructions that all machines may execute together, and virtual ns for each.

    Args:
        instructions: how many may be executed.
        virtual: how long each machine may run, in virtual ns; None for any time.

    What a run has used is not given back if a snapshot is restored. A machine that is
    run again and again though it stands still uses up its allowance, too.

    Attributes:
        instructions: how many have been executed, with what counts as some.
        refused: what was used up when a run was refused: "2 s of virtual time"; "" if
            none was.
        is_ended: whether somebody has given up the runs (`end`).
    """

    def __init__(self, instructions: int, virtual: int | None = None) -> None:
        self._allowed: Final = instructions, virtual
        self.instructions = 0
        self._virtual: dict[Clock, int] = {}
        self._charged: dict[Clock, int] = {}
        self._still = 0
        self.refused = ""
        self.is_ended = False

    def end(self) -> None:
        """Cut short the run that goes on in another thread, and refuse all later ones.

        The rest depends only on what the guest does. This does not.
        """
        self.is_ended = True

    @property
    def virtual(self) -> int:
        """How long a machine has run: the longest of them, in virtual ns."""
        return max(self._virtual.values(), default=0)

    @contextmanager
    def of_run(
        self, clock: Clock, end: int, last: int | None
    ) -> Iterator[tuple[int, int]]:
        """Shorten a run to what is left, and note what it has used.

        Gives the virtual time and the `clock.work` at which it has to end. Raises
        AllowanceError at the end of a run that is cut short.
        """
        instructions, virtual = self._allowed
        now, used = clock.now, self._virtual.get(clock, 0)
        # What came from outside since the last run counts as well.
        begin = clock.instructions + self._charged.get(clock, clock.charged)
        most = begin + instructions - self.instructions
        until = end if virtual is None else min(end, now + virtual - used)
        yield until, most
        self.instructions += clock.work - begin
        self._virtual[clock] = used + clock.now - now
        self._charged[clock] = clock.charged
        self._still = self._still + 1 if clock.now == now else 0
        if self.is_ended:
            raise AllowanceError("the run was given up")
        is_last = last is not None and clock.instructions >= last
        if self._still > _MOST_STILL:
            self._refuse(f"{_MOST_STILL:,} runs in which no time passes")
        is_cut = clock.now < end and not is_last
        if clock.work > most or (is_cut and clock.work == most):
            self._refuse(f"{instructions:,} instructions")
        elif is_cut and virtual is not None and clock.now >= until:
            self._refuse(f"{virtual / 1e9:g} s of virtual time")

    def _refuse(self, what: str) -> None:
        self.refused = what
        raise AllowanceError(f"the allowance of {what} is used up")
