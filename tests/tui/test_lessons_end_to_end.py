"""Each lesson that comes with minios, done by keys in the interface, to its end.

The steps are those of `solution/steps.toml`. What the machines do is read off them only
to know when to press the next key.
"""

from __future__ import annotations

import shutil
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from minios.lab.conditions import RecordCondition
from minios.session.orders import BootInto
from minios.session.stopping import POWER
from minios.session.worker import InlinePlayer
from minios.testing.scenarios import conditions, records, steps, waiting
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.model import PlacedStep
from minios.testing.scenarios.steps import Step
from minios.tui.app import MiniosApp
from minios.tui.screens.lesson import LessonScreen
from minios.tui.screens.lesson_dialogs import AnswerScreen
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.timeline_list import TimelineList
from minios.tutor import attempts, showing
from minios.tutor.learner import Learner
from tests.tui import virtual_time

NAMES = [it.name for it in Learner(None).lessons]
NAMED = {"\r": "enter", "\n": "enter", "\x1b": "escape", "\x7f": "backspace"}
PATIENCE = 4000  # twentieths of a second
FILTERS = 6


class Keys:
    """Somebody at the keyboard."""

    def __init__(self, pilot: Pilot[None], app: MiniosApp) -> None:
        self.pilot = pilot
        self.app = app
        self.heard: dict[int, int] = {}

    @property
    def lesson(self) -> LessonScreen:
        """The screen, also below a dialog."""
        found = [it for it in self.app.screen_stack if isinstance(it, LessonScreen)]
        return found[-1]

    async def press(self, *keys: str) -> None:
        """Press them one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def tick(self, number: int = 1) -> None:
        """Let time go on, and run again where it waits for that."""
        for _ in range(number):
            self.lesson.tick()
        await self.pilot.pause()

    async def side(self, *, reads: bool) -> None:
        """Give the keys to the text, or to the lab."""
        if isinstance(self.app.focused, GuestConsole):
            await self.press("escape")
        if self.lesson.reads is not reads:
            await self.press("f6")

    def worlds(self, step: Step) -> range:
        """The numbers of the machines that a step concerns."""
        machines = self.lesson.lesson.machines
        if step.on is None:
            return range(len(machines))
        return range(machines.index(step.on), machines.index(step.on) + 1)

    async def machine(self, world: int) -> None:
        """Make it the active one, in the lab."""
        await self.side(reads=False)
        if len(self.lesson.card.worlds) > 1:
            await self.press(str(world + 1))

    async def take(self, placed: PlacedStep) -> None:
        """Do one step."""
        step = placed.step
        if not isinstance(step, steps.WaitFor):
            frames = enumerate(self.lesson.conductor.frames)
            self.heard = {number: frame.log.total for number, frame in frames}
        await self.do(step)

    async def go_on(self) -> None:
        """Run, if time is paused."""
        if not self.lesson.conductor.running:
            await self.side(reads=False)
            await self.press("space")

    @singledispatchmethod
    async def do(self, step: Step) -> None:
        """Press the keys for a step."""
        raise NotImplementedError(step)

    @do.register
    async def _(self, step: steps.Push) -> None:
        await self.side(reads=False)
        await self.press(
            "p", *["ctrl+t"] * ((self.worlds(step)[0] + 1) * bool(step.on))
        )
        if isinstance(step.push, str) and "/" in step.push:
            await self.press("ctrl+o")
            folder, name = self.lesson.lesson.folder, step.push
            if name.startswith("submission/"):
                folder = self.lesson.visit.work.folder
                name = name.removeprefix("submission/")
            self.app.screen.query_one(Input).value = str(folder / name)
        else:
            options = self.app.screen.query_one(OptionList)
            options.highlighted = options.get_option_index(str(step.push))
        await self.press("enter")
        await self.tick(3)

    @do.register
    async def _(self, step: steps.Type) -> None:
        await self.type(step, step.type)

    @do.register
    async def _(self, step: steps.Press) -> None:
        await self.type(step, KEYS[step.press] * step.times)

    async def type(self, step: Step, text: str) -> None:
        """Type on the consoles of the machines."""
        await self.go_on()
        for world in self.worlds(step):
            await self.machine(world)
            await self.press("c", *(NAMED.get(it, it) for it in text), "escape")
        await self.tick(3)

    @do.register
    async def _(self, step: steps.Advance) -> None:
        conductor = self.lesson.conductor
        end = conductor.now + int(step.advance)
        for _ in range(PATIENCE):
            if conductor.now >= end:
                return
            await self.go_on()
            await self.tick()
        pytest.fail(f"time stands at {conductor.now}")

    @do.register
    async def _(self, step: steps.WaitFor) -> None:
        for world in self.worlds(step):
            for _ in range(PATIENCE):
                if self.has_come(step.wait_for, world):
                    break
                await self.go_on()
                await self.tick()
            else:
                pytest.fail(f"{waiting.in_words(step.wait_for)} did not come")

    def has_come(self, wanted: conditions.Condition, world: int) -> bool:
        """Whether what is waited for has happened."""
        frame = self.lesson.conductor.frames[world]
        if isinstance(wanted, conditions.ConsoleShows | conditions.ScreenShows):
            return showing.shows(showing.claim_of(wanted), frame)
        condition = waiting.condition(wanted)
        assert isinstance(condition, RecordCondition)
        log = frame.log
        for at in range(max(0, len(log) - log.total + self.heard[world]), len(log)):
            if condition(log[at]):
                self.heard[world] = log.total - len(log) + at + 1
                return True
        return False

    @do.register
    async def _(self, step: attempts.GiveAnswer) -> None:
        await self.side(reads=True)
        await self.press("a")
        assert isinstance(self.app.screen, AnswerScreen)
        if self.app.screen._card.options:
            letter = step.say.strip().rstrip(".)")
            options = self.app.screen.query_one(OptionList)
            options.highlighted = "abcdefghi".index(letter)
        else:
            self.app.screen.query_one(Input).value = step.say
        await self.press("enter")
        last = self.lesson.visit.last
        because = self.lesson.conductor.because
        assert not self.app.screen.is_modal, (step, last, because)

    @do.register
    async def _(self, _step: attempts.AskWhy) -> None:
        await self.side(reads=False)
        await self.press("escape", "w", "escape")

    @do.register
    async def _(self, step: attempts.GoBack) -> None:
        kind = records.KINDS[step.go_back]
        await self.side(reads=False)
        timeline = self.app.screen.query_one(TimelineList)
        for _ in range(FILTERS):
            await self.press("t", "end")
            for _ in range(200):
                chosen = timeline.chosen
                if chosen is None or chosen.is_mark:
                    pass
                elif isinstance(timeline.event(chosen), kind):
                    await self.press("b")
                    return
                await self.press("up")
            await self.press("escape", "f")
        pytest.fail(f"no {step.go_back} on the timeline")

    @do.register
    async def _(self, step: attempts.PauseAt) -> None:
        await self.side(reads=False)
        await self.press("o", *step.pause_at, "enter", "escape")
        await self.go_on()
        for _ in range(PATIENCE):
            if not self.lesson.conductor.running:
                self.lesson.conductor.places = ()  # once is enough
                await self.tick()
                return
            await self.tick()
        pytest.fail(f"no machine came to {step.pause_at}")

    @do.register
    async def _(self, step: attempts.Walk) -> None:
        key = {"instruction": "n", "line": "l", "crossing": "x", "event": "e"}
        await self.machine(self.worlds(step)[0])
        for _ in range(step.times):
            await self.press(key[step.walk])
            await self.tick()

    @do.register
    async def _(self, _step: attempts.SlowPass) -> None:
        await self.side(reads=False)
        await self.press("s")
        for _ in range(80):
            await self.press("n")
            await self.tick()
        await self.press("escape")
        await self.tick()

    @do.register
    async def _(self, step: attempts.BootInto) -> None:
        wanted = BootInto(step.boot_into)
        at = next(n for n, (_, order) in enumerate(POWER) if order == wanted)
        for world in self.worlds(step):
            await self.machine(world)
            await self.press("r", *["down"] * at, "enter")

    @do.register
    async def _(self, step: attempts.Take) -> None:
        source = self.lesson.lesson.folder / step.take
        shutil.copytree(source, self.lesson.visit.work.folder, dirs_exist_ok=True)
        self.lesson.look_at_files()
        await self.pilot.pause()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()


@pytest.mark.deep
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_can_be_done_by_keys(name: str, tmp_path: Path) -> None:
    """And at the end it is passed, which is kept."""
    learner = Learner(tmp_path)
    lesson = learner.find(name)
    _, placed = attempts.read(lesson.solution / attempts.STEPS_NAME)
    app: Any = MiniosApp(
        lesson=lesson, learner=learner, automatic=False, factory=InlinePlayer
    )

    async def go() -> None:
        async with app.run_test(size=(160, 50)) as pilot:
            await pilot.pause()
            keys = Keys(pilot, app)
            await keys.tick(6)
            await keys.side(reads=False)
            await keys.press("plus", "plus")
            for it in placed:
                await keys.take(it)
            await keys.tick(6)
            left = [it.name for it in lesson.tasks if not keys.lesson.visit.has(it)]
            assert left == []

    virtual_time.run(go())
    assert Learner(tmp_path).progress.passed(lesson)
