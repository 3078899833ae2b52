"""Which goals of a lab were reached: found in the newest frames, record by record.

A goal that was reached stays reached, also if the learner goes back in time. Only the
courses of records (`goals.Course`) begin anew then: the later records are void.

Mistakes are goals that nobody wants. They can be reached again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import is_
from typing import Final

from minios.lab.events import Event
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.goals.aims import (
    Aim,
    Asked,
    Course,
    Deed,
    Did,
    Frames,
    Goal,
    GoalList,
    Seen,
    Shown,
)

_TOGETHER: Final = 1000  # virtual ns by which machines in step may differ


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an answer."""

    is_right: bool
    words: str


class GoalKeeper:
    """The goals of one lab in use.

    Args:
        goal_list: the goals.
        models: the model of each machine.
        reached: the names of the goals that were reached in earlier visits.
        again: whether a goal can be reached again. What has reached it once does not
            count any more then: records, a line that was typed, a state until it ends.
    """

    def __init__(
        self,
        goal_list: GoalList,
        models: Sequence[str],
        reached: Iterable[str] = (),
        *,
        again: bool = False,
    ) -> None:
        self.goal_list: Final = goal_list
        self._reached = set(reached)
        self._again = again
        self._held: Mapping[Shown, int] = {}  # how often each held at the latest look
        self._holds: Mapping[Shown, int] = {}
        self._deeds: set[Deed] = set()
        self._frames: Frames = ()
        self._stands = False
        self._models = models
        self._machines = [_Machine(_courses(goal_list, model)) for model in models]

    # ---- What was reached.

    def has(self, goal: Goal) -> bool:
        """Whether a goal was reached."""
        return goal.name in self._reached

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the goals that were reached, in the order of the lab."""
        return tuple(goal.name for goal in self.goal_list.goals if self.has(goal))

    @property
    def next(self) -> Goal | None:
        """The first goal that was not reached."""
        return next((it for it in self.goal_list.goals if not self.has(it)), None)

    @property
    def is_done(self) -> bool:
        """Whether there are goals, and all were reached."""
        return bool(self.goal_list.goals) and self.next is None

    # ---- Finding out.

    def look(self, conductor: Conductor) -> tuple[Goal, ...]:
        """The goals that the machines now show to be reached, for the first time."""
        frames, stands = conductor.frames, not (conductor.running or conductor.busy)
        if len(frames) < len(self._machines):
            return ()
        are_old = bool(self._frames) and all(map(is_, frames, self._frames))
        if are_old and stands is self._stands:
            return ()
        now = _common_time(frames)
        for machine, frame in zip(self._machines, frames, strict=True):
            machine.hear(frame, now)
        self._frames, self._stands = frames, stands
        back = self.did("went back", self._models) if conductor.ways_back else ()
        self._held, self._holds = self._holds, dict(self._counted())
        return (*back, *self._reach(self._is_met))

    def did(self, deed: Deed, models: Iterable[str] = ()) -> tuple[Goal, ...]:
        """The learner has done this, for machines of these models."""
        self._deeds.add(deed)
        found = frozenset(models)

        def is_met(aim: Aim) -> bool:
            return (
                isinstance(aim, Did)
                and aim.deed == deed
                and aim.models <= found
                and aim.holds(self._frames)
            )

        return self._reach(is_met)

    def reach(self, goal: Goal) -> tuple[Goal, ...]:
        """It was checked elsewhere that a goal is reached; it, if that is new."""
        return self._reach(lambda aim: aim is goal.aim)

    def wanted(self, goal: Goal, frames: Frames) -> str:
        """What is to be typed as an answer, or what has to happen first."""
        aim = goal.aim
        assert isinstance(aim, Asked)
        right = aim.right(frames)
        if right is None:
            return f"This cannot be answered yet. {aim.before}"
        return f"Please type {right.form}."

    def answer(self, goal: Goal, typed: str, frames: Frames) -> Verdict:
        """Compare what was typed with what the machines show."""
        aim = goal.aim
        assert isinstance(aim, Asked)
        right = aim.right(frames)
        wrong = None if right is None else right.judge(typed)
        if wrong is None:
            return Verdict(False, self.wanted(goal, frames))
        if wrong:
            return Verdict(False, f"{wrong} {goal.hint}")
        self._reached.add(goal.name)
        return Verdict(True, "That is right.")

    def _is_met(self, aim: Aim) -> bool:
        match aim:
            case Seen():
                return all(map(self._was_taken, aim.courses))
            case Shown():
                return self._holds[aim] > self._held.get(aim, 0)
        return False

    def _counted(self) -> Iterator[tuple[Shown, int]]:
        """How often each state that is still wanted holds now."""
        for goal in self.goal_list.goals:
            aim = goal.aim
            if isinstance(aim, Shown) and not self.has(goal):
                may_be = aim.after is None or aim.after in self._deeds
                stands = self._stands or not aim.paused
                yield aim, aim.holds(self._frames) if may_be and stands else 0

    def _was_taken(self, course: Course) -> bool:
        return any(machine.has_taken(course) for machine in self._machines)

    def _reach(self, is_met: Callable[[Aim], bool]) -> tuple[Goal, ...]:
        goals = self.goal_list.goals
        found = tuple(it for it in goals if not self.has(it) and is_met(it.aim))
        if not self._again:
            self._reached.update(goal.name for goal in found)
            return found
        aims = (goal.aim for goal in found)
        for course in (
            it for aim in aims if isinstance(aim, Seen) for it in aim.courses
        ):
            for machine in self._machines:
                machine.forget(course)
        return found


def _common_time(frames: Frames) -> int:
    """Up to when the records count.

    A machine that runs ahead of another one may have to come back, if that one stops.
    """
    on = [frame.t for frame in frames if not frame.status.off]
    return min(on, default=max(frame.t for frame in frames)) + _TOGETHER


def _courses(goal_list: GoalList, model: str) -> list[Course]:
    """All courses that a machine of this model can take."""
    courses = (it for goal in goal_list.goals for it in _courses_of(goal.aim))
    return [it for it in courses if it.model in ("", model)]


def _courses_of(aim: Aim) -> tuple[Course, ...]:
    return aim.courses if isinstance(aim, Seen) else ()


class _Machine:
    """What one machine has recorded, heard once, on all courses that it can take."""

    def __init__(self, courses: Iterable[Course]) -> None:
        self._walks = {course: _Walk() for course in courses}
        self._past = 0
        self._heard = 0
        self._now = 0

    def hear(self, frame: Frame, until: int) -> None:
        """Hear the new records up to a time; all, if the machine has gone back."""
        if frame.past != self._past:
            for walk in self._walks.values():
                walk.go_back(frame.t)
            self._heard = 0
        log = frame.log
        new = log[max(0, len(log) - (log.total - self._heard)) :]
        due = list(takewhile(lambda event: event.t <= until, new))
        for event in due:
            for course, walk in self._walks.items():
                walk.hear(course, event, frame.status.sensors)
        self._heard = log.total - len(new) + len(due)
        self._past, self._now = frame.past, min(frame.t, until)

    def forget(self, course: Course) -> None:
        """What it has recorded so far is no longer a part of a course."""
        if course in self._walks:
            self._walks[course] = _Walk(since=self._now)

    def has_taken(self, course: Course) -> bool:
        """Whether it has come to the end of a course."""
        walk = self._walks.get(course)
        return (
            walk is not None
            and walk.done == len(course.steps)
            and self._now - walk.at >= course.calm
        )


@dataclass(slots=True)
class _Walk:
    """How far a machine has come on a course, and when it took the latest step.

    Records up to `since` do not count.
    """

    done: int = 0
    at: int = 0
    since: int = -1

    def go_back(self, t: int) -> None:
        self.done, self.at, self.since = 0, 0, min(self.since, t)

    def hear(self, course: Course, event: Event, sensors: frozenset[str]) -> None:
        if event.t <= self.since:
            return
        before, self.done = self.done, course.after(self.done, event, sensors)
        if self.done > before:
            self.at = event.t
