"""Switches, the vendor, and recordings: what is played, saved, and kept of a visit."""

from __future__ import annotations

from minios.plain.talk import Talk
from minios.plain.words.text import counted
from minios.session import recording
from minios.session.orders import Replay
from minios.session.stopping import POWER, VENDOR


class Controlling(Talk):
    """Resets, cuts the power, is the vendor; plays and keeps what was done."""

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

    # ---- Recordings.

    def play(self, replay: recording.Recording) -> None:
        """Every machine will be given what it was given then, at the same moments."""
        for world, inputs in enumerate(replay.inputs):
            self.conductor.send(Replay(inputs), world)
        given = counted(sum(map(len, replay.inputs)), "input")
        self.say(f"A recording is played: {given}. Go on, and they come by themselves.")

    def save(self) -> None:
        """What was done up to now; the list of labs offers it."""
        path = self.files.shelf.fresh(self.card.name)
        if path is None:
            self.say("There is no folder to keep recordings in.")
            return
        recording.save(recording.of(self.card.name, self.conductor.frames), path)
        self.say(f"Saved as {path.stem}. The list of labs offers it.")

    def keep(self) -> None:
        """The visit, and what was asked to be recorded."""
        self.files.keep(self.card.name, self.conductor.frames)
