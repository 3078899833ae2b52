"""The events of one machine, as many as fit into a limited memory.

A crash loop makes hundreds of events per second, and may run for hours. The first
events are kept, because they tell how the loop began, and the latest ones. Those in
between are forgotten, and their number is shown. The number of an event is its place
among all events that ever were, so it stays the same when others are forgotten. Of
snapshots a few dozen are kept, the older ones further apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from minios.lab import Explanation, LabSnapshot, events
from minios.lab.events import Event
from minios.session.frames import Crossings, Log
from minios.session.orders import Mark
from minios.session.status import Status

FIRST: Final = 500
LATEST: Final = 2000
_DUMPS: Final = 16
_SLACK: Final = 500  # how many more there may be before it is tidied up


class History:
    """The events, and the explanations of those that are faults."""

    def __init__(self) -> None:
        self._items: list[Event] = []
        self._forgotten = 0
        self._explanations: dict[int, Explanation] = {}
        self._shared: dict[Explanation, Explanation] = {}
        self._given: Mapping[int, Explanation] | None = None
        self._dumps: Mapping[int, bytes] = MappingProxyType({})

    @property
    def total(self) -> int:
        """How many events there ever were."""
        return len(self._items) + self._forgotten

    @property
    def log(self) -> Log[Event]:
        """The events that are kept now, as a view that does not grow."""
        return Log(self._items, len(self._items), self._forgotten, FIRST)

    @property
    def explanations(self) -> Mapping[int, Explanation]:
        """Explanations by the number of their event. Later ones are not in the result.

        It is a copy, made anew only after a change.
        """
        if self._given is None:
            self._given = MappingProxyType(dict(self._explanations))
        return self._given

    @property
    def dumps(self) -> Mapping[int, bytes]:
        """The latest dumps, by the number of the event with which each was written."""
        return self._dumps

    def keep_dump(self, data: bytes) -> None:
        """Keep what a dying kernel has written with the event that comes next."""
        kept = [*self._dumps.items(), (self.total, data)][-_DUMPS:]
        self._dumps = MappingProxyType(dict(kept))

    def add(self, event: Event, explanation: Explanation | None) -> None:
        """Add an event."""
        if explanation is not None:
            self._explain(self.total, explanation)
        self._items.append(event)
        if len(self._items) > FIRST + LATEST + _SLACK:
            self._forget()

    def _explain(self, number: int, explanation: Explanation) -> None:
        # A crash loop's explanations are all the same: one is enough.
        known = self._shared.setdefault(explanation, explanation)
        self._explanations[number] = known
        self._given = None

    def explain_again(
        self, kind: type[Event], explain: Callable[[Event], Explanation]
    ) -> None:
        """Replace the explanation of the latest event of this kind in this start."""
        log = self.log
        for at in range(len(log) - 1, -1, -1):
            event = log[at]
            if isinstance(event, kind):
                self._explain(log.number(at), explain(event))
            if isinstance(event, (kind, events.Booted)):
                return

    def cut(self, total: int, explanations: Mapping[int, Explanation]) -> None:
        """Go back to the first `total` events, explained as they were then.

        They cannot be explained again: the machine keeps fewer records and pictures.
        """
        log = self.log
        kept = [it for at, it in enumerate(self._items) if log.number(at) < total]
        self._items = kept
        self._forgotten = total - len(kept)
        gap = range(FIRST, FIRST + self._forgotten)
        self._explanations = {
            number: why for number, why in explanations.items() if number not in gap
        }
        self._given = None
        dumps = {at: it for at, it in self._dumps.items() if at < total}
        self._dumps = MappingProxyType(dumps)

    def _forget(self) -> None:
        """Forget the middle.

        New lists are made, because old frames still use the old ones.
        """
        surplus = len(self._items) - FIRST - LATEST
        first = self._items[:FIRST]
        self._items = [*first, *self._items[FIRST + surplus :]]
        self._forgotten += surplus
        gap = range(FIRST, FIRST + self._forgotten)
        self._explanations = {
            number: why
            for number, why in self._explanations.items()
            if number not in gap
        }
        self._shared = {why: why for why in self._explanations.values()}
        self._given = None


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
    explanations: Mapping[int, Explanation]
    inputs: int
    status: Status
    crossings: Crossings


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
