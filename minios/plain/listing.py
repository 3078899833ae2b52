"""The timeline as numbered lines, a page at a time from its end."""

from __future__ import annotations

from collections.abc import Sequence

from minios.lab import Explanation, quantities
from minios.lab.events import Event
from minios.lab.explain import describe
from minios.plain.asking import PAGE, number_of
from minios.plain.words.text import evidence
from minios.session.frames import Frame
from minios.session.orders import Mark
from minios.session.timeline import Entry, Filter, Timeline


class Listing:
    """What there is now under one filter; an entry keeps its number in the list."""

    def __init__(
        self, frames: Sequence[Frame], names: Sequence[str], wanted: Filter
    ) -> None:
        self._frames = tuple(frames)
        self._names = names
        self._timeline = Timeline()
        self._filtered = f"{wanted.kind_words}{wanted.more_words(names)}"
        self._timeline.wanted = wanted
        self._timeline.update(frames)
        self._end = self.most

    @property
    def most(self) -> int:
        """How many entries there are."""
        return len(self._timeline.entries)

    def rows(self) -> list[str]:
        """What the page is, then its entries."""
        first = max(0, self._end - PAGE)
        forgotten = sum(frame.log.forgotten for frame in self._frames)
        gone = f" {forgotten} between the first and these are not kept." * bool(
            forgotten
        )
        head = (
            f"Entries {first + 1} to {self._end} of {self.most}, "
            f"{self._filtered}.{gone}"
        )
        page = self._timeline.entries[first : self._end]
        return [
            head,
            *(f"{n}. {self.words(it)}" for n, it in enumerate(page, first + 1)),
        ]

    def turn(self, where: str) -> bool:
        """To the "older" or the "newer" ones; whether there are any."""
        end = self._end + (PAGE if where == "newer" else -PAGE)
        if end <= 0 or end >= self.most + PAGE:
            return False
        self._end = min(end, self.most)
        return True

    def entry(self, answer: str) -> Entry | None:
        """The entry of that number, if it is one."""
        number = number_of(answer) or 0
        return self._timeline.entries[number - 1] if 0 < number <= self.most else None

    def words(self, entry: Entry) -> str:
        """When, where, what."""
        where = f"{quantities.seconds(entry.t)}, {self._names[entry.world]}"
        if entry.is_mark:
            return f"{where}: a snapshot, {self.mark(entry).label}"
        kept = ", and a snapshot is kept" * self._timeline.is_marked(entry)
        return f"{where}: {evidence(describe(self.event(entry)))}{kept}"

    def event(self, entry: Entry) -> Event:
        """The record of an entry."""
        event = self._frames[entry.world].log.by_number(entry.number)
        assert event is not None  # entries of forgotten records go with them
        return event

    def explanation(self, entry: Entry) -> Explanation | None:
        """Why, if a fault led to it."""
        return self._frames[entry.world].explanations.get(entry.number)

    def mark(self, entry: Entry) -> Mark:
        """The snapshot of an entry that is one."""
        return self._frames[entry.world].mark(entry.number)
