"""How the machines are: their parts and rings, and the CPU down to its registers."""

from __future__ import annotations

from minios.lab import quantities
from minios.plain.going import Going
from minios.plain.words import cpu, state
from minios.session.orders import Look


class Looking(Going):
    """Changes nothing."""

    def states(self) -> None:
        """The time, how far it goes on; then every machine and its parts."""
        self.say(
            f"It is {quantities.seconds(self.conductor.now)}. Choice 1 goes on "
            f"{self.stride.words}. Stops at: {self.stops}. You hear: "
            f"{self.filter_words}."
        )
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            self.tell(state.machine(frame, name))

    def rings(self) -> None:
        """Who is in which ring, and how often the doors between them were used."""
        world = self.ask_world()
        self.tell(state.rings(self.conductor.frames[world], self.names[world]))

    def code(self) -> None:
        """The next instruction among its neighbours, and its source."""
        world = self.ask_world()
        self.tell(cpu.code(self.looked(Look(), world), self.names[world]))

    def registers(self) -> None:
        """Register by register."""
        self.tell(cpu.registers(self.conductor.frames[self.ask_world()]))

    def page_walk(self) -> None:
        """Of the latest fault, or of the next instruction."""
        self.tell(cpu.walk(self.looked(Look(), self.ask_world()).walk))
