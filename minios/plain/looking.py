"""Inspect the machines: parts, rings, code, registers, tables, memory, the kernel.

For doors, tables and the kernel's structures there is a summary first. Then the user
chooses what to hear in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.lab import quantities
from minios.lab.kernel_view import KernelView
from minios.plain.going import Going
from minios.plain.words import state
from minios.session.addresses import address_of
from minios.session.orders import Look
from minios.session.panes import cpu, doors, kernel, tables
from minios.session.protection import compared
from minios.session.tables import Tables

_LAST_VECTOR: Final = 255


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

    def code(self) -> None:
        """Print the code around the next instruction, and its source."""
        world = self.ask_world()
        self.tell(cpu.code(self.looked(Look(), world), self.names[world]))

    def registers(self) -> None:
        """Print the registers, one on each line."""
        self.tell(cpu.registers(self.conductor.frames[self.ask_world()]))

    def page_walk(self) -> None:
        """Print the page walk of the latest fault, or of the next instruction."""
        frame = self.looked(Look(), self.ask_world())
        self.tell(cpu.walk(frame.walk, frame.walk_of))

    # ---- Inside.

    def doors(self) -> None:
        """Print every door between the rings, then the gates or calls of one."""
        world = self.ask_world()
        told = doors.ways(self.conductor.frames[world].crossings)
        self._choose_and_hear([words for words, _ in told], [rows for _, rows in told])

    def page_tables(self) -> None:
        """Print what is mapped, by regions."""
        found = self._tables(self.ask_world())
        regions = tables.regions(found)
        if not regions:
            self.say("No page tables are in use yet.")
            return
        words = [*regions.values(), "the tables that lead there"]
        rows = [*(tables.runs(found, it) for it in regions), tables.tree(found)]
        self._choose_and_hear(words, rows)

    def descriptors(self) -> None:
        """Print GDT, TSS and IDT, then any gate by its vector."""
        found = self._tables(self.ask_world())
        self.tell(tables.descriptors(found))
        while True:
            vector = self.number("Which vector?", 0, _LAST_VECTOR)
            self.say(tables.gate(found, vector))

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
        found = self._tables(world, address)
        heard = {it.address: self.heard.get((world, it.address)) for it in found.memory}
        self.heard |= {(world, it.address): it.data for it in found.memory}
        self.page(tables.memory(found, heard))

    def threads(self) -> None:
        """Print every thread, then the stack of one."""
        found = self._kernel()
        if found.trouble:
            self.say(f"The threads cannot be read: {found.trouble}.")
            return
        self.say(kernel.heading(found))
        words = [kernel.thread(it) for it in found.threads]
        rows = [kernel.stack(it) for it in found.threads]
        self._choose_and_hear(words, rows)

    def ports(self) -> None:
        """Print ports, pipes, queues and processes, in this order."""
        found = self._kernel()
        self.page(kernel.ports(found))

    def _choose_and_hear(
        self, words: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> None:
        """Print one of these in full, then another, until the user declines."""
        again = False
        while True:
            at = self.choose("Which one in full?", words, again=again)
            self.page(rows[at])
            again = True

    def _tables(self, world: int, address: int | None = None) -> Tables:
        found = self.looked(Look(at_code=False, at_tables=True, address=address), world)
        assert found.tables is not None
        return found.tables

    def _kernel(self) -> KernelView:
        found = self.looked(Look(at_code=False, at_kernel=True), self.ask_world())
        assert found.kernel is not None
        return found.kernel
