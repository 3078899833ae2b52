"""A run that was recorded step by step: a scenario, to be followed on the screen.

The machines are deterministic. So a moment is named by the time at which a machine
stood there, and by all that it had been given until then: whoever gives the same to the
same machine comes to the same moment. Each machine has its own clock in a scenario, and
so it has a moment of its own at the end of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from minios.lab.inputs import Input, Time
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session.catalogue import LabCard
from minios.session.frames import Frame
from minios.session.orders import GoBack, Order, Replay, RunTo


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a machine stood: virtual nanoseconds, and what it had been given."""

    t: Time
    inputs: tuple[tuple[Time, Input], ...] = ()

    def is_behind(self, frame: Frame) -> bool:
        """Whether a machine has come by here on its way."""
        given = frame.inputs[: len(self.inputs)]
        return frame.t >= self.t and given == self.inputs

    def way_from(self, frame: Frame) -> Iterator[Order]:
        """The orders that bring a machine to the way here; then it has to run.

        A machine that has gone too far, or was given something else, goes back first.
        """
        pairs = zip(frame.inputs, self.inputs, strict=False)
        given = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        here = frame.t
        to_come = min([self.t, *(t for t, _ in self.inputs[given:])])
        if given < len(frame.inputs) or here > to_come:
            others = [t for t, _ in frame.inputs[given:]]
            here = max(0, min([to_come, *others]) - NS_PER_INSTRUCTION)
            given = sum(t <= here for t, _ in frame.inputs) if here else 0
            # At power on nothing has been given; the snapshot of it is the first.
            yield GoBack(here, None if here else frame.marks[0])
        yield Replay(self.inputs[given:])
        yield RunTo(here)


@dataclass(slots=True)
class Way:
    """The way of all machines to moments of their own.

    Attributes:
        moments: one for each machine.
        arrival: what is there, in words: "the end of step 3".
        at_once: as fast as they can, and not at the pace that was chosen.
        has_begun: whether they have been sent.
    """

    moments: tuple[Moment, ...]
    arrival: str
    at_once: bool
    has_begun: bool = False

    def orders(self, frames: Sequence[Frame]) -> Iterator[tuple[int, Order]]:
        """What to send to each machine at the beginning."""
        for number, frame in enumerate(frames):
            for order in self.moments[number].way_from(frame):
                yield number, order

    def is_over(self, frames: Sequence[Frame]) -> bool:
        """Whether everybody is there, or switched off."""
        pairs = zip(self.moments, frames, strict=True)
        return all(frame.t >= it.t or frame.status.off for it, frame in pairs)


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """A step, and where each machine stood at its end.

    Attributes:
        line: where it stands in the file.
        words: what is done.
        saw: what was seen, or why it failed.
        failed: whether it failed.
        end: a moment of each machine; nothing if the step was never reached.
    """

    line: int
    words: str
    saw: str = ""
    failed: bool = False
    end: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """The steps of a run, and the machines. The first step is that they were started.

    `names` are what the file calls the machines. `again` runs the file as it is now.
    """

    card: LabCard
    names: tuple[str, ...]
    steps: tuple[ScriptStep, ...]
    again: Callable[[], Script] = field(compare=False)

    @property
    def last(self) -> int:
        """The last step that was reached."""
        return sum(bool(step.end) for step in self.steps) - 1

    def done(self, frames: Sequence[Frame], wanted: int) -> int:
        """The latest step, up to a wanted one, that all machines have behind them.

        -1 if there is none.
        """
        for number in range(wanted, -1, -1):
            pairs = zip(self.steps[number].end, frames, strict=True)
            if all(moment.is_behind(frame) for moment, frame in pairs):
                return number
        return -1
