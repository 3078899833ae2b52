"""A lesson in another language: other words, the same tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import MiniosError
from minios.session.goals.aims import Asked
from minios.tutor import languages, reading
from minios.tutor.model import Lesson
from tests.tutor import two_lessons
from tests.tutor.two_lessons import GERMAN


def both(folder: Path, german: str = GERMAN) -> tuple[Lesson, Lesson]:
    """The lesson in English and in German."""
    two_lessons.write(folder, {"01_crash/lesson.de.toml": german})
    english = reading.read(folder / "01_crash")
    return english, languages.translated(english, "de")


def test_a_translated_task_keeps_its_aim(tmp_path: Path) -> None:
    """And its name, under which progress is kept."""
    english, german = both(tmp_path)

    assert german.title == "Eine Datei, die abstürzen lässt"
    assert german.text.startswith("# Eine Datei")
    assert german.tasks[0].goal.words == "Sende die Datei"
    assert german.tasks[0].hints == ("Nimm {push}.", "Zwei.", "Drei.")
    assert [it.name for it in german.tasks] == [it.name for it in english.tasks]
    aims = [it.goal.aim for it in (*english.tasks[:2], *german.tasks[:2])]
    assert aims[:2] == aims[2:]
    assert german.card.goal_list.goals == tuple(it.goal for it in german.tasks)


def test_what_is_not_translated_stays_english(tmp_path: Path) -> None:
    """A whole task, or a text of one."""
    english, german = both(tmp_path)

    assert german.tasks[1] == english.tasks[1]
    assert german.tasks[2].goal.words == english.tasks[2].goal.words
    assert german.about == english.about


def test_translated_options_have_the_same_right_answer(tmp_path: Path) -> None:
    """A learner may type the letter, or the words that he reads."""
    _, german = both(tmp_path)
    aim = german.tasks[2].goal.aim
    assert isinstance(aim, Asked)
    right = aim.right(())
    assert right is not None

    assert german.tasks[2].options == ("Der Kernel.", "Die CPU.")
    assert [right.judge(it) for it in ("b", "die cpu", "a")] == [
        "",
        "",
        "No, it is not: Der Kernel.",
    ]
    assert german.tasks[2].mistakes[0].typed == "Der Kernel."


def test_a_language_that_the_lesson_has_not_is_english(tmp_path: Path) -> None:
    """No error: others may have it."""
    english, _ = both(tmp_path)

    assert reading.read(english.folder, language="fr").text == english.text


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"Zwei.", ', "", "the task 'crash' has 3 hints in English, and 2 here"),
        ('"Der Kernel.", ', "", "the task 'who' has 2 options in English, and 1 here"),
        ("[tasks.who]", "[tasks.wer]", "the lesson has no task 'wer'"),
        ("{push}", "{schieben}", "there is no act {schieben}"),
        ("learned", "gelernt", "gelernt"),
    ],
)
def test_a_translation_that_does_not_fit_is_refused(
    before: str, after: str, words: str, tmp_path: Path
) -> None:
    """It names its own file, so that the translator finds it."""
    with pytest.raises(MiniosError) as refused:
        both(tmp_path, GERMAN.replace(before, after, 1))

    assert words in str(refused.value)
    assert "lesson.de.toml" in str(refused.value)


@pytest.mark.parametrize("code", ["", "d", "german", "../de", "DE", "d\n"])
def test_what_is_no_code_of_a_language_is_refused(code: str) -> None:
    """It becomes a part of the names of files."""
    with pytest.raises(MiniosError, match="is no language"):
        languages.require_code(code)


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "fr_FR"}, "fr"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "de"),
        ({}, "en"),
    ],
)
def test_the_environment_chooses_the_language(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does for other programs."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert languages.of_user() == language


def test_what_is_to_be_typed_and_done_before_is_translated(tmp_path: Path) -> None:
    """They are texts of the lesson, too."""
    words = (
        '\n[tasks.element]\nform = "eine Zahl"\nbefore = "Sende zuerst die Datei."\n'
    )
    _, german = both(tmp_path, GERMAN + words)
    aim = german.tasks[1].goal.aim
    assert isinstance(aim, Asked)
    right = aim.right(())
    assert right is not None

    assert (right.form, aim.before) == ("eine Zahl", "Sende zuerst die Datei.")
    assert right.judge("20") == ""
