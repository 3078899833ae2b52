"""How the machines are: their parts, screens and rings, down to the last table."""

from __future__ import annotations

from minios.tui.addresses import address_of
from minios.tui.drawing import building, code, kernel, registers, status, tables, walk
from minios.tui.frames import Frame
from minios.tui.orders import Look
from minios.tui.plain.talk import HEIGHT, WIDTH, Talk
from minios.tui.words import latest_explanation


class Looking(Talk):
    """Changes nothing."""

    def why(self) -> None:
        """The latest misfortune of each world."""
        latest = enumerate(map(latest_explanation, self.conductor.frames))
        found = [(number, why) for number, why in latest if why is not None]
        if not found:
            self.say("Nothing has gone wrong yet. Push a content file.")
        for number, explanation in found:
            self.say(f"In {self.card.called(number)}:")
            for row in str(explanation).splitlines():
                if row.strip():
                    self.say(row)

    def states(self) -> None:
        """Every machine and its parts."""
        for number, frame in enumerate(self.conductor.frames, 1):
            self.tell([status.title(frame, number, 2 * WIDTH, active=False)])
            self.tell(status.parts(frame, WIDTH))

    def screen(self) -> None:
        """The text on a machine's screen."""
        raw = self.ask_frame().screen
        rows = [raw[at : at + 160 : 2] for at in range(0, len(raw), 160)]
        said = [row.decode("cp437").replace("\0", " ").rstrip() for row in rows]
        self.say("The screen is empty." if not any(said) else "The screen reads:")
        for row in said:
            if row:
                self.say(row)

    def rings(self) -> None:
        """Who is on which floor, and how often the doors were used."""
        self.tell(building.building(self.ask_frame(), WIDTH, HEIGHT))

    def inspect(self) -> None:
        """Registers, code and page walk."""
        frame = self.ask_frame()
        self.tell(registers.registers(frame, WIDTH))
        self.tell(code.code(frame.code, WIDTH, 20))
        self.tell(walk.walk(frame.walk))

    def look_at_tables(self) -> None:
        """Page tables and descriptors."""
        frame = self._looked(Look(at_tables=True))
        assert frame.tables is not None
        self.tell(tables.pages(frame.tables))
        self.tell(tables.descriptors(frame.tables))

    def look_at_memory(self) -> None:
        """Memory at an address."""
        world = self.ask_world()
        known = self.conductor.frames[world].registers
        address = address_of(self.ask("At which address? (0x..., rsp, rdi+8) "), known)
        if address is None:
            self.say("An address is a number (0x...) or a register, plus an offset.")
            return
        frame = self._looked(Look(at_tables=True, address=address), world)
        assert frame.tables is not None
        self.tell(tables.memory(frame.tables, WIDTH))

    def look_at_kernel(self) -> None:
        """Threads, stacks, ports and queues."""
        frame = self._looked(Look(at_kernel=True))
        assert frame.kernel is not None
        self.tell(kernel.threads(frame.kernel, WIDTH))
        self.tell(kernel.ports(frame.kernel, WIDTH))

    def _looked(self, look: Look, world: int | None = None) -> Frame:
        """A frame in which that was read; afterwards nothing is read any more."""
        at = self.ask_world() if world is None else world
        self.conductor.send(look, at)
        frame = self.conductor.frames[at]
        self.conductor.send(Look(), at)
        return frame
