"""Each lesson that comes with minios, done by keys on a real terminal, to its end.

A process opens the interface on a terminal of 120 x 40, for somebody who has never
opened it before. The keys are those for the steps of `solution/steps.toml`. The process
also tells what its machines show (`telling.py`), which says only when to press the next
key.

Deep: eighteen lessons at a pace that a person can follow.
"""

from __future__ import annotations

import json
import os
import select
import shutil
from collections.abc import Callable
from functools import singledispatchmethod
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from minios.lab.conditions import RecordCondition
from minios.session.orders import BootInto
from minios.session.stopping import POWER
from minios.testing.scenarios import conditions, records, steps, waiting
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.steps import Step
from minios.tutor import attempts, packs
from minios.tutor.model import Lesson
from tests.tui.pty_app import PtyApp
from tests.tui.telling import Report

if TYPE_CHECKING:
    PipeOfReports = Connection[object, Report]

pytestmark = pytest.mark.posix
LESSONS = packs.shipped("en").lessons
_START = "import sys; from tests.tui import telling; sys.exit(telling.main())"
ENTER, ESCAPE, SWITCH, UP, DOWN, END = "\r", "\x1b", "\t", "\x1b[A", "\x1b[B", "\x1b[F"
NEXT_QUESTION, TO_WHICH = "\x1bOQ", "\x14"  # f2, ctrl+t
UNITS = {"instruction": "n", "line": "l", "crossing": "x", "event": "e"}
PATIENCE = 2000  # reports
USUAL, WAITING = 5, 6  # the numbers of two paces: 1 s and 10 s a second
REACTION = 300_000_000  # virtual ns in which machines react
LONG = 3_000_000_000  # virtual ns after which a learner goes faster
FILTERS = 6


class Terminal(PtyApp):
    """minios on a terminal, and what it tells."""

    def __init__(self, home: Path, *arguments: str) -> None:
        from_it, end = os.pipe()
        self.pipe: PipeOfReports = Connection(from_it, writable=False)
        super().__init__(
            *("-c", _START, str(end), *arguments),
            home=home,
            handed_on=(end,),
        )
        os.close(end)

    def report(self) -> Report:
        """What it tells next."""
        while True:
            pipe = self.pipe.fileno()
            ready, _, _ = select.select([self._master, pipe], [], [], 60)
            assert ready, f"it says nothing more: {self.seen[-2000:]!r}"
            if self._master in ready:
                self.seen += os.read(self._master, 1 << 16)
            if pipe in ready:
                return self.pipe.recv()


class Learner:
    """Somebody at the keyboard of this terminal."""

    def __init__(self, app: Terminal, home: Path) -> None:
        self.app = app
        self.home = home
        self.lesson: Lesson
        self.now: Report
        self.heard: list[int] = []

    # ---- Looking and pressing.

    def until(self, holds: Callable[[Report], object], what: str) -> None:
        """Look on until this holds."""
        for _ in range(PATIENCE):
            self.look()
            if holds(self.now):
                return
        raise AssertionError(f"{self.lesson.name}: {what} never came: {self.shown}")

    def look(self) -> None:
        """Look once more."""
        self.now = self.app.report()
        while self.app.pipe.poll():
            self.now = self.app.pipe.recv()

    @property
    def shown(self) -> str:
        """What is seen now, without what the machines have recorded."""
        it = self.now
        words = f"{it.screen}/{it.focus} {it.lines} {it.line} {it.verdict!r} {it.done}"
        times = f"{it.now} {it.because} {it.chosen} {it.places} pace {it.pace}"
        ends = [(it.t, it.console[-200:], it.records[-1:]) for it in it.machines]
        return f"{words}\n{times}\n{ends}"

    def press(self, keys: str, holds: Callable[[Report], object]) -> None:
        """Type, and look on until this holds.

        What follows an escape key too soon would make another key of it.
        """
        escapes = self.now.escapes + (keys == ESCAPE)
        self.app.press(keys)
        self.until(
            lambda it: it.escapes >= escapes and holds(it), f"what {keys!r} does"
        )

    def opens(self, keys: str, screen: str, focus: str = "") -> None:
        """Type, and look on until this screen is open, and this has the keys."""
        self.press(
            keys, lambda it: it.screen == screen and (not focus or it.focus == focus)
        )

    def closes(self, keys: str) -> None:
        """Type, and look on until the lesson has the keys again."""
        self.opens(keys, "LessonScreen")

    def to_text(self) -> None:
        """Give the keys to the text."""
        while not self.now.reads:
            if self.now.focus == "GuestConsole":  # recovery may open one by itself
                self.press(ESCAPE, lambda it: it.focus != "GuestConsole")
            else:
                self.press(SWITCH, lambda it: it.reads or it.focus == "GuestConsole")

    def to_lab(self) -> None:
        """Pause, and give the keys to the lab.

        While time runs there, the recovery environment may take them.
        """
        self.to_text()
        if not self.now.stands:
            self.press(" ", lambda it: it.stands)
        self.press(SWITCH, lambda it: not it.reads and not it.focus)

    def choose(self, wanted: str | int) -> None:
        """Go down to a line of the list of a dialog."""
        self.until(lambda it: it.line >= 0, "a list")
        lines = self.now.lines
        at = wanted if isinstance(wanted, int) else list(lines).index(wanted)
        self.press(DOWN * (at - self.now.line), lambda it: it.line == at)

    def go_on(self) -> None:
        """Let time run, if it does not."""
        if self.now.stands:
            before = self.now.now
            self.press(" ", lambda it: not it.stands or it.now > before)

    def pace(self, number: int) -> None:
        """Let it run at this pace."""
        by = number - self.now.pace
        if by:
            key = "+" if by > 0 else "-"
            self.press(key * abs(by), lambda it: it.pace == number)

    # ---- Which machine.

    def worlds(self, step: Step) -> range:
        """The numbers of the machines that a step concerns."""
        machines = self.lesson.machines
        if step.on is None:
            return range(len(machines))
        return range(machines.index(step.on), machines.index(step.on) + 1)

    def machine(self, world: int) -> None:
        """Make it the active one."""
        if len(self.lesson.machines) > 1:
            self.app.press(str(world + 1))

    # ---- A lesson.

    def take(self, lesson: Lesson) -> None:
        """Take a lesson that has just been opened."""
        self.lesson = lesson
        begun = len(self.app.seen)
        self.until(
            lambda it: it.lesson == lesson.name and it.reads and it.machines, "a lesson"
        )
        _, placed = attempts.read(lesson.solution / attempts.STEPS_NAME)
        for it in placed:
            self.to_text()
            self.pace(USUAL)
            if not isinstance(it.step, steps.WaitFor):
                self.heard = [machine.heard for machine in self.now.machines]
            self.do(it.step)
        self.to_text()
        self.stand_still_if_need_be()
        missed = [it.name for it in lesson.tasks if it.name not in self.now.done]
        assert missed == [], f"{lesson.name}: {missed} {self.shown}"
        self.until(
            lambda _: b"All tasks are done." in self.app.seen[begun:],
            "the words that it is passed",
        )

    def stand_still_if_need_be(self) -> None:
        """A task may be to pause where the machines are. All others are done by now."""
        if len(self.now.done) < len(self.lesson.tasks):
            self.wait(REACTION)
            self.press(" ", lambda it: it.stands)

    @singledispatchmethod
    def do(self, step: Step) -> None:
        """Press the keys for a step."""
        raise AssertionError(f"{self.lesson.name}: no keys are known for {step}")

    @do.register
    def _(self, step: steps.Push) -> None:
        assert isinstance(step.push, str)
        self.opens("p", "PushScreen")
        if step.on is not None and len(self.lesson.machines) > 1:
            self.app.press(TO_WHICH * (self.worlds(step)[0] + 1))
        self.choose(step.push)
        self.closes(ENTER)

    @do.register
    def _(self, step: steps.Type) -> None:
        self.type(step, step.type)

    @do.register
    def _(self, step: steps.Press) -> None:
        self.type(step, KEYS[step.press] * step.times)

    def type(self, step: Step, text: str) -> None:
        """Type on the consoles of the machines."""
        for world in self.worlds(step):
            self.go_on()
            self.to_text()
            self.machine(world)
            self.press("c", lambda it: it.focus == "GuestConsole")
            self.app.press(text)
            self.to_text()
        self.wait(REACTION)

    @do.register
    def _(self, step: steps.Advance) -> None:
        self.wait(int(step.advance))

    def wait(self, time: int) -> None:
        """Let so much time of the machines go by."""
        end = self.now.now + time
        for _ in range(PATIENCE):
            if self.now.now >= end:
                return
            self.pace(WAITING if end - self.now.now > LONG else USUAL)
            self.go_on()
            self.look()
        raise AssertionError(f"{self.lesson.name}: time stands: {self.shown}")

    @do.register
    def _(self, step: steps.WaitFor) -> None:
        self.pace(WAITING if step.within > LONG * 4 else USUAL)
        for world in self.worlds(step):
            for _ in range(PATIENCE):
                if self.has_come(step.wait_for, world):
                    break
                self.go_on()
                self.look()
            else:
                words = waiting.in_words(step.wait_for)
                raise AssertionError(f"{self.lesson.name}: {words}: {self.shown}")

    def has_come(self, wanted: conditions.Condition, world: int) -> bool:
        """Whether what is waited for has happened."""
        machine = self.now.machines[world]
        if isinstance(wanted, conditions.ConsoleShows):
            return wanted.console in machine.console
        condition = waiting.condition(wanted)
        assert isinstance(condition, RecordCondition)
        first = machine.heard - len(machine.records)
        for at in range(max(0, self.heard[world] - first), len(machine.records)):
            if condition(machine.records[at]):
                self.heard[world] = first + at + 1
                return True
        return False

    @do.register
    def _(self, step: attempts.GiveAnswer) -> None:
        task = next(it for it in self.lesson.tasks if it.name == step.answer)
        self.opens("a", "AnswerScreen")
        for _ in self.lesson.tasks:
            if self.now.question == step.answer:
                break
            self.next_question()
        kind = "OptionList" if task.options else "Field"
        self.until(lambda it: it.focus == kind, f"the question {step.answer!r}")
        if task.options:
            self.choose("abcdefghi".index(step.say.strip().rstrip(".)")))
        else:
            said = self.now.times or step.say
            self.press(said, lambda it: it.typed == said)
        self.press(ENTER, lambda it: step.answer in it.done or it.verdict.strip())
        assert step.answer in self.now.done, f"{step}: {self.shown}"
        self.until(lambda it: it.screen == "LessonScreen", "the lesson")

    def next_question(self) -> None:
        """Go to another question."""
        asked = self.now.question
        self.press(NEXT_QUESTION, lambda it: it.question not in ("", asked))

    @do.register
    def _(self, _step: attempts.AskWhy) -> None:
        self.opens("w", "WhyScreen")
        self.closes(ESCAPE)

    @do.register
    def _(self, step: attempts.GoBack) -> None:
        self.find(records.KINDS[step.go_back].__name__)
        before = self.now.now
        self.press("b", lambda it: it.now < before or it.screen == "GoBackScreen")
        if self.now.screen == "GoBackScreen":
            lines = enumerate(self.now.lines)
            self.choose(next(n for n, it in lines if it.startswith("before this")))
            self.closes(ENTER)
        self.until(lambda it: it.stands and it.now < before, "the past")

    def find(self, kind: str) -> None:
        """Choose the latest record of this kind on the timeline."""
        for _ in range(FILTERS):
            self.press("t", lambda it: it.focus == "TimelineList")
            self.press(END, lambda it: it.cursor < 0)
            while self.now.cursor != 0:
                self.go_up()
                if self.now.chosen == kind:
                    return
            self.press(ESCAPE, lambda it: it.focus != "TimelineList")
            self.app.press("f")
        raise AssertionError(f"{self.lesson.name}: no {kind} on the timeline")

    def go_up(self) -> None:
        """Choose the record before."""
        cursor = self.now.cursor
        self.press(UP, lambda it: it.cursor != cursor)

    @do.register
    def _(self, step: attempts.PauseAt) -> None:
        self.opens("o", "BreakScreen", "PlaceField")
        self.press(step.pause_at, lambda it: it.typed == step.pause_at)
        self.press(ENTER, lambda it: not it.typed)
        assert not self.now.verdict, self.shown
        self.closes(ESCAPE)
        self.go_on()
        self.until(lambda it: it.stands, step.pause_at)
        self.opens("o", "BreakScreen", "PlaceField")
        self.choose(f"[x] at {step.pause_at}")
        self.press(" ", lambda it: f"[ ] at {step.pause_at}" in it.lines)
        self.closes(ESCAPE)

    @do.register
    def _(self, step: attempts.Walk) -> None:
        self.to_lab()
        self.machine(self.worlds(step)[0])
        for _ in range(step.times):
            self.go_ahead(UNITS[step.walk])

    def go_ahead(self, key: str) -> None:
        """Type, and look on until time has gone on, and stands again."""
        before = self.now.now
        self.press(key, lambda it: it.stands and it.now > before)

    @do.register
    def _(self, _step: attempts.SlowPass) -> None:
        self.to_lab()
        self.opens("s", "SlowPassScreen")
        self.press("n" * 80, lambda it: it.is_over)
        self.closes(ESCAPE)
        self.until(lambda it: it.stands, "one moment for all")

    @do.register
    def _(self, step: attempts.BootInto) -> None:
        wanted = BootInto(step.boot_into)
        at = next(n for n, (_, order) in enumerate(POWER) if order == wanted)
        for world in self.worlds(step):
            self.to_lab()
            self.machine(world)
            self.opens("r", "PowerScreen")
            self.choose(at)
            self.closes(ENTER)
        self.wait(REACTION)

    @do.register
    def _(self, step: attempts.Take) -> None:
        (folder,) = self.home.glob(f"**/{self.lesson.name}")
        shutil.copytree(self.lesson.folder / step.take, folder, dirs_exist_ok=True)
        wanted = {it.name for it in self.lesson.tasks if it.work is not None}
        self.until(lambda it: wanted <= set(it.done), "the end of the check")


@pytest.mark.deep
def test_the_first_lesson_is_done_by_keys(tmp_path: Path) -> None:
    """From the first line of the first screen."""
    first = LESSONS[0]
    with Terminal(tmp_path) as app:
        app.wait_for(first.title)
        app.press(ENTER)
        Learner(app, tmp_path).take(first)

    assert passed(tmp_path) == {first.key}


@pytest.mark.deep
def test_every_lesson_is_passed_from_the_first_start_to_the_last(
    tmp_path: Path,
) -> None:
    """One process, and one learner, who is told at the end that this was all."""
    with Terminal(tmp_path) as app:
        app.wait_for(LESSONS[0].title)
        app.press(ENTER)
        learner = Learner(app, tmp_path)
        for lesson in LESSONS:
            learner.take(lesson)
            app.press("n")
        app.wait_for("This was the last lesson.")
        app.press("\x11")

        assert app.end() == 0
        assert app.is_restored()
    assert passed(tmp_path) == {it.key for it in LESSONS}


def passed(home: Path) -> set[str]:
    """The lessons that were passed, as the file of this learner says."""
    kept = json.loads((home / "minios" / "lessons.json").read_text())
    return {key for key, it in kept.items() if it["passed"]}
