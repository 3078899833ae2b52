"""Where a machine is, where to pause, and single steps."""

from __future__ import annotations

from typing import Final

from minios.machine.events import RingCrossing
from minios.plain.asking import number_of, numbered
from minios.plain.trying import Trying
from minios.session import places
from minios.session.frames import Reached
from minios.session.orders import Look, StepUnit, kind_of
from minios.session.panes import cpu, doors
from minios.session.stopping import KINDS

_UNITS: Final[tuple[tuple[StepUnit, str], ...]] = (
    ("instruction", "to the next instruction"),
    ("line", "to the next line of C"),
    ("crossing", "to the next crossing of the rings"),
    ("event", "to the next event"),
)


class Stopping(Trying):
    """Pause machines, and step them."""

    def stands(self, world: int) -> None:
        """Print where a machine is, and what it does next."""
        self.say(cpu.stands(self.looked(Look(), world), self.names[world]))

    def step(self) -> None:
        """Step one machine. The others run to the same moment."""
        world = self.ask_world()
        if self.conductor.frames[world].status.off:
            self.say(f"{self.names[world]} is switched off.")
            return
        at = self.choose("How far?", [words for _, words in _UNITS])
        self.conductor.step(_UNITS[at][0], world)
        self.tell_new()
        self.stands(world)
        self.say(cpu.changed(self.conductor.frames[world]))

    def stop_words(self, world: int) -> str:
        """The event or place at which a machine has paused; else nothing."""
        stop = self.conductor.frames[world].stop
        if isinstance(stop, Reached):
            return f"at {stop.name}"
        if kind_of(stop) not in self.conductor.breaks:
            return ""
        words = next(name for name, kind in KINDS if kind == kind_of(stop))
        way = f": {doors.crossing(stop)}" if isinstance(stop, RingCrossing) else ""
        return f"{words}{way}"

    def tell_stop(self, world: int) -> bool:
        """Print that this machine has paused, if it has. Returns whether it has."""
        words = self.stop_words(world)
        if words:
            self.conductor.halt_at_stop()  # the others run to the same moment
            first = self.conductor.stopped_in  # perhaps another, on the way there
            if first is not None and self.stop_words(first):
                world, words = first, self.stop_words(first)
            self.tell_new()
            self.say(f"Paused: {self.names[world]}, {words}.")
            self.stands(world)
        return bool(words)

    @property
    def stops(self) -> str:
        """The events and places to pause at, in words."""
        kinds = [name for name, kind in KINDS if kind in self.conductor.breaks]
        return ", ".join([*kinds, *self.conductor.places]) or "nothing"

    def stop_at(self) -> None:
        """Choose events and places to pause at. To choose one again removes it."""
        conductor = self.conductor
        words = [
            f"{name}, chosen" if kind in conductor.breaks else name
            for name, kind in KINDS
        ]
        words += [f"at {place}, chosen" for place in conductor.places]
        self.tell(numbered(words))
        question = (
            "Pause at which? (a number, or a place such as kernel_main; one that is "
            "chosen is removed; 0 to cancel)"
        )
        before = len(conductor.breaks) + len(conductor.places)
        while trouble := self._toggle(self.text(question), len(words)):
            self.say(trouble)
        if len(conductor.breaks) + len(conductor.places) < before:
            self.say("It was chosen before, so this pause is removed.")
        self.say(f"Pauses at: {self.stops}.")

    def _toggle(self, answer: str, most: int) -> str:
        """Add or remove an event or a place. Returns what is wrong with the answer."""
        conductor = self.conductor
        number = number_of(answer) if answer.isdecimal() else None
        if number is not None and not 1 <= number <= most:
            return f"Please type a number from 1 to {most}, or a place."
        if number is not None and number <= len(KINDS):
            conductor.breaks ^= {KINDS[number - 1][1]}
            return ""
        if number is not None:
            answer = conductor.places[number - len(KINDS) - 1]
        trouble = places.trouble(answer)
        if not trouble:
            known = [it for it in conductor.places if it != answer]
            is_new = len(known) == len(conductor.places)
            conductor.places = (*known, *[answer] * is_new)
        return trouble
