"""Every lesson is taken in plain mode, on a terminal on which one reads and types.

The steps are those of the solution. `Taking` does them, too, beside it: it knows how
long each of them takes, so this learner types the same at the same virtual times.

Deep: it takes every lesson, twice at the same time.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import singledispatchmethod
from pathlib import Path

import pytest

from minios.session.goals.aims import Asked
from minios.session.orders import StepUnit
from minios.session.stopping import POWER, VENDOR
from minios.testing.scenarios import steps
from minios.testing.scenarios.sources import Sources
from minios.testing.scenarios.steps import Step
from minios.tutor import attempts, packs
from minios.tutor.model import Lesson
from minios.tutor.taking import Taking, taken
from tests.tui.pty_app import PtyApp

pytestmark = pytest.mark.posix
_QUESTION = re.compile(rb"[?:)] \Z")
_ROW = re.compile(r"^(\d+|[a-z])\. (.*)$", re.MULTILINE)
_KEYS = {"enter": "1", "backspace": "2", "F8": "4"}
_MODES = {
    "safe": "start in safe mode",
    "recovery": "start the recovery",
    "last good": "start with the last good",
}
_UNITS: tuple[StepUnit, ...] = ("instruction", "line", "crossing", "event")
_PAUSES = 5000  # ms of virtual time in which a place is reached


class Process(PtyApp):
    """`minios learn --plain` on a terminal, and what it has printed so far."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            *("-m", "minios", "learn", "--plain", "--language", "en"), home=home
        )
        self.text = ""

    def read(self) -> str:
        """Everything up to the next question: it has no end of line behind it."""
        begun = len(self.seen)
        while not _QUESTION.search(self.seen, begun):
            assert self._read(), f"it has ended: {self.seen[-2000:]!r}"
        said = self.seen[begun:].decode().replace("\r\n", "\n")
        self.text += said
        return said

    def write(self, line: str) -> None:
        """Type a line."""
        self.press(f"{line}\n")

    def type(self, line: str) -> str:
        """Type a line, and read what it says."""
        self.write(line)
        return self.read()


class Learner:
    """Somebody who takes one lesson after the other at a process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lesson: Lesson
        self.now = 0  # virtual ns
        self.done: set[str] = set()
        self.numbers: dict[str, str] = {}
        self.taking: Taking

    def take(self, lesson: Lesson, beside: Taking) -> None:
        """Take a lesson that has just been opened."""
        self.lesson, self.taking = lesson, beside
        self.now, self.done = 0, set()
        begun = len(self.process.text)
        self.read_text()
        rows = _ROW.findall(self.process.type("?"))
        self.numbers = {words: number for number, words in rows}
        self.wait()
        _, placed = attempts.read(lesson.solution / attempts.STEPS_NAME)
        for it in placed:
            beside.take((it,))
            self.do(it.step)
            self.finish()
            self.wait()
        said = self.process.text[begun:]
        assert "You have passed this lesson." in said, f"{lesson.name}: {said}"

    def read_text(self) -> None:
        """Read the text of the lesson to its end."""
        said = self.process.read()
        while not said.endswith("Choice? "):
            said = self.process.type("")

    def finish(self) -> None:
        """Decline what is asked, until the next choice."""
        for _ in range(5):
            if self.process.text.endswith("Choice? "):
                return
            self.process.type("0")
        raise AssertionError(self.process.text[-2000:])

    def choose(self, words: str, *answers: str) -> str:
        """Make a choice by its first words, and answer what it asks."""
        number = next(n for it, n in self.numbers.items() if it.startswith(words))
        said = self.process.type(number)
        for answer in answers:
            said += self.process.type(answer)
        return said

    def wait(self) -> None:
        """Go on to where the other one is."""
        left = self.taking.conductor.now - self.now
        if left > 0:
            self.choose("go on for a time", f"{left / 1e6:.6f} ms")
        self.now = max(self.now, self.taking.conductor.now)

    def ask_time(self) -> None:
        """Hear what time it is: a typed line takes as long as its answer."""
        said = self.choose("how the machines are")
        found = re.search(r"It is ([0-9.]+) s\.", said)
        assert found, said
        self.now = round(float(found[1]) * 1e9)

    def which(self, step: Step) -> Iterator[tuple[str, ...]]:
        """The answer to "Which machine?", for each machine of a step."""
        for world in self.taking.worlds(step):
            yield (str(world + 1),) if len(self.lesson.machines) > 1 else ()

    # ---- The verbs.

    @singledispatchmethod
    def do(self, step: Step) -> None:
        """What a learner does for a step."""
        raise AssertionError(f"{self.lesson.name}: plain mode has no way to {step}")

    @do.register
    def _(self, step: steps.Push) -> None:
        assert isinstance(step.push, str)
        own = step.push.removeprefix("submission/")
        file = (
            step.push if own == step.push else str(self.taking.visit.work.folder / own)
        )
        if step.on is None or len(self.lesson.machines) == 1:
            self.choose("push", file, "1")
        else:
            (machine,) = self.which(step)
            self.choose("push", file, "3", *machine)

    @do.register
    def _(self, step: steps.Type) -> None:
        for machine in self.which(step):
            for line in step.type.removesuffix("\r").split("\r"):
                self.choose("type a line", *machine, line)
                self.ask_time()

    @do.register
    def _(self, step: steps.Press) -> None:
        for machine in self.which(step):
            for _ in range(step.times):
                self.choose("press a key", *machine, _KEYS[step.press])
                self.ask_time()

    @do.register
    def _(self, step: steps.Reset) -> None:
        self._power(step, "press the reset button")

    @do.register
    def _(self, step: steps.CutPower) -> None:
        self._power(step, "cut the power")

    @do.register
    def _(self, step: attempts.BootInto) -> None:
        self._power(step, _MODES[step.boot_into])

    def _power(self, step: Step, words: str) -> None:
        at = next(n for n, it in enumerate(POWER, 1) if it[0].startswith(words))
        for machine in self.which(step):
            self.choose("reset", *machine, str(at))

    @do.register(steps.Withdraw)
    @do.register(steps.OfferFix)
    def _(self, step: Step) -> None:
        words = "withdraw" if isinstance(step, steps.Withdraw) else "offer a fix"
        at = next(n for n, it in enumerate(VENDOR, 1) if it[0].startswith(words))
        self.choose("be the vendor", str(at))

    @do.register(steps.Advance)
    @do.register(steps.WaitFor)
    def _(self, _step: Step) -> None:
        """Time goes on, to where the other one is."""

    @do.register
    def _(self, step: attempts.GiveAnswer) -> None:
        asking = [it for it in self.lesson.tasks if isinstance(it.goal.aim, Asked)]
        left = [it.name for it in asking if it.name not in self.done]
        which = (str(left.index(step.answer) + 1),) if len(left) > 1 else ()
        said = self.choose("answer the question", *which, step.say)
        assert "That is right." in said, f"{self.lesson.name}: {said}"
        self.done.add(step.answer)

    @do.register
    def _(self, _step: attempts.AskWhy) -> None:
        self.choose("why")

    @do.register
    def _(self, _step: attempts.GoBack) -> None:
        self.now = self.taking.conductor.now
        self.choose("go back", f"{self.now / 1e6:.6f} ms")

    @do.register
    def _(self, step: attempts.PauseAt) -> None:
        self.choose("pause at", step.pause_at)
        said = self.choose("go on for a time", str(_PAUSES))
        assert "Paused: " in said, f"{self.lesson.name}: {said}"
        self.now = self.taking.conductor.now
        self.choose("pause at", step.pause_at)  # once more: it pauses there no longer

    @do.register
    def _(self, step: attempts.Walk) -> None:
        (machine, *_) = self.which(step)
        at = _UNITS.index(step.walk) + 1
        for _ in range(step.times):
            self.choose("step one machine", *machine, str(at))
        self.now = self.taking.conductor.now

    @do.register
    def _(self, _step: attempts.SlowPass) -> None:
        self.choose("slow pass", "2")
        self.now = self.taking.conductor.now

    @do.register
    def _(self, step: attempts.Take) -> None:
        found = re.findall(r"files for this lesson are in (.*?): ", self.process.text)
        source = Sources(self.lesson.folder).path(step.take)
        shutil.copytree(source, found[-1], dirs_exist_ok=True)
        self.choose("check your files")


@pytest.mark.deep
def test_every_lesson_is_passed_from_the_first_start_to_the_last(
    tmp_path: Path,
) -> None:
    """One process, one learner, no other help than the text on the terminal."""
    lessons = packs.shipped("en").lessons
    with Process(tmp_path) as process:
        learner = Learner(process)
        for lesson in lessons:
            with taken(lesson) as beside:
                learner.take(lesson, beside)
            if lesson is not lessons[-1]:
                process.write("n")

        assert process.type("n").count("you have passed all of them") == 1
        assert process.type("0").startswith("0\nLeave? "), process.text[-200:]
        process.write("")
        assert process.end() == 0
    kept = json.loads((tmp_path / "minios" / "lessons.json").read_text())
    assert {key for key, it in kept.items() if it["passed"]} == {
        it.key for it in lessons
    }
