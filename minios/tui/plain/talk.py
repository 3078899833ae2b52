"""Asking and telling, a line at a time. A test can hold the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from minios.lab.explain import describe
from minios.tui.catalogue import LabCard
from minios.tui.conductor import Conductor
from minios.tui.drawing import lines, times
from minios.tui.frames import Frame
from minios.tui.timeline import FILTERS
from minios.tui.worker import Player

Say: TypeAlias = Callable[[str], object]
Ask: TypeAlias = Callable[[str], str]
WIDTH: Final = 78
HEIGHT: Final = 100


def number_in(text: str, most: int) -> int:
    """A number from 1 to `most`, 0 for anything else."""
    clean = text.strip()
    number = int(clean) if clean.isdecimal() and len(clean) < 10 else 0
    return number if number <= most else 0


class Talk:
    """One lab, and somebody to talk to."""

    def __init__(
        self, card: LabCard, players: Sequence[Player], say: Say, ask: Ask
    ) -> None:
        self.card = card
        self.conductor = Conductor(players)
        self.say = say
        self.ask = ask
        self._told = [0] * len(players)
        self._filter = 0

    # ---- Asking.

    def choose(self, question: str, words: Sequence[str]) -> int:
        """Which of these, counted from 0; -1 for none of them."""
        for number, it in enumerate(words, 1):
            self.say(f"{number}. {it}")
        return number_in(self.ask(f"{question} (0 for none) "), len(words)) - 1

    def ask_number(self, question: str, most: int) -> int:
        """A number up to `most`."""
        return number_in(self.ask(f"{question} (1 to {most}) "), most)

    def ask_world(self) -> int:
        """Which machine; the only one if there is but one."""
        worlds = self.card.worlds
        if len(worlds) == 1:
            return 0
        names = ", ".join(f"{n} {world}" for n, world in enumerate(worlds, 1))
        answer = self.ask(f"Which machine? ({names}) ")
        return max(0, number_in(answer, len(worlds)) - 1)

    def ask_frame(self) -> Frame:
        """Which machine, as it is now."""
        return self.conductor.frames[self.ask_world()]

    # ---- Telling.

    def tell(self, drawn: Sequence[lines.Line]) -> None:
        """Lines that were drawn for a screen; empty ones fall out."""
        for row in drawn:
            text = lines.plain([row])
            if text.strip():
                self.say(text)

    def tell_new(self) -> bool:
        """Say the events that have not been said; whether there were any."""
        wanted = FILTERS[self._filter][1]
        fresh: list[tuple[int, str, str]] = []
        for world, frame in enumerate(self.conductor.frames):
            number = min(len(frame.log), frame.log.total - self._told[world])
            fresh += [
                (event.t, frame.world, describe(event))
                for event in frame.log[len(frame.log) - number :]
                if wanted(event)
            ]
        self.note_told()
        for t, name, words in sorted(fresh):
            self.say(f"{times.seconds(t)}, {name}: {words}")
        return bool(fresh)

    def note_told(self) -> None:
        """What there is now is not said any more."""
        self._told = [frame.log.total for frame in self.conductor.frames]

    def tell_all(self) -> None:
        """All events that are kept."""
        self._told = [0] * len(self._told)
        if not self.tell_new():
            self.say("Nothing has happened yet.")

    def choose_filter(self) -> None:
        """Which events are told from now on."""
        at = self.choose("Tell which?", [words for words, _ in FILTERS])
        self._filter = max(0, at)
        self.say(f"You will hear: {FILTERS[self._filter][0]}.")
