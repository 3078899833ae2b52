"""Inspect the machines: parts, rings, memory, and every pane of `minios/session/panes`.

For doors, tables and the kernel's structures there is a summary first. Then the user
chooses what to hear in full.
"""

from __future__ import annotations

from dataclasses import dataclass

from minios.lab import quantities
from minios.plain.going import Going
from minios.plain.words import state
from minios.session.addresses import address_of
from minios.session.orders import Look
from minios.session.panes import tables
from minios.session.panes.pane import Pane
from minios.session.protection import compared


class Looking(Going):
    """Inspect the machines. Nothing here changes them."""

    def states(self) -> None:
        """Print the time and the settings, then every machine and its parts."""
        self.say(
            f"It is {quantities.seconds(self.conductor.now)}. Choice 1 runs "
            f"{self.stride.words}. Pauses at: {self.stops}. You hear: "
            f"{self.filter_words}."
        )
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            self.tell(state.machine(frame, name))
        self.compare()

    def compare(self) -> None:
        """Print for how long each machine was without protection, if there are more."""
        if len(self.names) > 1:
            self.tell(filter(None, [compared(self.names, self.conductor.frames)]))

    def rings(self) -> None:
        """Print who is in which ring, what each does, and the latest crossings."""
        world = self.ask_world()
        self.tell(state.rings(self.conductor.frames[world], self.names[world]))

    def hear_pane(self, pane: Pane) -> None:
        """Print a pane of a machine, then what is asked for, until that is declined."""
        world = self.ask_world()
        frame = self.conductor.frames[world]
        if pane.reading is not None:
            frame = self.looked(Look((pane.reading.name,)), world)
        told = pane.tell(frame, self.names[world])
        if told.is_long:
            self.page(told.said)
        else:
            self.tell(told.said)
        while told.answers:
            self.say(told.answers[self.number(told.question, 0, len(told.answers) - 1)])
        words, rows = [it for it, _ in told.parts], [it for _, it in told.parts]
        again = False
        while words:
            self.page(rows[self.choose("Which one in full?", words, again=again)])
            again = True

    def memory(self) -> None:
        """Print the memory at an address, a page at a time."""
        world = self.ask_world()
        known = self.conductor.frames[world].registers
        question = "At which address? (0xb8000, rsp, rdi+8; 0 to cancel)"
        while (address := address_of(self.text(question), known)) is None:
            self.say(
                "Please type a number such as 0xb8000, or a register. "
                "You can add an offset."
            )
        look = Look((tables.TABLES_READ.name,), address)
        found = tables.TABLES_READ.found(self.looked(look, world))
        heard = {it.address: self.heard.get((world, it.address)) for it in found.memory}
        self.heard |= {(world, it.address): it.data for it in found.memory}
        self.page(tables.memory(found, heard))


@dataclass(frozen=True)
class Hear:
    """What the choice of a pane does."""

    pane: Pane

    def __call__(self, lab: Looking) -> None:
        """Print this pane of the lab."""
        lab.hear_pane(self.pane)
