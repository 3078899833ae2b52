"""Follow a recorded run: a scenario step by step, a recording to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.lab import quantities, seconds
from minios.plain.asking import Many
from minios.plain.talk import Talk
from minios.session.script import Moment, Script
from minios.session.spoken import sentence

_LONG: Final = seconds(1000)  # of the machines' time, before one is asked


class Following(Talk):
    """The steps of a scenario, if the lab has one. `at` is the step gone to last."""

    at: int = 0

    @property
    def script(self) -> Script:
        """The scenario."""
        assert self.files.script is not None
        return self.files.script

    @property
    def done(self) -> int:
        """The latest step that all machines have behind them."""
        return max(0, self.script.done(self.conductor.frames, self.at))

    def run_to(self, moments: Sequence[Moment]) -> None:
        """Bring each machine to its moment, and print what is new on the way.

        A recording of a stranger may be very long, so the user is asked now and then.
        """
        conductor = self.conductor
        past = [frame.past for frame in conductor.frames]
        many = Many(self.say)
        conductor.follow(moments, "", at_once=True)
        conductor.tick()
        asked = conductor.now
        while conductor.running:
            conductor.tick()
            if conductor.now - asked > _LONG and conductor.running:
                end = quantities.seconds(max(it.t for it in moments))
                asked = conductor.now
                told = f"It is {quantities.seconds(asked)}; this goes on until {end}."
                if not self.goes_on(told):
                    conductor.pause()
        if past != [frame.past for frame in conductor.frames]:
            self.note_told()  # it went back: what is new then was told before
            self.say(f"It is {quantities.seconds(conductor.now)} now.")
        many.tell(self.fresh())
        many.end()
        if conductor.stopped_by:
            self.say(f"Paused at {conductor.stopped_by}.")

    def begin(self) -> None:
        """Go to the start of the scenario, where the machines have been switched on."""
        self.run_to(self.script.steps[0].end)
        number = len(self.script.steps) - 1
        self.say(f"This is a scenario with {number} steps. It waits at its start.")

    def next_step(self) -> None:
        """Go to the end of the next step, and print what it saw."""
        if self.done == self.script.last:
            self.say("This was the last step of the scenario.")
        else:
            self._go_to(self.done + 1)

    def step_before(self) -> None:
        """Go back to the end of the step before."""
        self._go_to(max(0, self.done - 1))

    def all_steps(self) -> None:
        """Go through all steps that are left."""
        for number in range(self.done + 1, self.script.last + 1):
            self._go_to(number)
        self.next_step()

    def hear_steps(self) -> None:
        """Print all steps, and which of them are done."""
        self.page(
            [
                row
                for number in range(len(self.script.steps))
                for row in self._rows(number)
            ]
        )

    def _go_to(self, number: int) -> None:
        self.at = number
        self.run_to(self.script.steps[number].end)
        self.tell(self._rows(number))

    def _rows(self, number: int) -> list[str]:
        """A step in sentences: where it stands, what it does, what it saw."""
        step, most = self.script.steps[number], len(self.script.steps) - 1
        head = f"Step {number} of {most}" if number else "The start"
        head = f"{head}, line {step.line}: {step.words}."
        if number > self.done:
            return [f"{head} This comes later."]
        result = "It has failed" if step.failed else "It has passed"
        said = f"{head} {result}: {step.saw}" if step.saw else f"{head} {result}"
        return sentence(said).splitlines()
