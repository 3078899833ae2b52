"""The machines of one lab: their names, and lines that tell their events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from minios.lab import quantities
from minios.lab.events import Event
from minios.lab.explain import describe
from minios.plain.asking import Ask, Asking, Row, Say, picked
from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.files import Files
from minios.session.frames import Frame
from minios.session.orders import Look
from minios.session.spoken import evidence
from minios.session.timeline import FILTERS, Filter
from minios.session.worker import Player

_NOTHING: Final = Look(())


def names(worlds: Sequence[str]) -> tuple[str, ...]:
    """The names of the machines, with a number if two have the same model."""
    if len(set(worlds)) == len(worlds):
        return tuple(worlds)
    return tuple(f"machine {number}, {it}" for number, it in enumerate(worlds, 1))


class Talk(Asking):
    """One lab, and a user to talk to.

    Attributes:
        names: the names of the machines, in their order.
        filter: which events are printed.
        heard: memory as it was last printed, by machine and address.
    """

    def __init__(
        self, card: LabCard, players: Sequence[Player], say: Say, ask: Ask, files: Files
    ) -> None:
        super().__init__(say, ask)
        self.card = card
        self.files = files
        self.names = names(card.worlds)
        self.conductor = Conductor(players)
        self.conductor.send(_NOTHING)
        self.filter = Filter()
        self.heard: dict[tuple[int, int], bytes | None] = {}
        self._told = [0] * len(players)

    # ---- Asking.

    def ask_world(self) -> int:
        """Ask for a machine. With only one machine there is no question."""
        worlds = self.card.worlds
        if len(worlds) == 1:
            return 0
        known = ", ".join(f"{n} {world}" for n, world in enumerate(worlds, 1))
        while True:
            answer = self.text(f"Which machine? ({known}, 0 to cancel)")
            chosen = picked(answer, range(len(worlds)))
            if chosen is None:
                chosen = self._called(answer.casefold())
            if chosen is not None:
                return chosen
            self.say(f"There are {len(worlds)} machines: {known}.")

    def _called(self, name: str) -> int | None:
        """The machine of this name or model, if it is only one."""
        both = zip(self.names, self.card.worlds, strict=True)
        found = [number for number, it in enumerate(both) if name in it]
        return found[0] if len(found) == 1 else None

    def looked(self, look: Look, world: int) -> Frame:
        """A frame in which this was read. Later frames do not read it again."""
        self.conductor.send(look, world)
        frame = self.conductor.frames[world]
        self.conductor.send(_NOTHING, world)
        return frame

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The code and the page walk of all machines are read meanwhile."""
        self.conductor.send(Look())
        try:
            yield
        finally:
            self.conductor.send(_NOTHING)

    # ---- Telling.

    def tell_new(self, until: int | None = None) -> int:
        """Print the new events, up to a time. Returns how many there were."""
        fresh = self.fresh(until)
        self.tell(it.words for it in fresh)
        return len(fresh)

    def fresh(self, until: int | None = None) -> list[Row]:
        """The new events as lines. They count as printed."""
        found: list[tuple[int, int, str, str]] = []
        for world, frame in enumerate(self.conductor.frames):
            untold = self.untold(world)
            due = [it for it in untold if until is None or it.t <= until]
            self._told[world] = frame.log.total - len(untold) + len(due)
            found += [
                (it.t, world, describe(it), type(it).__name__)
                for it in due
                if self.filter.takes(it, world, frame.world)
            ]
        return [
            Row(
                f"{quantities.seconds(t)}, {self.names[world]}: {evidence(words)}",
                (world, kind),
            )
            for t, world, words, kind in sorted(found)
        ]

    def untold(self, world: int) -> Sequence[Event]:
        """The events of a machine that were not printed yet."""
        log = self.conductor.frames[world].log
        number = min(len(log), log.total - self._told[world])
        return log[len(log) - number :]

    def note_told(self) -> None:
        """Count all events up to now as printed."""
        self._told = [frame.log.total for frame in self.conductor.frames]

    def choose_filter(self) -> None:
        """Choose which events are printed and listed from now on."""
        offers = self._filters()
        words = [*(words for words, _ in offers), "events with words that you type"]
        at = self.choose("Which events?", words)
        if at < len(offers):
            self.filter = offers[at][1]
        else:
            text = self.text("With which words? (all must occur; 0 to cancel)")
            self.filter = replace(self.filter, text=text)
        self.say(f"You will hear: {self.filter_words}.")

    @property
    def filter_words(self) -> str:
        """The filter in words."""
        return f"{self.filter.kind_words}{self.filter.more_words(self.names)}"

    def _filters(self) -> list[tuple[str, Filter]]:
        """The other filters that can be chosen without typing words."""
        now = self.filter
        found = [
            (words, replace(now, kind=at)) for at, (words, _) in enumerate(FILTERS)
        ]
        if len(self.names) > 1:
            found += [
                (f"{name} only", replace(now, world=at))
                for at, name in enumerate(self.names)
            ]
        if now.world is not None:
            found.append(("all machines again", replace(now, world=None)))
        if now.text:
            found.append(("with any words again", replace(now, text="")))
        return found
