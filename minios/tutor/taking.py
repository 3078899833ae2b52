"""Take a lesson as an attempt says: the same orders and checks, no interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import singledispatchmethod
from pathlib import Path
from typing import Final

from minios import host_files
from minios.errors import MiniosError
from minios.lab import fixes
from minios.lab.conditions import RecordCondition
from minios.lab.inputs import (
    CutPower,
    Input,
    OfferFix,
    PressReset,
    Publish,
    Push,
    SetOptions,
    Type,
    Withdraw,
)
from minios.session.conductor import Conductor
from minios.session.goals.aims import Asked
from minios.session.orders import BootInto
from minios.session.slow_pass.steps import MOST_STEPS
from minios.session.worker import InlinePlayer
from minios.testing.scenarios import conditions, records, steps, waiting
from minios.testing.scenarios.base import DEFAULT_WITHIN, LONGEST_BUDGET
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.model import PlacedStep
from minios.testing.scenarios.sources import Sources
from minios.testing.scenarios.steps import Step
from minios.testing.submission import Submission
from minios.tutor import attempts, showing
from minios.tutor.errors import LessonError
from minios.tutor.model import Lesson
from minios.tutor.progress import Progress
from minios.tutor.visit import Said, Tone, Visit

_MOMENT: Final = 100_000_000  # virtual ns between two looks
_LONGEST: Final = int(LONGEST_BUDGET)  # virtual ns of a whole attempt
_AFTER: Final = 300_000_000  # virtual ns after a step, so that the machines react


class Taking:
    """Somebody who takes a lesson.

    Attributes:
        said: what was told so far.
    """

    def __init__(self, lesson: Lesson, data: Path) -> None:
        self.lesson: Final = lesson
        self.visit: Final = Visit(lesson, Progress(None), data)
        self.said: list[Said] = []
        # machine -> its records before this act
        self._heard = dict.fromkeys(range(len(lesson.machines)), 0)
        self.conductor: Final = Conductor(
            [InlinePlayer(setup) for setup in lesson.card.machines]
        )
        self.run_for(_AFTER)

    def close(self) -> None:
        """Free the machines."""
        self.conductor.close()

    def look(self) -> None:
        """What an interface does after everything that happens."""
        self.said += self.visit.look(self.conductor)

    def run_for(self, time: int) -> None:
        """For so many virtual nanoseconds, in short pieces."""
        end = self.conductor.now + time
        if end > _LONGEST:
            raise LessonError("an attempt may take an hour of the machines' time")
        while self.conductor.now < end:
            before = self.conductor.now
            self.conductor.run_to(min(end, before + _MOMENT))
            self.look()
            if self.conductor.now == before:  # all are off
                return

    def take(self, placed: tuple[PlacedStep, ...]) -> None:
        """Do these steps. Raises LessonError, with the line, for one that cannot be."""
        for it in placed:
            if not isinstance(it.step, steps.WaitFor):
                frames = enumerate(self.conductor.frames)
                self._heard = {number: frame.log.total for number, frame in frames}
            try:
                self.do(it.step)
                self.look()
            except MiniosError as error:
                raise LessonError(
                    error.what, where=f"line {it.line}", advice=error.advice
                ) from error

    # ---- Which machine.

    def worlds(self, step: Step) -> range:
        """The numbers of the machines that a step concerns."""
        if step.on is None:
            return range(len(self.lesson.machines))
        if step.on not in self.lesson.machines:
            raise LessonError(f"the lesson has no machine {step.on!r}")
        number = self.lesson.machines.index(step.on)
        return range(number, number + 1)

    def give(self, step: Step, given: Input | BootInto) -> None:
        """Give this to the machines of a step, and see what they make of it."""
        for world in self.worlds(step):
            self.conductor.send(given, world)
        self.run_for(_AFTER)

    @property
    def sources(self) -> Sources:
        """Where the names of files are looked for."""
        folder = self.visit.work.folder
        handed_in = Submission(folder) if folder.is_dir() else None
        return Sources(self.lesson.folder, handed_in)

    # ---- The verbs.

    @singledispatchmethod
    def do(self, step: Step) -> None:
        """Do one step."""
        raise NotImplementedError(step)

    @do.register
    def _(self, step: steps.Push) -> None:
        self.give(step, Push(self.sources.content(step.push)))

    @do.register
    def _(self, step: steps.Publish) -> None:
        self.give(step, Publish(self.sources.content(step.publish)))

    @do.register
    def _(self, step: steps.Withdraw) -> None:
        self.give(step, Withdraw())

    @do.register
    def _(self, step: steps.OfferFix) -> None:
        if step.offer_fix not in fixes.shipped():
            known = ", ".join(fixes.shipped())
            raise LessonError(
                f"there is no fix {step.offer_fix!r}", advice=f"There are: {known}"
            )
        self.give(step, OfferFix(step.offer_fix))

    @do.register
    def _(self, step: steps.Type) -> None:
        self.give(step, Type(step.type))

    @do.register
    def _(self, step: steps.Press) -> None:
        self.give(step, Type(KEYS[step.press] * step.times))

    @do.register
    def _(self, step: steps.CutPower) -> None:
        self.give(step, CutPower(step.kept_sectors))

    @do.register
    def _(self, step: steps.Reset) -> None:
        self.give(step, PressReset())

    @do.register
    def _(self, step: steps.SetOption) -> None:
        self.give(step, SetOptions({it: str(v) for it, v in step.set_option.items()}))

    @do.register
    def _(self, step: attempts.BootInto) -> None:
        self.give(step, BootInto(step.boot_into))

    @do.register
    def _(self, step: steps.Advance) -> None:
        self.run_for(int(step.advance))

    @do.register
    def _(self, step: steps.WaitFor) -> None:
        wanted = step.wait_for
        for world in self.worlds(step):
            if isinstance(wanted, conditions.ConsoleShows | conditions.ScreenShows):
                self._until_shown(world, wanted, int(step.within))
            else:
                self._until_seen(world, wanted, int(step.within))

    def _until_seen(
        self, world: int, wanted: conditions.Condition, within: int
    ) -> None:
        condition = waiting.condition(wanted)
        if not isinstance(condition, RecordCondition):
            raise LessonError("an attempt can wait for events, and for what is shown")
        end = self.conductor.now + within
        while self.conductor.now < end:
            log = self.conductor.frames[world].log
            for at in range(
                max(0, len(log) - log.total + self._heard[world]), len(log)
            ):
                if condition(log[at]):
                    self._heard[world] = log.total - len(log) + at + 1
                    return
            self.run_for(_MOMENT)
        raise LessonError(f"{waiting.in_words(wanted)} did not come in time")

    def _until_shown(
        self,
        world: int,
        wanted: conditions.ConsoleShows | conditions.ScreenShows,
        within: int,
    ) -> None:
        end = self.conductor.now + within
        while self.conductor.now < end:
            if showing.shows(showing.claim_of(wanted), self.conductor.frames[world]):
                return
            self.run_for(_MOMENT)
        raise LessonError(f"{waiting.in_words(wanted)} did not come in time")

    @do.register
    def _(self, step: attempts.GiveAnswer) -> None:
        task = next((it for it in self.lesson.tasks if it.name == step.answer), None)
        if task is None or not isinstance(task.goal.aim, Asked):
            raise LessonError(f"the lesson has no question {step.answer!r}")
        judged = self.visit.answer(task, step.say, self.conductor)
        self.said += judged.said
        if not judged.is_right:
            self.said.append(Said(Tone.MISTAKE, judged.words, task.name))

    @do.register
    def _(self, step: attempts.AskWhy) -> None:
        models = [self.lesson.card.worlds[it] for it in self.worlds(step)]
        self.said += self.visit.did("asked why", models)

    @do.register
    def _(self, step: attempts.GoBack) -> None:
        kind = records.KINDS[step.go_back]
        for world in self.worlds(step)[:1]:
            found = [
                it for it in self.conductor.frames[world].log if isinstance(it, kind)
            ]
            if not found:
                raise LessonError(f"there is no record {step.go_back!r} to go back to")
            self.conductor.go_back_before(found[-1].t)

    @do.register
    def _(self, step: attempts.PauseAt) -> None:
        self.conductor.places = (step.pause_at,)
        end = self.conductor.now + DEFAULT_WITHIN
        while not self.conductor.halt_at_stop() and self.conductor.now < end:
            self.conductor.run_to(self.conductor.now + _MOMENT)
        self.conductor.places = ()
        if not self.conductor.stopped_by:
            raise LessonError(f"no machine came to {step.pause_at}")

    @do.register
    def _(self, step: attempts.Walk) -> None:
        for _ in range(step.times):
            self.conductor.step(step.walk, self.worlds(step)[0])
            self.look()

    @do.register
    def _(self, _step: attempts.SlowPass) -> None:
        for _ in range(MOST_STEPS):
            self.conductor.slow_step()
            self.look()
        self.conductor.leave_slow_pass()

    @do.register
    def _(self, step: attempts.Take) -> None:
        self.visit.work.take(Sources(self.lesson.folder).path(step.take))
        self.said += self.visit.check()


@contextmanager
def taken(lesson: Lesson) -> Iterator[Taking]:
    """A lesson at its start, in a folder of its own."""
    with host_files.temporary_folder("lesson") as folder:
        taking = Taking(lesson, folder)
        try:
            yield taking
        finally:
            taking.close()
