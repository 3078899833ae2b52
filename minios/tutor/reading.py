"""Read a lesson from its folder. A mistake is reported with its line.

The folder may come from anybody. Its size is bounded, no path leads out of it, and
nothing in it is executed here. Reading it only looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from minios.lab import content_files, own_plugins
from minios.lab.setup import Setup
from minios.session.catalogue import LabCard
from minios.session.goals import aims
from minios.session.goals.aims import Goal, GoalList
from minios.testing.budgets import Budget
from minios.testing.loans import Labs
from minios.testing.plugins import PluginBuilder
from minios.testing.scenarios import setups
from minios.testing.scenarios.base import Span
from minios.testing.scenarios.checking import Checker
from minios.testing.scenarios.model import Machine
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.sources import Sources
from minios.testing.stock import of_process
from minios.tutor import languages, model, texts
from minios.tutor.aiming import Aiming
from minios.tutor.model import (
    AIMS,
    FILE_NAME,
    TEXT_NAME,
    Aim,
    Exercise,
    Head,
    Lesson,
    Mistake,
    Release,
    Task,
    TaskCard,
    WrongAttempt,
)

_TASK: Final = frozenset((*Task.__struct_fields__, *Aim.__struct_fields__))
_MISTAKE: Final = frozenset((*Mistake.__struct_fields__, *Aim.__struct_fields__))


def read(folder: Path, pack: str = "minios", language: str = "en") -> Lesson:
    """The lesson in a folder, in this language as far as it was translated.

    Raises LessonError or ScenarioFileError, with the file and the line.
    """
    path = folder / FILE_NAME
    text, table = texts.read_table(path)
    texts.require_acts(path, text)
    lesson = _Reader(path, text).lesson(table, folder, pack)
    return languages.translated(lesson, language)


class _Reader(Aiming):
    def lesson(self, table: dict[str, Any], folder: Path, pack: str) -> Lesson:
        head = self.table(Head, table, ())
        machines = dict(self.machines(head.machines, Sources(folder)))
        tasks = tuple(
            self.task(it, ("tasks", number), machines, folder)
            for number, it in enumerate(head.tasks)
        )
        self.require_different([it.name for it in tasks])
        shipped = {it: it for it in content_files.shipped()}
        self.known(head.suggested, shipped, "shipped content file", ("suggested",))
        goals = GoalList(tuple(it.goal for it in tasks), head.learned)
        card = LabCard(
            f"{pack}-{folder.name}",
            head.title,
            head.about,
            head.minutes,
            tuple(machines.values()),
            head.suggested,
            waits=head.waits,
            goal_list=goals,
        )
        return Lesson(
            folder.name,
            pack,
            folder,
            head.title,
            head.about,
            head.minutes,
            head.learned,
            texts.read_prose(folder / TEXT_NAME),
            languages.ENGLISH,
            tuple(machines),
            card,
            tasks,
        )

    def require_different(self, names: Sequence[str]) -> None:
        for number, name in enumerate(names):
            if name in names[:number]:
                what = f"there are two tasks {name!r}"
                advice = "Give each task a name of its own"
                raise self.refuse(("tasks", number, "name"), what, advice)

    def machines(
        self, given: Mapping[str, Any], sources: Sources
    ) -> Iterator[tuple[str, Setup]]:
        check = Checker(self, sources, Span(0), tuple(given))
        labs = Labs(of_process(), Budget(), PluginBuilder(None))
        for name, value in given.items():
            place: Place = ("machines", name)
            machine = self.table(Machine, value, place)
            check.machine(name, machine, place)
            if machine.recording is not None:
                what = "a machine of a lesson is not made from a recording"
                raise self.refuse(place, what, "Leave the recording out")
            self.require_shipped(machine.plugins, (*place, "plugins"))
            with self.told(place):
                yield name, setups.of(name, machine, sources, labs)

    def require_shipped(self, plugins: Sequence[str], place: Place) -> None:
        """Refuse plugins that would have to be built before anybody can read."""
        for number, plugin in enumerate(plugins):
            shipped = {it: it for it in own_plugins.shipped()}
            self.known(plugin, shipped, "shipped plugin", (*place, number))

    # ---- Tasks.

    def task(
        self, value: object, place: Place, machines: Mapping[str, Setup], folder: Path
    ) -> TaskCard:
        given = self.plain(dict[str, Any], value, place)
        mine = {key: it for key, it in given.items() if key in Task.__struct_fields__}
        task = self.table(Task, mine, place)
        rest = {key: it for key, it in given.items() if key not in mine}
        _, aim = self.one_of("aim", AIMS, rest, place, _TASK)
        work: Path | Release | Exercise | None = None
        if isinstance(aim, model.Work):
            with self.told((*place, "work")):
                work = Sources(folder).path(aim.work)
        elif isinstance(aim, model.Released):
            work = self.release(aim, place)
        elif isinstance(aim, model.Verified):
            work = self.exercise(aim, place)
        if isinstance(aim, model.Answered) != bool(task.question):
            what = "a task has a question if it has an answer, and only then"
            raise self.refuse(place, what, 'Write question = "..." and answer = {...}')
        options: tuple[str, ...] = ()
        if isinstance(aim, model.Answered):
            right = self.right(aim.answer, (*place, "answer"))
            options = tuple(right.options)
        goal = Goal(
            task.name,
            task.ask.rstrip("."),
            task.hints[0],
            self.aim(aim, task.question, place, machines),
        )
        mistakes = tuple(
            self.mistake(it, (*place, "mistakes", number), goal, machines)
            for number, it in enumerate(task.mistakes)
        )
        return TaskCard(goal, tuple(task.hints), mistakes, options, work)

    def mistake(
        self, value: object, place: Place, goal: Goal, machines: Mapping[str, Setup]
    ) -> WrongAttempt:
        given = self.plain(dict[str, Any], value, place)
        fields = Mistake.__struct_fields__
        mine = {key: it for key, it in given.items() if key in fields}
        said = self.table(Mistake, mine, place)
        rest = {key: it for key, it in given.items() if key not in mine}
        _, aim = self.one_of("aim", AIMS, rest, place, _MISTAKE)
        name = f"{goal.name} {place[-1]}"
        if isinstance(aim, model.Answered):
            typed = str(aim.answer)
            return WrongAttempt(Goal(name, said.say, "", aims.Checked()), typed)
        if isinstance(aim, model.Work | model.Released | model.Verified):
            what = "what is wrong with a file is said by what checks it"
            advice = 'Write message = "..." or say = "..." there'
            raise self.refuse(place, what, advice)
        found = self.aim(aim, "", place, machines)
        return WrongAttempt(Goal(name, said.say, "", found))
