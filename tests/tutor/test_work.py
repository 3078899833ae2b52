"""The files of a learner: copied once, checked as handed in, and never lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from minios.errors import MiniosError
from minios.lab import Lab
from minios.machine.events import BeaconRecord
from minios.tutor import checks, packs
from minios.tutor.model import Lesson
from minios.tutor.work import Work
from tests.tutor import two_lessons


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson with files."""
    return packs.read(two_lessons.write(tmp_path / "pack"), "en").lessons[1]


@pytest.fixture
def work(tmp_path: Path, lesson: Lesson) -> Work:
    """The learner's copy."""
    work = Work(lesson, tmp_path)
    work.begin()
    return work


def test_the_learner_gets_a_copy_once(
    tmp_path: Path, lesson: Lesson, work: Work
) -> None:
    """What was changed is still there when the lesson is opened again."""
    source = work.folder / "mine/mine.c"
    assert source.read_text() == two_lessons.SOURCE

    source.write_text("mine")
    Work(lesson, tmp_path).begin()
    assert source.read_text() == "mine"
    assert (lesson.start / "mine/mine.c").read_text() == two_lessons.SOURCE


def test_to_begin_anew_keeps_what_was_there(work: Work) -> None:
    """Each time under another name."""
    kept = []
    for text in ("one", "two"):
        (work.folder / "mine/mine.c").write_text(text)
        folder = work.reset()
        assert folder is not None
        kept.append((folder.name, (folder / "mine/mine.c").read_text()))

    assert kept == [("02_plugin-1", "one"), ("02_plugin-2", "two")]
    assert (work.folder / "mine/mine.c").read_text() == two_lessons.SOURCE


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (two_lessons.SOURCE, "The plugin reports another number than 5."),
        (
            two_lessons.MISSPELT,
            (
                "mine.c:5:5: error: call to undeclared function 'plugin_report_valu'; "
                "ISO C99 and later do not support implicit function declarations. Did "
                "you mean plugin_report_value?"
            ),
        ),
        (
            two_lessons.SOURCE.replace("return 0;", "return 0"),
            "mine.c:6:13: error: expected ';' after return statement",
        ),
    ],
)
def test_a_check_names_the_mistake(
    source: str, words: str, lesson: Lesson, work: Work
) -> None:
    """In one line, with the place if a compiler knows it; more stands below."""
    (work.folder / "mine/mine.c").write_text(source)
    feedback = work.check(lesson.tasks[0])

    assert not feedback.passed
    assert feedback.words == words
    assert len(feedback.more) > 3
    assert not any("\\n" in it for it in (feedback.words, *feedback.more))


def test_the_right_files_pass(lesson: Lesson, work: Work) -> None:
    """And only they."""
    (work.folder / "mine/mine.c").write_text(two_lessons.RIGHT)

    assert work.check(lesson.tasks[0]).passed


def test_files_that_are_gone_are_a_mistake_of_the_learner(
    lesson: Lesson, work: Work
) -> None:
    """No error of minios."""
    (work.folder / "mine/mine.c").unlink()
    (work.folder / "mine/plugin.toml").unlink()
    (work.folder / "mine").rmdir()
    assert "mine.c is missing" in work.check(lesson.tasks[0]).words

    work.folder.rmdir()
    assert not work.check(lesson.tasks[0]).passed


def test_a_save_is_seen_and_what_an_editor_keeps_is_not(work: Work) -> None:
    """Else it would be checked while somebody types."""
    before = work.stamp
    (work.folder / "mine/.mine.c.swp").write_text("x")
    (work.folder / "mine/mine.c~").write_text("x")
    assert work.stamp == before

    (work.folder / "mine/mine.c").write_text(two_lessons.RIGHT * 2)
    assert work.stamp != before


def test_half_a_copy_never_stays(
    tmp_path: Path, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be taken for the learner's files later."""

    def full(_source: Path, target: Path, **_: object) -> None:
        (target / "mine").mkdir()
        raise OSError(28, "No space left on device")

    work = Work(lesson, tmp_path / "data")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", full)
        with pytest.raises(MiniosError, match="No space"):
            work.begin()
    assert not list(work.folder.parent.iterdir())

    work.begin()
    assert (work.folder / "mine/mine.c").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, lesson: Lesson) -> None:
    """With what to do."""
    (tmp_path / "file").write_text("")

    with pytest.raises(MiniosError, match=r"cannot be written: .*Make room"):
        Work(lesson, tmp_path / "file").begin()


def _delete(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "elsewhere.c")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_delete, "is missing. A copy of it is in "),
        (_empty, "is empty. A copy of it is in "),
        (_link, "is a link or a folder, so it is not read"),
        (_folder, "is a link or a folder, so it is not read"),
    ],
)
def test_a_file_that_is_none_is_named(
    spoil: Callable[[Path], None], words: str, work: Work, lesson: Lesson
) -> None:
    """It is said before anything is built, and it counts as a save."""
    before = work.stamp
    spoil(work.folder / "mine/mine.c")
    assert work.stamp != before
    (task,) = (it for it in lesson.tasks if it.work is not None)
    said = work.check(task).words
    assert said.startswith(("mine/mine.c ", "mine\\mine.c ")), said
    assert words in said


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('budget = "60min"', r"toml:2:1: a check of a lesson may take 120s"),
        ("instructions = 10_000_000_000", r"toml:2:1: .* 200,000,000 instructions"),
        (
            "parameters = { five = [1, 2, 3, 4, 5, 6, 7, 8, 9] }",
            "have 8 machines in all",
        ),
    ],
)
def test_a_check_that_a_learner_would_wait_for_is_refused(
    key: str, words: str, tmp_path: Path
) -> None:
    """With the line, and before anything runs."""
    path = tmp_path / "five.scenario.toml"
    first, rest = two_lessons.CHECK.split("\n", 1)
    if "parameters" in key:
        rest = rest.replace("value = 5", 'value = "{five}"')
    path.write_text(f"{first}\n{key}\n{rest}")

    with pytest.raises(MiniosError, match=words):
        checks.read(path)


def test_a_check_is_given_up_when_the_lesson_is_left(
    lesson: Lesson, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, also in the middle of a run: here while a record is made."""
    (work.folder / "mine/mine.c").write_text(two_lessons.RIGHT)
    assert isinstance(lesson.tasks[0].work, Path)
    text = lesson.tasks[0].work.read_text()
    steps = '[[steps]]\nadvance = "100s"\n\n[[steps]]'
    lesson.tasks[0].work.write_text(
        'title = "It waits"\nbudget = "120s"\n'
        + text.split("\n", 1)[1].replace("[[steps]]", steps)
    )
    ended: list[int] = []
    advance = Lab.run_for

    def leave(lab: Lab, time: int) -> None:
        lab.machine.observe(BeaconRecord, lambda _: work.give_up())
        try:
            advance(lab, time)
        finally:
            ended.append(lab.now)

    monkeypatch.setattr(Lab, "run_for", leave)
    assert work.check(lesson.tasks[0]).words == "The check was given up."
    assert 0 < ended[0] < 50 * 10**9
    assert not work.check(lesson.tasks[0]).passed
