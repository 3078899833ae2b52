"""A lesson on the screen: its text, its tasks, its files, and what may not happen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from minios import paths
from minios.session.conductor import Conductor
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.screens.facts import FactScreen
from minios.tui.screens.glossary import TermScreen
from minios.tui.screens.lesson import LessonScreen
from minios.tui.screens.lesson_dialogs import AnswerScreen, ResetScreen, TextScreen
from minios.tui.screens.lesson_files import FilesScreen
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.lesson_column import LessonColumn
from minios.tutor.learner import Learner
from tests.tui.stage import go_from
from tests.tui.walking import Size, Walk, footer, misfortune, play_in, shown, ticks

LESSONS = Path(__file__).parents[1] / "tutor" / "lessons"
SMALL, FILES = 0, 1


@pytest.fixture
def learner(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Learner:
    """The small lessons, and somebody who has taken none; always in one folder."""
    monkeypatch.setattr(paths, "LESSONS", LESSONS)
    home = tmp_path_factory.getbasetemp() / "learner"
    put_back(home)
    return Learner(home)


async def opened(pilot: Pilot[None], app: MiniosApp) -> None:
    """The lesson is open, and its machine is up."""
    await ticks(pilot, app, 3)


async def crashed(pilot: Pilot[None], app: MiniosApp) -> None:
    """And the bad file has done what it does."""
    await opened(pilot, app)
    await crash(pilot, app)


def take(
    learner: Learner,
    walk: Walk,
    number: int = SMALL,
    size: Size = (160, 50),
    before: Walk = opened,
) -> None:
    """Go for a walk in a lesson in which another walk has ended.

    It stands ready (`stage.py`). Its files are kept, and put back for each walk.
    """
    home = learner.data
    assert home is not None
    kept = home.parent / f"{home.name}-{number}-{before.__name__}"

    def opens() -> MiniosApp:
        put_back(home)
        return lesson_app(Learner(home, learner.language), number)

    async def keeping(pilot: Pilot[None], app: MiniosApp) -> None:
        await before(pilot, app)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(home, kept)

    async def from_there(pilot: Pilot[None], app: MiniosApp) -> None:
        put_back(home, kept)
        await walk(pilot, app)

    scene = (home, learner.language, number, before)
    go_from(scene, keeping, from_there, opens, size)


def put_back(home: Path, kept: Path | None = None) -> None:
    """Let a folder have what was kept, and nothing else."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(kept, home) if kept else home.mkdir()


def take_anew(
    learner: Learner, walk: Walk, number: int = SMALL, size: Size = (160, 50)
) -> None:
    """Open a lesson, and go for a walk in it."""

    async def whole(pilot: Pilot[None], app: MiniosApp) -> None:
        await opened(pilot, app)
        await walk(pilot, app)

    play_in(lesson_app(learner, number), whole, size)


def lesson_app(learner: Learner, number: int) -> MiniosApp:
    """The application with a lesson, whose time goes on when the test says."""
    lesson = learner.lessons[number]
    return MiniosApp(
        lesson=lesson, learner=learner, automatic=False, factory=InlinePlayer
    )


def lesson_of(app: MiniosApp) -> LessonScreen:
    """The lesson screen, also when a dialog lies over it."""
    return next(it for it in app.screen_stack if isinstance(it, LessonScreen))


def column(app: MiniosApp) -> str:
    """What the column of the lesson shows, or the dialog over it, as one line."""
    top = app.screen
    part = top.query_one(LessonColumn if top is lesson_of(app) else ".dialog")
    x, y, width, height = part.region
    rows = [row[x + 1 : x + width - 1] for row in shown(app).splitlines()]
    return " ".join(" ".join(rows[y : y + height]).split())


def told(app: MiniosApp) -> str:
    """All that was notified."""
    return "\n".join(it.message for it in app._notifications)


def test_a_question_that_is_asked_for_at_once_waits_for_the_machines(
    learner: Learner,
) -> None:
    """The key is not lost, also if it comes before they have shown anything."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lesson = lesson_of(app)
        frames = lesson.conductor.frames
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Conductor, "frames", ())
            await pilot.press("a")
            assert lesson.is_on_top
        assert frames
        await ticks(pilot, app, 1)
        assert isinstance(app.screen, AnswerScreen)

    take(learner, walk)


async def crash(pilot: Pilot[None], app: MiniosApp) -> None:
    """Push the bad file, and wait for the blue screen."""
    await pilot.press("p", "enter")
    await misfortune(pilot, app)
    await ticks(pilot, app, 1)


async def checked(pilot: Pilot[None], app: MiniosApp) -> None:
    """Look at the learner's files, and wait for what is found."""
    lesson_of(app).look_at_files()
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


# ---- Text and tasks.


def test_text_and_lab_stand_beside_each_other(learner: Learner) -> None:
    """The text names keys, and comments in it are not shown."""

    async def walk(_: Pilot[None], app: MiniosApp) -> None:
        assert "Use key p to send a file." in column(app)
        assert "{push}" not in column(app)
        assert "a comment" not in column(app)
        assert "the kernel" in column(app)
        assert "int ring = 0;" in column(app)
        assert "▶1 windows" in shown(app)
        assert "▸ Push the bad file" in shown(app)
        assert "· Say who checks the ring" in shown(app)

    take(learner, walk)


def test_a_task_is_ticked_when_the_machine_shows_it(learner: Learner) -> None:
    """Not when the key is pressed; and then the next one is at hand."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        assert "✓ Push" not in shown(app)
        await misfortune(pilot, app)
        await ticks(pilot, app, 1)
        assert "✓ Push the bad file" in shown(app)
        assert "▸ Say in which ring" in shown(app)
        assert "task done: Push the bad file" in told(app)

    take(learner, walk)


def test_a_wrong_answer_names_the_mistake(learner: Learner) -> None:
    """In the dialog, which stays; and below the tasks until a task is done."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, AnswerScreen)
        assert "In which ring was the CPU?" in column(app)
        await pilot.press("3", "enter")
        await pilot.pause()
        assert "✖ Ring 3 is where programs run." in column(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "✖ Ring 3 is where programs run." in column(app)
        await pilot.press("enter", "0", "enter")
        await pilot.pause()
        assert "Ring 3 is where programs run." not in column(app)
        assert "✓ Say in which ring" in shown(app)

    take(learner, walk, before=crashed)


def test_a_question_is_answered_from_a_list(learner: Learner) -> None:
    """Enter takes the chosen answer, whether it is right or wrong."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("a", "0", "enter")
        await pilot.pause()
        await pilot.press("a")
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        assert options.option_count == 3
        assert "Next" in [it.binding.description for it in footer(app)]
        for key, chosen in (("b", 1), ("3", 2), ("d", 2), ("4", 2), ("space", 2)):
            await pilot.press(key)
            assert options.highlighted == chosen, key
            assert isinstance(app.screen, AnswerScreen)
        await pilot.press("a", "enter")
        await pilot.pause()
        assert "The kernel only sets the tables" in column(app)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert lesson_of(app).visit.is_passed

    take(learner, walk, before=crashed)


def test_a_question_before_its_time_says_what_comes_first(learner: Learner) -> None:
    """It is not wrong."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("a", "0", "enter")
        await pilot.pause()
        assert isinstance(app.screen, AnswerScreen)
        assert "First push the bad file." in column(app)
        assert not app.screen.query_one(Input).has_class("error")

    take(learner, walk)


def test_hints_come_one_after_the_other(learner: Learner) -> None:
    """And name keys; another task has other hints."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("h")
        await pilot.pause()
        assert "Hint 1 of 2: Use key p." in column(app)
        await pilot.press("h")
        await pilot.pause()
        assert "Hint 2 of 2: Use key p. The bad file" in column(app)
        await crash(pilot, app)
        assert "Hint" not in column(app)

    take(learner, walk)


async def passed(pilot: Pilot[None], app: MiniosApp) -> None:
    """Do all tasks of the small lesson."""
    await crash(pilot, app)
    await pilot.press("a", "0", "enter")
    await pilot.pause()
    await pilot.press("a", "down", "enter")
    await pilot.pause()


def test_at_the_end_it_says_what_was_learned_and_what_comes_next(
    learner: Learner,
) -> None:
    """And goes on only when the learner says so."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await passed(pilot, app)
        await ticks(pilot, app, 5)
        assert "✓ All tasks are done." in column(app)
        assert "n opens the next lesson: A lesson with files" in column(app)
        assert "Now key w explains it." in column(app)
        assert lesson_of(app).lesson.name == "01_small"
        await pilot.press("n")
        await pilot.pause()
        assert lesson_of(app).lesson.name == "02_files"
        assert "tasks of the lesson before" not in told(app)

    take(learner, walk)


def test_who_skips_tasks_is_told(learner: Learner) -> None:
    """The next lesson opens all the same."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("n")
        await pilot.pause()
        assert lesson_of(app).lesson.name == "02_files"
        assert "3 tasks of the lesson before are left" in told(app)
        await pilot.press("n")
        await pilot.pause()
        assert "This was the last lesson." in told(app)

    take(learner, walk)


def test_the_solution_is_refused_before_the_lesson_is_passed(learner: Learner) -> None:
    """And shown afterwards, with keys."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("s")
        await pilot.pause()
        assert app.screen is lesson_of(app)
        assert "when all tasks of the lesson are done" in told(app)
        await passed(pilot, app)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        assert "Push the bad file with key p. The ring is 0." in column(app)

    take(learner, walk)


def test_all_lessons_are_listed_and_one_is_opened(learner: Learner) -> None:
    """With how far the learner has come in each."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("l")
        await pilot.pause()
        assert "A small lesson (5 min) opened before ← go on here" in column(app)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert lesson_of(app).lesson.name == "02_files"

    take(learner, walk)


# ---- Files.


def test_a_saved_file_is_checked(learner: Learner) -> None:
    """A mistake is named; a good file ticks the task. At first nothing is said."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        folder = lesson_of(app).visit.work.folder
        await checked(pilot, app)
        assert "still has a rule" not in column(app)
        assert str(folder)[:30] in shown(app)
        shutil.copy(LESSONS / "02_files/mistakes/other/mine.toml", folder)
        await checked(pilot, app)
        assert "✖ The machine has stopped: mine.toml still has a rule" in column(app)
        await pilot.press("m")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        await pilot.press("escape")
        shutil.copy(LESSONS / "02_files/solution/files/mine.toml", folder)
        await checked(pilot, app)
        assert "✓ Change mine.toml" in column(app)
        assert "still has a rule" not in column(app)

    take(learner, walk, FILES)


def test_a_file_is_changed_in_the_editor(learner: Learner) -> None:
    """ctrl+s saves and checks, and what is wrong is said below the text."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await checked(pilot, app)
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, FilesScreen)
        assert 'correlation = "c2"' in column(app)
        await pilot.press("#", "escape")
        assert isinstance(app.screen, FilesScreen)
        assert "Not saved" in column(app)
        await pilot.press("ctrl+s")
        await checked(pilot, app)
        assert "mine.toml: the file: the channel is missing." in column(app)
        area = app.screen._area
        area.text = area.text.removeprefix("#").replace('"c2"', '"*"')
        await pilot.press("ctrl+s")
        await checked(pilot, app)
        assert lesson_of(app).visit.is_passed
        assert "Your files pass the check." in column(app)
        await pilot.press("#", "ctrl+s")
        await checked(pilot, app)
        assert "Saved. All tasks with files are done." in column(app)
        assert "being checked" not in column(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "✓ All tasks are done." in column(app)

    take(learner, walk, FILES)


def test_a_lesson_that_is_not_translated_says_so_once(learner: Learner) -> None:
    """The chosen language is kept for the next one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        said = "This lesson has not been translated (fr): it is in English."
        assert told(app).count(said) == 1
        app.clear_notifications()
        await pilot.press("n")
        await pilot.pause()
        assert lesson_of(app).learner.language == "fr"
        assert said not in told(app)

    take_anew(Learner(learner.data, "fr"), walk)


def test_all_files_of_a_lesson_can_be_edited(learner: Learner) -> None:
    """One at a time; what was not saved is not left behind."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("e", "f2")
        await pilot.pause()
        assert "Nobody reads this." in column(app)
        await pilot.press("x", "f2")
        await pilot.pause()
        assert "First save this file" in column(app)
        await pilot.press("ctrl+s", "f2")
        await pilot.pause()
        assert "channel = 291" in column(app)
        folder = lesson_of(app).visit.work.folder
        assert (folder / "notes.txt").read_text() == "xNobody reads this.\n"

    take(learner, walk, FILES)


def test_to_start_again_is_asked_and_files_are_kept(learner: Learner) -> None:
    """Where, is said."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        folder = lesson_of(app).visit.work.folder
        (folder / "mine.toml").write_text("mine")
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, ResetScreen)
        await pilot.press("escape")
        assert (folder / "mine.toml").read_text() == "mine"
        await pilot.press("r", "enter")
        await pilot.pause()
        assert (folder / "mine.toml").read_text().startswith("channel")
        kept = folder.with_name("02_files-1")
        assert (kept / "mine.toml").read_text() == "mine"
        assert str(kept) in told(app)

    take(learner, walk, FILES)


# ---- Links.


def test_a_link_into_the_glossary_explains_the_word(learner: Learner) -> None:
    """By the mouse."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        y, row = next(
            (y, row) for y, row in enumerate(shown(app).splitlines()) if "A ring" in row
        )
        await pilot.click(offset=(row.index("A ring") + 3, y))
        await pilot.pause()
        assert isinstance(app.screen, TermScreen)

    take(learner, walk)


def test_a_fact_can_be_read(learner: Learner) -> None:
    """By its key: what it says, where it is from."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("f")
        await pilot.pause()
        assert isinstance(app.screen, FactScreen)
        assert "Source: A report" in column(app)

    take(learner, walk)


STRANGE_LINKS = (
    "https://example.com/evil",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "../../etc/passwd",
    "glossary:no such word",
    "fact:F999",
    "",
)


def test_other_links_do_nothing(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packs may come from anybody: no browser, no file."""
    opened: list[str] = []
    monkeypatch.setattr(MiniosApp, "open_url", lambda _, url, **__: opened.append(url))

    async def follow(href: str, pilot: Pilot[None], app: MiniosApp) -> None:
        app.clear_notifications()
        lesson_of(app).follow(href)
        await pilot.pause()
        assert isinstance(app.screen, LessonScreen | FactScreen), href
        if app.screen is not lesson_of(app):
            await pilot.press("escape")
            await pilot.pause()
        y, row = next(
            (y, row) for y, row in enumerate(shown(app).splitlines()) if "Click" in row
        )
        await pilot.click(offset=(row.index("here") + 1, y))
        await pilot.pause()
        assert "This link leads nowhere inside minios." in told(app), href
        assert opened == [], href

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for href in STRANGE_LINKS:
            await follow(href, pilot, app)

    take(learner, walk)


# ---- Layout and keys.


def test_a_small_terminal_shows_either_text_or_lab(learner: Learner) -> None:
    """Tab and F6 change between them; the task at hand is always in view."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert "A ring is a level of privilege" in column(app)
        assert "▶1 windows" not in shown(app)
        assert "▸ Push the bad file" in shown(app)
        await pilot.press("f6")
        await ticks(pilot, app, 1)
        assert "A ring is a level" not in shown(app)
        assert "▶1 windows" in shown(app)
        assert "▸ 1/3 Push the bad file" in shown(app)
        await pilot.press("tab")
        await pilot.pause()
        assert "A ring is a level of privilege" in column(app)
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.focused, GuestConsole)
        await pilot.press("f6")
        await pilot.pause()
        assert "A ring is a level of privilege" in column(app)

    take(learner, walk, size=(80, 24))


def test_the_foot_shows_the_keys_of_what_has_them(learner: Learner) -> None:
    """In the text n is the next lesson; in the lab it is an instruction."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        def n() -> str:
            found = {it.binding.key: it.binding.description for it in footer(app)}
            return found["n"]

        assert n() == "Next lesson"
        await pilot.press("f6")
        await pilot.pause()
        assert n() == "Instruction"
        await pilot.press("f6")
        await pilot.pause()
        assert n() == "Next lesson"

    take(learner, walk, size=(250, 50))


@pytest.mark.parametrize("words", ["a[i] and [/x]", "[@click=app.quit]x[/]"])
def test_words_of_a_lesson_are_never_markup(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title, a task and a hint with brackets are shown as they are."""
    pack = tmp_path / "pack"
    shutil.copytree(LESSONS, pack)
    path = pack / "01_small/lesson.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for key in ("title", "ask"):
            if line.startswith(f"{key} = "):
                lines[number] = f'{key} = "{words}"'
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(paths, "LESSONS", pack)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert f"lesson: {words}" in shown(app)
        assert f"▸ {words}" in column(app)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, AnswerScreen)
        assert words in shown(app)

    take_anew(Learner(tmp_path), walk)


def test_the_editor_does_not_write_over_what_another_program_has_saved(
    learner: Learner,
) -> None:
    """The first ctrl+s warns, and the second one means it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await checked(pilot, app)
        await pilot.press("e")
        await pilot.pause()
        path = lesson_of(app).visit.work.folder / "mine.toml"
        path.write_text("# theirs\n", encoding="utf-8")
        await pilot.press("#", "ctrl+s")
        assert "Another program has changed this file" in column(app)
        assert path.read_text(encoding="utf-8") == "# theirs\n"
        await pilot.press("ctrl+s")
        await checked(pilot, app)
        assert path.read_text(encoding="utf-8").startswith("#")
        assert "theirs" not in path.read_text(encoding="utf-8")

    take(learner, walk, FILES)
