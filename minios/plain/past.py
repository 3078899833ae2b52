"""The timeline: list its events, explain one, or go back to before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.lab import Explanation, quantities
from minios.lab.events import Event
from minios.lab.explain import brief, describe
from minios.lab.explanation import Comparison, Depth, compare
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.plain import strides
from minios.plain.asking import PAGE, numbered, picked
from minios.plain.stopping import Stopping
from minios.session import dumps
from minios.session.explained import latest_explanation, nothing_wrong
from minios.session.frames import Frame
from minios.session.going_back import Target, targets
from minios.session.orders import Mark, MarkHere
from minios.session.spoken import evidence, sentence, why
from minios.session.timeline import Entry, Filter, Timeline


class Listing:
    """The events under one filter, in pages. An event keeps its number in the list."""

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
        """How many events there are."""
        return len(self._timeline.entries)

    @property
    def left_out(self) -> int:
        """How many events the filter leaves out."""
        logged = sum(len(frame.log) for frame in self._frames)
        return logged - sum(not it.is_mark for it in self._timeline.entries)

    def rows(self) -> list[str]:
        """A heading, then the events of the page."""
        first = max(0, self._end - PAGE)
        forgotten = sum(frame.log.forgotten for frame in self._frames)
        gone = f" {forgotten} older ones after the first were not kept." * bool(
            forgotten
        )
        head = (
            f"Events {first + 1} to {self._end} of {self.most}, {self._filtered}.{gone}"
        )
        page = self._timeline.entries[first : self._end]
        return [
            head,
            *(f"{n}. {self.words(it)}" for n, it in enumerate(page, first + 1)),
        ]

    def turn(self, where: str) -> bool:
        """Turn to the "older" or the "newer" page. False if there is none."""
        end = self._end + (PAGE if where == "newer" else -PAGE)
        if end <= 0 or end >= self.most + PAGE:
            return False
        self._end = min(end, self.most)
        return True

    def entry(self, answer: str) -> Entry | None:
        """The event with this number, if there is one."""
        return picked(answer, self._timeline.entries)

    def words(self, entry: Entry) -> str:
        """A line for an event: its time, its machine, what happened."""
        where = f"{quantities.seconds(entry.t)}, {self._names[entry.world]}"
        if entry.is_mark:
            return f"{where}: a snapshot, {self.mark(entry).label}"
        kept = ", with a snapshot" * self._timeline.is_marked(entry)
        return f"{where}: {evidence(describe(self.event(entry)))}{kept}"

    def event(self, entry: Entry) -> Event:
        """The event of an entry."""
        event = self._frames[entry.world].log.by_number(entry.number)
        assert event is not None  # an event that is dropped takes its entry along
        return event

    def explanation(self, entry: Entry) -> Explanation | None:
        """The explanation of an event, if a fault led to it."""
        return self._frames[entry.world].explanations.get(entry.number)

    def mark(self, entry: Entry) -> Mark:
        """The snapshot of an entry that is one."""
        return self._frames[entry.world].mark(entry.number)


_MORE: Final = {
    Depth.REASONS: "the reasons",
    Depth.EVIDENCE: "all the evidence",
}


class Rewinding(Stopping):
    """Explain events, and go back in time."""

    def why(self) -> None:
        """Explain the latest crash or death of each machine; equal ones only once."""
        named = zip(self.names, self.conductor.frames, strict=True)
        latest = [(name, latest_explanation(frame)) for name, frame in named]
        found = [(name, it) for name, it in latest if it is not None]
        if not found:
            self.say(nothing_wrong(self.conductor.frames))
            return
        self.asked_why(name for name, _ in found)
        self._explain(compare(found))

    def _explain(self, comparison: Comparison) -> None:
        """Say the answer, and as much more as the user asks for."""
        _, *deeper = comparison.depths
        self.tell(why(comparison, Depth.ANSWER))
        while deeper:
            words = [_MORE[it] for it in deeper]
            upto = self.choose("How much more?", words, none="0 for no more")
            for depth in deeper[: upto + 1]:
                self.tell(why(comparison, depth))
            del deeper[: upto + 1]
            if not deeper:
                self.say("That is all. You are back at the choices.")

    def entries(self) -> None:
        """List the timeline; explain one of its events, or go back to before it."""
        listing, chosen = self._choose_entry()
        self.say(f"{listing.words(chosen)}.")
        moments = targets(self.conductor.frames, self.names, chosen)
        offers = [f"take all machines back: {evidence(it.words)}" for it in moments]
        if chosen.is_mark:
            self.choose("What to do?", offers)
            self._back_to(moments[0])
            return
        at = self.choose("What to do?", ["explain the event", *offers])
        if at:
            self._back_to(moments[at - 1])
            return
        explanation = listing.explanation(chosen)
        if explanation is not None:
            self.asked_why([self.names[chosen.world]])
        read = dumps.read(self.conductor.frames[chosen.world], chosen.number)
        shown = read or explanation or brief(listing.event(chosen))
        self._explain(compare([(self.names[chosen.world], shown)]))

    def _choose_entry(self) -> tuple[Listing, Entry]:
        listing = self._listing()
        question = "Which event? (its number, or older, newer, filter; 0 to cancel)"
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
                    f"Please type a number from 1 to {listing.most}, or one of the "
                    "words older, newer and filter."
                )
            elif listing.turn(answer):
                self.tell(listing.rows())
            else:
                self.say(f"There are no {answer} events.")

    def _listing(self) -> Listing:
        listing = Listing(self.conductor.frames, self.names, self.filter)
        self.tell(listing.rows())
        if listing.left_out:
            self.say(f"{listing.left_out} others are not listed: filter lists them.")
        return listing

    # ---- Going back.

    def mark(self) -> None:
        """Make a snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.say(f"Snapshot made at {quantities.seconds(self.conductor.now)}.")

    def back(self) -> None:
        """Go back to before a fault, to a snapshot, or to a moment."""
        moments = targets(self.conductor.frames, self.names, None)
        self.page(numbered(evidence(it.words) for it in moments))
        question = "Back to which? (its number, or a time like 61.5 ms; 0 to cancel)"
        while True:
            answer = self.text(question)
            moment = picked(answer, moments)
            if moment is not None:
                self._back_to(moment)
                return
            t = strides.time_of(answer)
            if t is not None and t <= self.conductor.now:
                self.go_back_to(t)
                return
            self.say(
                f"Please type a number from 1 to {len(moments)}, or a time with its "
                f"unit up to {quantities.seconds(self.conductor.now)}."
            )

    def _back_to(self, moment: Target) -> None:
        self.go_back_to(moment.t, moment.mark, moment.arrival)

    def step_back(self) -> None:
        """Take all machines back by one instruction of one of them."""
        world = self.ask_world()
        before = self.conductor.frames[world].t - NS_PER_INSTRUCTION
        self.go_back_to(max(0, before))
        self.stands(world)

    def go_back_to(self, t: int, mark: Mark | None = None, where: str = "") -> None:
        """Take all machines back to a time. What came later is deleted."""
        self.conductor.go_back(t, mark, where)
        self.note_told()
        if where:
            said = sentence(evidence(where))
            self.say(f"{said[0].upper()}{said[1:]}")
        self.say(f"It is {quantities.seconds(self.conductor.now)} again.")
