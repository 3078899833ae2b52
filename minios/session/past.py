"""The snapshots of one machine: a few dozen, with larger gaps between older ones."""

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
    """A snapshot, and what the session itself knew at that time.

    `status` is kept, because some events from which it was made may be forgotten since.
    """

    mark: Mark
    lab: LabSnapshot
    records: int
    inputs: int
    status: Status
    crossings: tuple[Counter[Passed], Counter[int]]


class Past:
    """The snapshots to which one can go back. The first snapshot is always kept."""

    def __init__(self) -> None:
        self._kept: list[KeptMoment] = []
        self._base: KeptMoment | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The times of the snapshots, oldest first."""
        return tuple(kept.mark for kept in self._kept)

    @property
    def taken(self) -> int:
        """How many snapshots there have been, which is the number of the next one."""
        return self._kept[-1].mark.number + 1 if self._kept else 0

    def wants(self, t: int) -> bool:
        """Whether enough time has passed since the last snapshot to take another one.

        The gap grows with time, because a crash loop would take very many.
        """
        return not self._kept or t - self._kept[-1].mark.t >= t // _DENSITY

    def keep(self, kept: KeptMoment) -> None:
        """Keep one more snapshot.

        If there are too many, drop every second older one.
        """
        if len(self._kept) >= _KEPT:
            half = _KEPT // 2
            self._kept[1:half] = self._kept[2:half:2]
        self._kept.append(kept)

    def begin(self, kept: KeptMoment) -> None:
        """A run begins of which a part may have to be taken back. It is not listed."""
        self._base = kept

    def back_to(self, t: int, mark: Mark | None) -> tuple[KeptMoment, bool]:
        """The snapshot with this mark, or the newest one up to `t`.

        Later ones are dropped.

        Also returns whether it is the snapshot with the mark.
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
