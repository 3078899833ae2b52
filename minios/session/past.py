"""The snapshots of one machine: a few dozen, the older ones further apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from minios.lab import LabSnapshot
from minios.session.doors import Passed
from minios.session.orders import Mark
from minios.session.status import Status

_KEPT: Final = 64
_DENSITY: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class KeptMoment:
    """A snapshot and what the session itself knew then.

    Of `records` some may be forgotten since, so `status` cannot be made from them.
    """

    mark: Mark
    lab: LabSnapshot
    records: int
    inputs: int
    status: Status
    crossings: tuple[Counter[Passed], Counter[int]]


class Past:
    """Where one can go back to. The first one is for ever."""

    def __init__(self) -> None:
        self._kept: list[KeptMoment] = []
        self._base: KeptMoment | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """When they were taken, oldest first."""
        return tuple(kept.mark for kept in self._kept)

    @property
    def taken(self) -> int:
        """How many there have been: the number of the next one."""
        return self._kept[-1].mark.number + 1 if self._kept else 0

    def wants(self, t: int) -> bool:
        """Whether a snapshot now would not be too close to the one before.

        How close is too close grows with time: a crash loop asks for many.
        """
        return not self._kept or t - self._kept[-1].mark.t >= t // _DENSITY

    def keep(self, kept: KeptMoment) -> None:
        """One more; of too many, every second of the older ones goes."""
        if len(self._kept) >= _KEPT:
            half = _KEPT // 2
            self._kept[1:half] = self._kept[2:half:2]
        self._kept.append(kept)

    def begin(self, kept: KeptMoment) -> None:
        """A run begins of which a part may have to be taken back. It is not listed."""
        self._base = kept

    def back_to(self, t: int, mark: Mark | None) -> tuple[KeptMoment, bool]:
        """The snapshot of that mark, or the newest not after `t`; later ones go.

        Also whether it is the one of the mark.
        """
        exact = [at for at, kept in enumerate(self._kept) if kept.mark == mark]
        before = [at for at, kept in enumerate(self._kept) if kept.mark.t <= t]
        at = (exact or before or [0])[-1]
        del self._kept[at + 1 :]
        kept, base = self._kept[at], self._base
        if exact or base is None or not kept.mark.t < base.mark.t <= t:
            self._base = None
            return kept, bool(exact)
        return base, False
