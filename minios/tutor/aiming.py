"""What a task asks for, from its table to an aim as the goals of a lab have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from minios.lab import content_files
from minios.lab.conditions import RecordCondition
from minios.lab.setup import Setup
from minios.session.frames import GENERAL, SELECTORS
from minios.session.goals import aims, states
from minios.session.goals.aims import Course, Frames
from minios.testing.scenarios import claims, conditions, records, waiting
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.tables import Tables
from minios.tutor import model, named, rights, showing
from minios.tutor.model import Aim, Call, Right, Want
from minios.tutor.pipeline.switches import BY_NAME

_REGISTERS: Final = dict.fromkeys((*GENERAL, *SELECTORS, "rflags"))
_RIGHTS: Final = ("equals", "event", "address_of", "read", "register")


class Aiming(Tables):
    """Reads what tasks and mistakes ask for. Each method raises ScenarioFileError."""

    def aim(
        self, aim: Aim, question: str, place: Place, machines: Mapping[str, Setup]
    ) -> aims.Aim:
        """The aim as the goals of a lab have it."""
        for number, name in enumerate(aim.on or ()):
            self.known(name, machines, "machine", (*place, "on", number))
        models = [machines[it].model for it in aim.on or ()]
        if isinstance(aim, model.See):
            return self.seen(aim, models, place)
        if isinstance(aim, model.Answered):
            return self.asked(aim, question, place, machines)
        if isinstance(aim, model.Done):
            return aims.Did(aim.did, frozenset(models), lambda _: True)
        if isinstance(aim, model.Work | model.Released | model.Verified):
            return aims.Checked()
        return self.shown(aim, models, place)

    def shown(self, aim: Aim, models: Sequence[str], place: Place) -> aims.Shown:
        """The aim of a task with `shows`, `state`, `paused_at` or `typed`."""
        if isinstance(aim, model.Typed):
            return aims.Shown(_typed(aim.typed, models))
        if isinstance(aim, model.State):
            self.known(aim.state, named.STATES, "state", (*place, "state"))
            return aims.Shown(named.STATES[aim.state])
        if isinstance(aim, model.PausedAt):
            return aims.Shown(_paused_at(aim.paused_at, models), paused=True)
        assert isinstance(aim, model.Shows)
        claim = aim.shows
        is_on_disk = isinstance(claim, claims.ServiceIs) and claim.start is not None
        if is_on_disk or isinstance(claim, claims.FileIs):
            what = "what is on the disk is looked at in a scenario"
            raise self.refuse((*place, "shows"), what, "Use work = ...")
        return aims.Shown(_shown(aim.shows, models))

    def asked(
        self,
        aim: model.Answered,
        question: str,
        place: Place,
        machines: Mapping[str, Setup],
    ) -> aims.Asked:
        """The aim of a task with a question."""
        right = self.right(aim.answer, (*place, "answer"))
        names = aim.on or [next(iter(machines))]
        read = rights.of(
            right, [machines[it].model for it in names], machines[names[0]]
        )
        return aims.Asked(question, read, right.before)

    def seen(self, aim: model.See, models: Sequence[str], place: Place) -> aims.Seen:
        """The aim of a task with `see`."""
        steps = self.records(aim.see, (*place, "see"))
        unless = self.records(aim.unless, (*place, "unless"))
        return aims.Seen(
            tuple(
                Course(steps, it, unless=unless, calm=int(aim.calm))
                for it in models or [""]
            )
        )

    def records(
        self, given: Sequence[conditions.Simple], place: Place
    ) -> tuple[RecordCondition[Any], ...]:
        """Conditions that a single record can meet."""
        found = []
        for number, it in enumerate(given):
            condition = waiting.condition(it)
            if not isinstance(condition, RecordCondition):
                what = "only events can be seen here"
                advice = "For what a machine shows now, write shows = { screen = ... }"
                raise self.refuse((*place, number), what, advice)
            found.append(condition)
        return tuple(found)

    def right(self, value: object, place: Place) -> Right:
        """What says which answer is right."""
        right = self.table(Right, value, place)
        found = [it for it in _RIGHTS if getattr(right, it) is not None]
        if len(found) != 1 or (right.event is None) != (right.field is None):
            what = f"what is right is said by exactly one of: {', '.join(_RIGHTS)}"
            raise self.refuse(place, what, "event goes together with field")
        if right.register is not None:
            self.known(right.register, _REGISTERS, "register", (*place, "register"))
        if right.at is not None and right.register is None:
            what = "at says where a machine stands still when its register is read"
            raise self.refuse((*place, "at"), what, 'Write register = "rax" beside it')
        if right.options and right.equals not in right.options:
            what = "equals is none of the options"
            raise self.refuse(place, what, "Copy one of them, letter by letter")
        if right.read is not None:
            self.known(right.read, named.READS, "answer", (*place, "read"))
        if right.event is not None and right.field is not None:
            self.record_fields(right.event, {}, place)
            fields = records.fields_of(right.event)
            self.known(right.field, fields, "field", (*place, "field"))
        return right

    def release(self, aim: model.Released, place: Place) -> model.Release:
        """What must come of the learner's switches in the vendor's pipeline."""
        wants = []
        for number, it in enumerate(aim.wants):
            at: Place = (*place, "wants", number)
            want = self.table(Want, it, at)
            given = (want.only, want.most, want.crashed)
            if not want.needs and all(it is None for it in given):
                what = "a want names what has to be so"
                raise self.refuse(at, what, "Write crashed, most, only or needs")
            for name in (*(want.only or ()), *want.needs):
                self.known(name, BY_NAME, "switch", at)
            files = dict.fromkeys(content_files.shipped())
            self.known(want.file, files, "shipped content file", at)
            wants.append(want)
        return model.Release(aim.pipeline, tuple(wants))

    def exercise(self, aim: model.Verified, place: Place) -> model.Exercise:
        """How the learner's eBPF program is called, and what it must return."""
        calls = tuple(
            self.table(Call, it, (*place, "calls", number))
            for number, it in enumerate(aim.calls)
        )
        return model.Exercise(aim.program, calls)

    def known(self, name: str, known: Mapping[str, Any], what: str, at: Place) -> None:
        """Refuse a name that nobody knows."""
        if name not in known:
            advice = f"There are: {', '.join(known)}"
            raise self.refuse(at, f"there is no {what} {name!r}", advice)


def _shown(claim: claims.Claim, models: Sequence[str]) -> named.Holds:
    def holds(frames: Frames) -> bool:
        if not models:
            return any(showing.shows(claim, it) for it in frames)
        return all(showing.shows(claim, it) for it in frames if it.world in models)

    return holds


def _paused_at(place: str, models: Sequence[str]) -> named.Holds:
    def holds(frames: Frames) -> bool:
        return any(
            states.stands_in(it, place)
            for it in frames
            if not models or it.world in models
        )

    return holds


def _typed(line: str, models: Sequence[str]) -> named.Holds:
    def holds(frames: Frames) -> int:
        return sum(
            line == typed
            for frame in frames
            if not models or frame.world in models
            for _, typed in states.lines_typed(frame)
        )

    return holds
