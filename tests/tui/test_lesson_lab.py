"""What a lesson needs of its lab: where machines stand, and several questions.

Deep: every key of the lab. The usual tests press one of each kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Static

from minios.lab.inputs import Push
from minios.session import recording
from minios.session.files import Files, Shelf
from minios.session.panes.cpu import WALK_READ
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.lab_keys import KEYS
from minios.tui.widgets.lesson_column import LessonText
from minios.tutor.learner import Learner
from tests.tui import virtual_time
from tests.tui.test_lesson import FILES, crashed, learner, lesson_of, take, take_anew
from tests.tui.walking import shown, ticks

__all__ = ["learner"]
# They go on, step, look inside, open a dialog, a field, a console and the timeline.
ONE_OF_EACH = ("space", "x", "i", "p", "slash", "c", "t")


def is_read(app: MiniosApp) -> bool:
    """Whether the code in which the machine stands is read."""
    return lesson_of(app).conductor.frames[0].code.is_read


def test_where_a_machine_stands_is_read_while_it_stands(learner: Learner) -> None:
    """Tasks ask for it. While time runs it would only take time."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert lesson_of(app).conductor.running
        assert not is_read(app)
        await pilot.press("space")
        await ticks(pilot, app, 2)
        assert is_read(app)
        await pilot.press("space")
        await ticks(pilot, app, 2)
        assert not is_read(app)

    take(learner, walk)


def test_a_page_that_closes_leaves_it_read(learner: Learner) -> None:
    """As long as the machine stands."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("space")
        await ticks(pilot, app, 2)
        await pilot.press("i", "d", "d")
        await ticks(pilot, app, 2)
        assert lesson_of(app).page == 0
        assert is_read(app)

    take(learner, walk)


def test_a_question_is_about_the_walk_of_the_fault(learner: Learner) -> None:
    """It is read for the question, also if time ran before, and not after it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        frames = lesson_of(app).conductor.frames
        assert lesson_of(app).conductor.running
        assert WALK_READ.of(frames[0]) is None
        await pilot.press("a")
        await ticks(pilot, app, 1)
        assert WALK_READ.of(lesson_of(app).conductor.frames[0]) is not None
        await pilot.press("escape")
        await ticks(pilot, app, 2)
        assert WALK_READ.of(lesson_of(app).conductor.frames[0]) is None

    take(learner, walk, before=crashed)


def asked(app: MiniosApp) -> str:
    """The task whose question is open."""
    return str(app.screen.query_one(".dialog").border_title)


def test_f2_goes_through_the_open_questions(learner: Learner) -> None:
    """After the last one comes the first; with one question there is no such key."""
    ring, who = "Say in which ring the fault was", "Say who checks the ring"

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("a")
        await pilot.pause()
        assert asked(app) == ring
        await pilot.press("f2")
        await pilot.pause()
        assert asked(app) == who
        await pilot.press("f2", "f2")
        await pilot.pause()
        assert asked(app) == who
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.screen is lesson_of(app)
        await pilot.press("a", "f2")
        await pilot.pause()
        assert asked(app) == ring
        assert "Next question" not in shown(app)

    take(learner, walk)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_each_key_of_the_lab_brings_it_into_view(
    learner: Learner, *, every: bool
) -> None:
    """In a narrow terminal, which has shown the text so far."""
    declared = Binding.make_bindings([*LessonText.BINDINGS])
    texts = {it.key for it in declared} | {"q", "ctrl+s"}
    keys = [it for it in Binding.make_bindings(KEYS) if it.key not in texts]
    if not every:
        keys = [it for it in keys if it.key in ONE_OF_EACH]
        assert len(keys) == len(ONE_OF_EACH)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lesson = lesson_of(app)
        for it in keys:
            name, parameters = parse(it.action)[1:]
            if "." in it.action or not lesson.check_action(name, parameters):
                continue
            if lesson.has_class("-in-lab"):
                await pilot.press("f6")
            assert not lesson.has_class("-in-lab")
            await pilot.press(it.key)
            await pilot.pause()
            assert lesson.has_class("-in-lab"), it.key
            for _ in range(5):  # out of dialogs and fields
                if app.screen is lesson and (app.focused is None or lesson.reads):
                    break
                await pilot.press("escape")
                await pilot.pause()
            else:
                pytest.fail(f"{it.key} cannot be left")

    take(learner, walk, size=(80, 24))


def test_a_recording_of_a_lesson_is_offered(learner: Learner, tmp_path: Path) -> None:
    """What is saved, and the visit when it ends: no lab has this name."""
    app = MiniosApp(
        lesson=learner.lessons[0],
        learner=learner,
        automatic=False,
        factory=InlinePlayer,
        files=Files(visits=tmp_path),
    )

    async def go() -> None:
        async with app.run_test(size=(160, 50)) as pilot:
            await pilot.pause()
            await ticks(pilot, app, 3)
            await pilot.press("p", "enter", "ctrl+s")
            await pilot.pause()
            await pilot.press("q")
            await pilot.pause()
            assert "▷ A recording" in shown(app)

    virtual_time.run(go())
    names = {it.path.name for it in Shelf(tmp_path).recordings()}
    assert names == {"recording-1.jsonl", "recording.jsonl"}
    assert any(recording.load(tmp_path / "recording.jsonl").inputs)


def test_the_learners_content_files_can_be_pushed(learner: Learner) -> None:
    """They stand below the others; one with a mistake says which."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        (path,) = lesson_of(app).own_files
        source = path.read_text()
        path.write_text(source + "nonsense")
        await pilot.press("p", "up")
        await pilot.pause()
        assert "mine.toml" in shown(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "not TOML" in str(app.screen.query_one("#trouble", Static).visual)
        path.write_text(source)
        await pilot.press("enter")
        await ticks(pilot, app, 2)
        assert app.screen is lesson_of(app)
        pushed = [it for _, it in lesson_of(app).conductor.frames[0].inputs]
        assert [it.file.name for it in pushed if isinstance(it, Push)] == [path.stem]

    take(learner, walk, FILES)


def test_the_machines_of_a_lesson_are_begun_once(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two clocks tick, and time runs twice as fast as it says."""
    begun: list[LabScreen] = []
    begin = LabScreen.begin

    def counted(lab: LabScreen) -> None:
        begun.append(lab)
        begin(lab)

    monkeypatch.setattr(LabScreen, "begin", counted)

    async def walk(_: Pilot[None], app: MiniosApp) -> None:
        assert begun == [lesson_of(app)]
        assert lesson_of(app).reads

    take_anew(learner, walk)
