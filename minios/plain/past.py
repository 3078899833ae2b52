"""What has happened: any entry of it explained, and the ways back to before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.lab import Explanation, quantities
from minios.lab.events import Event
from minios.lab.explain import describe
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.plain import strides
from minios.plain.asking import PAGE, numbered, picked
from minios.plain.stopping import Stopping
from minios.plain.words.text import evidence, listed, why
from minios.session.explained import brief, latest_explanation, nothing_wrong
from minios.session.frames import Frame
from minios.session.orders import Mark, MarkHere
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
        return picked(answer, self._timeline.entries)

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


_AT_ONCE: Final = 2  # explanations that are told without asking which


class Rewinding(Stopping):
    """Explains, and goes back."""

    def why(self) -> None:
        """The latest misfortune of each world; those that are alike only once."""
        found: dict[Explanation, list[str]] = {}
        for name, frame in zip(self.names, self.conductor.frames, strict=True):
            explanation = latest_explanation(frame)
            if explanation is not None:
                found.setdefault(explanation, []).append(name)
        if not found:
            self.say(nothing_wrong(self.conductor.frames))
            return
        chosen = list(found)
        if len(found) > _AT_ONCE:
            words = [f"{listed(found[it])}: {it.headline}" for it in chosen]
            chosen = [chosen[self.choose("Explain which?", words)]]
        self.note_progress("explained")
        for explanation in chosen:
            self.say(f"In {listed(found[explanation])}:")
            self.tell(why(explanation))

    def entries(self) -> None:
        """The timeline; one of its entries explained, or gone back to."""
        listing, chosen = self._choose_entry()
        self.say(f"{listing.words(chosen)}.")
        if chosen.is_mark:
            self.choose("What to do with it?", ["take all machines back to it"])
            self.go_back_to(chosen.t, listing.mark(chosen))
            return
        offers = ["explain it", "take all machines back to just before it"]
        if self.choose("What to do with it?", offers):
            self.go_back_to(max(0, chosen.t - NS_PER_INSTRUCTION))
            return
        explanation = listing.explanation(chosen)
        if explanation is not None:
            self.note_progress("explained")
        self.tell(why(explanation or brief(listing.event(chosen))))

    def _choose_entry(self) -> tuple[Listing, Entry]:
        listing = self._listing()
        question = "Which entry? (its number, or older, newer, filter; 0 for none)"
        while True:
            answer = self.text(question)
            chosen = listing.entry(answer)
            if chosen is not None:
                return listing, chosen
            if answer == "filter":
                self.choose_filter()
                listing = self._listing()
            elif answer not in {"older", "newer"}:
                self.say(
                    f"A number from 1 to {listing.most}, or one of the words "
                    "older, newer and filter, please."
                )
            elif listing.turn(answer):
                self.tell(listing.rows())
            else:
                self.say(f"There is nothing {answer}.")

    def _listing(self) -> Listing:
        listing = Listing(self.conductor.frames, self.names, self.filter)
        self.tell(listing.rows())
        return listing

    # ---- Going back.

    def mark(self) -> None:
        """A snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.say(f"A snapshot is kept of {quantities.seconds(self.conductor.now)}.")

    def back(self) -> None:
        """To a snapshot, or to a moment."""
        world = self.ask_world()
        marks = self.conductor.frames[world].marks
        rows = numbered(f"{quantities.seconds(it.t)}, {it.label}" for it in marks)
        self.page_back(rows)
        question = "Back to which? (its number, or a time such as 61.5 ms; 0 for none)"
        while True:
            answer = self.text(question)
            mark = picked(answer, marks)
            if mark is not None:
                self.go_back_to(mark.t, mark)
                return
            t = strides.time_of(answer)
            if t is not None and t <= self.conductor.now:
                self.go_back_to(t)
                return
            self.say(
                f"A number from 1 to {len(marks)}, or a time with its unit up to "
                f"{quantities.seconds(self.conductor.now)}, please."
            )

    def step_back(self) -> None:
        """All machines are as an instruction of one of them ago."""
        world = self.ask_world()
        before = self.conductor.frames[world].t - NS_PER_INSTRUCTION
        self.go_back_to(max(0, before))
        self.stands(world)

    def go_back_to(self, t: int, mark: Mark | None = None) -> None:
        """All machines as they were; what came after is forgotten."""
        self.conductor.go_back(t, mark)
        self.note_told()
        self.say(f"It is {quantities.seconds(self.conductor.now)} again.")
