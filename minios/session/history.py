"""The events of one machine, as many as fit into a limited memory.

A crash loop makes hundreds of events per second, and may run for hours. The first
events are kept, because they tell how the loop began, and the latest ones. Those in
between are forgotten, and their number is shown. The number of an event is its place
among all events that ever were, so it stays the same when others are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from minios.lab import Explanation
from minios.lab.events import Event
from minios.session.frames import Log

FIRST: Final = 500
LATEST: Final = 2000
_SLACK: Final = 500  # how many more there may be before it is tidied up


class History:
    """The events, and the explanations of those that are faults."""

    def __init__(self) -> None:
        self._items: list[Event] = []
        self._forgotten = 0
        self._explanations: dict[int, Explanation] = {}
        self._shared: dict[Explanation, Explanation] = {}
        self._given: Mapping[int, Explanation] | None = None

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

    def add(self, event: Event, explanation: Explanation | None) -> None:
        """Add an event."""
        if explanation is not None:
            # A crash loop's explanations are all the same: one is enough.
            known = self._shared.setdefault(explanation, explanation)
            self._explanations[self.total] = known
            self._given = None
        self._items.append(event)
        if len(self._items) > FIRST + LATEST + _SLACK:
            self._forget()

    def cut(self, total: int) -> None:
        """Go back to the first `total` events."""
        log = self.log
        kept = [it for at, it in enumerate(self._items) if log.number(at) < total]
        self._items = kept
        self._forgotten = total - len(kept)
        self._explanations = {
            number: why for number, why in self._explanations.items() if number < total
        }
        self._given = None

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
