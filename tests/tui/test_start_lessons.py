"""The start screen with lessons: which comes next, what was passed, what is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from minios import paths
from minios.session import catalogue
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.lesson import LessonScreen
from minios.tui.screens.start import StartScreen
from minios.tutor.learner import Learner
from tests.tui import virtual_time
from tests.tui.test_lesson import LESSONS
from tests.tui.walking import Size, Walk, ticks, words


@pytest.fixture(autouse=True)
def small_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of those that come with minios."""
    monkeypatch.setattr(paths, "LESSONS", LESSONS)


def start(data: Path, walk: Walk, size: Size = (120, 40)) -> None:
    """Open minios as this user."""
    app = MiniosApp(learner=Learner(data), automatic=False, factory=InlinePlayer)

    async def go() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            assert isinstance(app.screen, StartScreen)
            await walk(pilot, app)

    virtual_time.run(go())


def passed(data: Path, *numbers: int) -> None:
    """This user has passed these lessons before."""
    learner = Learner(data)
    for number in numbers:
        lesson = learner.lessons[number]
        learner.progress.note(lesson, [it.name for it in lesson.tasks])


def test_lessons_come_first_and_enter_opens_the_next_one(tmp_path: Path) -> None:
    """A beginner begins at the first; the labs are below, without a mark."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        seen = words(app)
        assert (
            "Lessons: Lessons for tests 1. A small lesson (5 min) ← begin here" in seen
        )
        assert seen.index("A lesson with files") < seen.index(catalogue.LABS[0].title)
        assert seen.count("begin here") == 1
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
        assert app.screen.lesson.name == "01_small"

    start(tmp_path, walk)


def test_passed_lessons_have_a_tick_and_the_next_is_chosen(tmp_path: Path) -> None:
    """After a visit, too."""
    passed(tmp_path, 0)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert "A small lesson (5 min) ✓ passed" in words(app)
        assert "A lesson with files (5 min) ← go on here" in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
        assert app.screen.lesson.name == "02_files"
        await pilot.press("q")
        await pilot.pause()
        assert "A lesson with files (5 min) opened before ← go on here" in words(app)

    start(tmp_path, walk)


def test_who_has_passed_all_lessons_goes_on_with_the_labs(tmp_path: Path) -> None:
    """The arrow is there."""
    passed(tmp_path, 0, 1)

    async def walk(_: Pilot[None], app: MiniosApp) -> None:
        first = catalogue.LABS[0]
        assert f"{first.title} ({first.minutes} min) ← begin here" in words(app)

    start(tmp_path, walk)


def test_typing_filters_lessons_and_labs(tmp_path: Path) -> None:
    """Headings go where nothing is below them."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"that you change")
        await pilot.pause()
        assert "A lesson with files" in words(app)
        assert "A small lesson" not in words(app)
        assert "Labs:" not in words(app)
        app.screen.query_one("#filter").value = catalogue.LABS[0].title  # type: ignore[attr-defined]
        await pilot.pause()
        assert "Lessons:" not in words(app)
        await pilot.press("enter")
        await pilot.pause()
        await ticks(pilot, app, 1)
        assert isinstance(app.screen, LabScreen)
        assert not isinstance(app.screen, LessonScreen)

    start(tmp_path, walk)


def test_an_installed_pack_stands_behind_with_its_title(tmp_path: Path) -> None:
    """And its lessons open."""
    pack = tmp_path / "packs" / "other"
    shutil.copytree(LESSONS / "01_small", pack / "01_small")
    (pack / "pack.toml").write_text(
        'name = "other"\ntitle = "Of others"\nversion = "1"\nlicense = "MIT"\n'
    )

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        seen = words(app)
        assert seen.index("A lesson with files") < seen.index("Lessons: Of others")
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
        assert app.screen.lesson.key == "other/01_small"

    start(tmp_path, walk)


def test_a_broken_pack_is_told_and_the_others_open(tmp_path: Path) -> None:
    """What is wrong, and in which line; its other lessons are there."""
    for name in ("half", "none", "twin"):
        shutil.copytree(LESSONS, tmp_path / "packs" / name)
    head = (LESSONS / "pack.toml").read_text().replace("small", "half")
    (tmp_path / "packs/half/pack.toml").write_text(head)
    (tmp_path / "packs/none/pack.toml").write_text("name = \n")
    (tmp_path / "packs/half/01_small/lesson.toml").write_text('title = "\n')

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        options = app.screen.query_one("#labs", OptionList)
        told = [str(it.prompt) for it in options.options if it.disabled]
        assert any("half/01_small/lesson.toml:1" in "".join(it.split()) for it in told)
        assert any("none/pack.toml:1" in "".join(it.split()) for it in told)
        assert any("the pack calls itself 'small'" in it for it in told)
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)
        assert app.screen.lesson.name == "02_files"

    start(tmp_path, walk, size=(200, 50))


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (300, 100)])
def test_every_size_is_survived(tmp_path: Path, size: Size) -> None:
    """And the next lesson can be opened."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen)

    start(tmp_path, walk, size)
