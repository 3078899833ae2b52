"""The events of all machines and their snapshots in one list, ordered by virtual time.

This module is pure. New events are appended, and events of a machine that is a little
behind find their place near the end. After going back in time, the list is made anew. A
snapshot that was taken at an event is a sign on the line of that event. Any other
snapshot has its own line.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi.event_columns import Group
from minios.lab.events import Event, row_of
from minios.lab.explain import describe
from minios.lab.narration import is_quiet
from minios.session.catalogue import has_words
from minios.session.frames import Frame, Log
from minios.session.orders import Mark


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """An event: its machine, and its number in the log of that machine.

    Or a snapshot without an event: its number among the snapshots of the machine.
    """

    t: int
    world: int
    number: int
    is_mark: bool = False


def _lists(group: Group) -> tuple[str, Callable[[Event], bool]]:
    return group.value, lambda event: row_of(event).group is group


FILTERS: Final[tuple[tuple[str, Callable[[Event], bool]], ...]] = (
    ("the story", lambda event: not is_quiet(event)),
    *map(_lists, Group),
    ("everything", lambda _: True),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is listed: kinds of events, of one machine or of all, with certain words.

    `kind` is a row of FILTERS. `world` is a machine, counted from 0, or None for all.
    Snapshots belong to every kind. All words of `text` must occur, in any order. The
    search also includes the model of the machine, and the snapshots on the line of an
    event.
    """

    kind: int = 0
    world: int | None = None
    text: str = ""

    def takes(
        self, event: Event, world: int, model: str, marks: Sequence[Mark] = ()
    ) -> bool:
        """Whether an event of a machine is listed, with the snapshots on its line."""
        is_wanted = self._is_of(world) and FILTERS[self.kind][1](event)
        if not is_wanted or not self.text:
            return is_wanted
        return self._is_in(model, describe(event), *map(_said, marks))

    def takes_mark(self, mark: Mark, world: int, model: str) -> bool:
        """Whether a snapshot of a machine is listed."""
        return self._is_of(world) and self._is_in(model, _said(mark))

    def _is_of(self, world: int) -> bool:
        return self.world is None or self.world == world

    def _is_in(self, *words: str) -> bool:
        return has_words(self.text, *words)

    @property
    def kind_words(self) -> str:
        """The kinds of events that are listed, in words."""
        return FILTERS[self.kind][0]

    def more_words(self, names: Sequence[str]) -> str:
        """The machine and the words of the filter.

        Begins with a blank if it is not empty.

        Args:
            names: the names of the machines.
        """
        of_one = "" if self.world is None else f" of {names[self.world]}"
        return f"{of_one} with {self.text.strip()!r}" if self.text.strip() else of_one

    def nothing_words(self, names: Sequence[str]) -> str:
        """What to say if nothing is listed, and which key lists more."""
        of_one = "" if self.world is None else f" of {names[self.world]}"
        kind = f" among {self.kind_words}" if self.kind else ""
        if self.text.strip():
            found = f"nothing matches {self.text.strip()!r}{of_one}{kind}"
            return f"{found}; / then esc lists all"
        keys = ["f"] * bool(self.kind) + ["F"] * (self.world is not None)
        if not keys:
            return ""
        verb = "list" if len(keys) > 1 else "lists"
        return f"nothing{of_one}{kind}; {' and '.join(keys)} {verb} other events"


def _said(mark: Mark) -> str:
    return f"snapshot: {mark.label}"


class Timeline:
    """The merged list under one filter."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._wanted = Filter()
        self._logs: list[Log[Event]] = []
        self._marks: list[tuple[Mark, ...]] = []
        self._own: set[tuple[int, int]] = set()
        self._guest: Entry | None = None

    def invite(self, entry: Entry | None) -> None:
        """List this event as well, whatever the filter says, and no other such one."""
        if self._guest is not None and self._guest in self.entries:
            self.entries.remove(self._guest)
        is_listed = entry is None or self.nearest(entry) == entry
        self._guest = None if is_listed else entry
        if self._guest is not None:
            bisect.insort(self.entries, self._guest)

    @property
    def wanted(self) -> Filter:
        """What is listed. After a change of the filter, call `update`."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._logs = []

    def update(self, frames: Sequence[Frame]) -> bool:
        """Add the new events. Returns whether there were any."""
        logs = [frame.log for frame in frames]
        grown = len(logs) == len(self._logs) and all(
            new.same_list(old) and len(new) >= len(old)
            for new, old in zip(logs, self._logs, strict=True)
        )
        models = [frame.world for frame in frames]
        marks = [frame.marks for frame in frames]
        if self._wanted.text and marks != self._marks:
            grown = False  # snapshots may belong to lines of earlier events
        if not grown:
            self.entries, self._guest = [], None
            self._logs = [Log[Event]() for _ in logs]
        of_moment: dict[tuple[int, int], list[Mark]] = defaultdict(list)
        for world, own in enumerate(marks):
            for mark in own:
                of_moment[world, mark.t].append(mark)
        fresh = sorted(
            Entry(new[index].t, world, new.number(index))
            for world, (new, old) in enumerate(zip(logs, self._logs, strict=True))
            for index in range(len(old), len(new))
            if self._wanted.takes(
                new[index],
                world,
                models[world],
                of_moment.get((world, new[index].t), ()),
            )
        )
        for entry in fresh:
            if self.entries and entry < self.entries[-1]:
                bisect.insort(self.entries, entry)
            else:
                self.entries.append(entry)
        are_other_marks = not grown or marks != self._marks
        if are_other_marks:
            self._place(marks, models)
        self._logs, self._marks = logs, marks
        return bool(fresh) or are_other_marks

    def is_guest(self, entry: Entry) -> bool:
        """Whether an event is listed only because it was invited."""
        return entry == self._guest

    def place(self, entry: Entry) -> int:
        """The index of the entry in the list, or the index at which it would be."""
        return bisect.bisect_left(self.entries, entry)

    def nearest(self, entry: Entry) -> Entry | None:
        """The entry itself while it is listed, or else the next one, if any."""
        at = self.place(entry)
        return self.entries[at] if at < len(self.entries) else None

    def is_marked(self, entry: Entry) -> bool:
        """Whether there is a snapshot of this moment."""
        return entry.is_mark or (entry.world, entry.t) in self._own

    def _place(self, marks: list[tuple[Mark, ...]], models: Sequence[str]) -> None:
        """Give each snapshot its own line, or a sign on the line of an event."""
        self._own = {(n, mark.t) for n, own in enumerate(marks) for mark in own}
        self.entries = [entry for entry in self.entries if not entry.is_mark]
        for world, own in enumerate(marks):
            for mark in own:
                is_wanted = self._wanted.takes_mark(mark, world, models[world])
                if is_wanted and not mark.at_record:
                    bisect.insort(self.entries, Entry(mark.t, world, mark.number, True))
