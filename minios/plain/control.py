"""Reset and power, the vendor, and recordings."""

from __future__ import annotations

from minios.plain.following import Following
from minios.session import recording
from minios.session.orders import Replay
from minios.session.spoken import counted
from minios.session.stopping import VENDOR, power


class Controlling(Following):
    """Reset machines, act as the vendor, play and save recordings."""

    def power(self) -> None:
        """Reset a machine, cut its power, or boot it in another mode."""
        world = self.ask_world()
        choices = power(self.card.worlds[world])
        at = self.choose("What do you want to do?", [words for words, _ in choices])
        self.conductor.send(choices[at][1], world)
        self.tell_new()

    def vendor(self) -> None:
        """Withdraw a content file or offer a fix, for all machines."""
        at = self.choose("What does the vendor do?", [words for words, _ in VENDOR])
        self.conductor.send(VENDOR[at][1])
        self.tell_new()

    # ---- Recordings.

    def play(self, replay: recording.Recording) -> None:
        """Give every machine the recorded inputs, each at its recorded time.

        If the end is what matters, go there.
        """
        if replay.at_end:
            self.run_to(replay.last_moments)
            if not self.conductor.is_following:  # else the user has declined
                self.say("This is the end of a recording. Ask why, or what happened.")
            return
        for world, inputs in enumerate(replay.inputs):
            self.conductor.send(Replay(inputs), world)
        given = counted(sum(map(len, replay.inputs)), "input")
        self.say(f"This plays a recording with {given}. Go on to see what happens.")

    def save(self) -> None:
        """Save what was done so far as a recording."""
        path = self.files.shelf.fresh(self.card.name)
        if path is None:
            self.say("There is no folder to keep recordings in.")
            return
        recording.save(recording.of(self.card, self.conductor.frames), path)
        self.say(f"Saved as {path.stem}. You find it in the list of labs.")

    def keep(self) -> None:
        """Save the visit, and the recording if one was asked for."""
        self.files.keep(self.card, self.conductor.frames)
