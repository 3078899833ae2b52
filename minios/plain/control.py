"""The switches of a machine, and what its vendor does."""

from __future__ import annotations

from minios.plain.talk import Talk
from minios.session.stopping import POWER, VENDOR


class Controlling(Talk):
    """Resets, cuts the power, is the vendor."""

    def power(self) -> None:
        """Reset, cut the power, boot in another way."""
        world = self.ask_world()
        at = self.choose("What is to be done?", [words for words, _ in POWER])
        self.conductor.send(POWER[at][1], world)
        self.tell_new()

    def vendor(self) -> None:
        """Withdraw a file, offer a fix: to all machines."""
        at = self.choose("What does the vendor do?", [words for words, _ in VENDOR])
        self.conductor.send(VENDOR[at][1])
        self.tell_new()
