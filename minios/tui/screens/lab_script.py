"""Follow a recorded run on the lab screen: a scenario by steps, a recording to its end.

Nothing here makes anything happen: the machines run again as they ran before.
"""

from __future__ import annotations

from minios.session.orders import Replay
from minios.tui.screens.lab_crimes import Committing
from minios.tui.widgets.step_list import StepList


class Following(Committing):
    """The steps of a scenario, if the lab has one."""

    steps: StepList | None = None
    plays_on: bool = False

    def begin(self) -> None:
        """Play the recording or the scenario that the lab was opened for, if any."""
        replay, conductor = self.files.replay, self.conductor
        if self.steps is not None:
            self._go_to(0)
        elif replay is not None and replay.at_end:
            end = "the end of the recording"
            conductor.follow(replay.last_moments, end, at_once=True)
        elif replay is not None:
            for world, inputs in enumerate(replay.inputs):
                conductor.send(Replay(inputs), world)
            conductor.running = True
        else:
            if self.card.waits:
                conductor.awaited = frozenset(range(len(self.card.worlds)))
            conductor.running = True

    @property
    def is_replay(self) -> bool:
        """Whether a recording is played. It ends by itself, or if one goes back."""
        replay, conductor = self.files.replay, self.conductor
        return (
            replay is not None
            and conductor.now < replay.end
            and all(frame.is_played for frame in conductor.frames)
        )

    @property
    def is_followed(self) -> bool:
        """Whether the machines do again what a recording or a scenario says."""
        return self.is_replay or self.steps is not None

    def show_steps(self) -> None:
        """Show how far the machines are; go on to the next step if all are wanted."""
        if self.steps is None:
            return
        self.steps.show(self.conductor.frames)
        if self.plays_on and not self.conductor.is_following:
            is_left = self.steps.done < self.steps.wanted
            self.plays_on = not is_left and self.steps.wanted < self.steps.script.last
            if self.plays_on:
                self._go_to(self.steps.wanted + 1)

    def _go_to(self, number: int, *, at_once: bool = False) -> None:
        assert self.steps is not None
        step = self.steps.script.steps[number]
        self.steps.follow(number)
        words = f"the end of step {number}" if number else "the start"
        self.conductor.follow(step.end, words, at_once=at_once)
        self.refresh_frames()

    def action_next_step(self) -> None:
        """Run to the end of the next step."""
        assert self.steps is not None
        self.plays_on = False
        if self.steps.done == self.steps.script.last:
            self.notify("This was the last step of the scenario", markup=False)
        else:
            self._go_to(self.steps.done + 1)

    def action_step_before(self) -> None:
        """Go back to the end of the step before."""
        assert self.steps is not None
        self.plays_on = False
        self._go_to(max(0, self.steps.done - 1), at_once=True)

    def action_all_steps(self) -> None:
        """Run all steps that are left, at the speed that was chosen."""
        self.action_next_step()
        self.plays_on = True
