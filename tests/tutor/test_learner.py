"""All lessons of a user: which one is meant by a name, and which comes next."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from minios import paths
from minios.errors import MiniosError
from minios.tutor.learner import Learner
from tests.tutor import two_lessons
from tests.tutor.two_lessons import FILES, PACK


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """Somebody with two lessons of minios, and an installed pack of three."""
    monkeypatch.setattr(paths, "LESSONS", two_lessons.write(tmp_path / "shipped"))
    other = {
        "pack.toml": PACK.replace('"two"', '"other"'),
        "plugins/lesson.toml": FILES,
        "plugins/README.md": "# Plugins\n",
    }
    two_lessons.write(tmp_path / "packs/other", other)
    shutil.copytree(
        tmp_path / "shipped/02_plugin/checks", tmp_path / "packs/other/plugins/checks"
    )
    return Learner(tmp_path)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("1", "two/01_crash"),
        ("02", "two/02_plugin"),
        ("two/2", "two/02_plugin"),
        ("other/1", "other/01_crash"),
        ("other/3", "other/plugins"),  # it has no number of its own
        ("two/01_crash", "two/01_crash"),
        ("two/crash", "two/01_crash"),
        ("plugins", "other/plugins"),
        ("two/PLUG", "two/02_plugin"),
    ],
)
def test_a_lesson_is_found_by_number_by_name_or_by_a_part(
    name: str, key: str, learner: Learner
) -> None:
    """A number alone is one of minios."""
    assert learner.find(name).key == key


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("3", "there is no lesson '3'. `minios learn --list` prints the numbers"),
        ("01_crahs", "there is no lesson '01_crahs'. Did you mean 01_crash?"),
        ("other/plugin", "several lessons: other/02_plugin, other/plugins"),
        ("tow/crash", "there is no lesson 'tow/crash'. Did you mean two/01_crash?"),
        ("crash", "several lessons: two/01_crash, other/01_crash"),
        ("", "there is no lesson ''"),
        ("1" * 5000, f"there is no lesson '{'1' * 60}...'. `minios learn --list`"),
        ("../01_crash", "there is no lesson '../01_crash'"),
    ],
)
def test_what_is_no_lesson_is_answered_with_what_is_near(
    name: str, words: str, learner: Learner
) -> None:
    """Or with all that have the part."""
    with pytest.raises(MiniosError) as refused:
        learner.find(name)
    assert words in str(refused.value)


def test_a_lesson_that_cannot_be_read_keeps_nobody_from_the_others(
    tmp_path: Path, learner: Learner
) -> None:
    """It is told what is wrong with it."""
    (tmp_path / "packs/other/01_crash/lesson.toml").write_text("title = 1\n")

    keys = [it.key for it in learner.lessons]
    assert keys[:3] == ["two/01_crash", "two/02_plugin", "other/02_plugin"]
    assert "other/01_crash" not in keys
    assert len(learner.troubles) == 1
    assert "01_crash/lesson.toml:1:1: title must be" in learner.troubles[0]


def test_a_lesson_is_told_with_what_comes_next(learner: Learner) -> None:
    """How long it takes, and how far the user has come."""
    first, second, *_ = learner.lessons
    learner.progress.note(first, ["crash", "element", "who"])

    assert learner.words(first) == "A file that crashes, 5 minutes, passed"
    assert learner.words(second) == "A plugin of your own, 5 minutes, this comes next"


@pytest.mark.usefixtures("learner")
def test_without_a_folder_only_lessons_without_files_can_be_taken() -> None:
    """Nothing is written anywhere."""
    nobody = Learner(None)

    assert nobody.visit(nobody.find("1")).task is not None
    with pytest.raises(MiniosError, match="no folder in which your files could be"):
        nobody.visit(nobody.find("2"))
