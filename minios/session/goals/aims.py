"""What a lab asks a learner to try, and what shows that it was reached.

A goal has an aim. Only the machines, or the learner's own act, can meet it:

    Seen    machines have made certain records, in a certain order
    Shown   the machines are in a certain state
    Asked   the learner has typed the right answer, which is read off the machines
    Did     the learner has done something that leaves no trace in a machine
    Checked what the learner has made was checked, elsewhere

This module has the types. `answers.py` has the answers, `table.py` the goals
of each lab, and `keeper.py` finds out which of them were reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from minios.lab.conditions import RecordCondition
from minios.lab.events import Event
from minios.session.frames import Frame
from minios.session.goals.records import OfSensor

Frames: TypeAlias = Sequence[Frame]
"""The newest frame of each machine."""
Step: TypeAlias = RecordCondition[Any] | OfSensor
Deed: TypeAlias = Literal["asked why", "went back"]


@dataclass(frozen=True, slots=True)
class Course:
    """Records that one machine makes in this order.

    Attributes:
        steps: what is waited for, one after the other.
        model: of the machine; "" for any.
        unless: after one of these records the course begins anew.
        again: after one of these only the first `given` steps count any more.
        given: how many steps `again` leaves.
        calm: virtual nanoseconds after the last step in which none of them may come.
    """

    steps: tuple[Step, ...]
    model: str = ""
    unless: tuple[Step, ...] = ()
    again: tuple[Step, ...] = ()
    given: int = 0
    calm: int = 0

    def after(self, done: int, event: Event, sensors: frozenset[str]) -> int:
        """How many steps are done after a record of a machine with these sensors.

        Without calm, the end is kept.
        """

        def is_taken(step: Step) -> bool:
            return step(event, sensors) if isinstance(step, OfSensor) else step(event)

        if done == len(self.steps) and not self.calm:
            return done
        if any(map(is_taken, self.unless)):
            done = 0
        if any(map(is_taken, self.again)):
            done = min(done, self.given)
        return done + (done < len(self.steps) and is_taken(self.steps[done]))


@dataclass(frozen=True, slots=True)
class Seen:
    """Each of these courses was taken by a machine."""

    courses: tuple[Course, ...]

    def __and__(self, other: Seen) -> Seen:
        """The courses of both."""
        return Seen((*self.courses, *other.courses))


def seen(*steps: Step, model: str = "", **more: Any) -> Seen:  # noqa: ANN401 - as a Course takes it
    """One course, taken by any machine, or by one of this model."""
    return Seen((Course(steps, model, **more),))


def in_both(*steps: Step, **more: Any) -> Seen:  # noqa: ANN401 - as above
    """The same course, taken by a machine of each of the two usual models."""
    models = ("windows", "macos")
    return Seen(tuple(Course(steps, model, **more) for model in models))


@dataclass(frozen=True, slots=True)
class Shown:
    """The machines are as wanted, now.

    `holds` says whether, or how often. `after` is a deed that must have been done
    before in this visit. If `paused`, only machines that stand still are looked at.
    """

    holds: Callable[[Frames], int]
    after: Deed | None = None
    paused: bool = False


class Answer(Protocol):
    """The right answer to a question."""

    @property
    def form(self) -> str:
        """What is to be typed: "a time in seconds, such as 2.5 s"."""

    def judge(self, typed: str) -> str | None:
        """What is wrong, in a sentence; "" if it is right, None if it has no form."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `right` reads its answer off the machines.

    The answer is None while the machines do not show it: `before` says what has to
    happen first.
    """

    question: str
    right: Callable[[Frames], Answer | None]
    before: str


@dataclass(frozen=True, slots=True)
class Did:
    """The learner has done this, for machines of all these models.

    Only what is done while the machines are as `holds` says counts.
    """

    deed: Deed
    models: frozenset[str]
    holds: Callable[[Frames], bool]


@dataclass(frozen=True, slots=True)
class Checked:
    """Whoever checks a learner's files says that it was reached. No machine can."""


Aim: TypeAlias = Seen | Shown | Asked | Did | Checked


@dataclass(frozen=True, slots=True)
class Goal:
    """What to try.

    Attributes:
        name: what it is called in the file of progress. It never changes.
        words: a request, without a full stop. It names no key: interfaces differ.
        hint: how to begin, in a few sentences.
        aim: what shows that it was reached.
    """

    name: str
    words: str
    hint: str
    aim: Aim


@dataclass(frozen=True, slots=True)
class GoalList:
    """The goals of a lab in their order, and what was learned, in three sentences."""

    goals: tuple[Goal, ...] = ()
    learned: str = ""


NO_GOAL_LIST: Final = GoalList()
