"""Recordings: what is played, saved on the user's shelf, and kept of a visit."""

from __future__ import annotations

from minios.plain.talk import Talk
from minios.plain.words.text import counted
from minios.session import recording
from minios.session.orders import Replay


class Keeping(Talk):
    """Plays and keeps what is done from outside."""

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
