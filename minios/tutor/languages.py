"""Lessons in other languages: `lesson.de.toml` and `README.de.md` beside the English.

    title = "Was ein Ring ist"
    about = "..."
    learned = "..."

    [tasks.crash]
    ask = "Sende die fehlerhafte Datei"
    hints = ["...", "...", "..."]
    says = ["..."]                     # of the mistakes, in their order

    [tasks.ring]
    question = "..."
    options = ["...", "..."]           # or, if the answer is typed,
    form = "eine Zahl"
    before = "Sende zuerst die Datei."

What is not translated stays English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from minios import toml_words
from minios.session.goals.aims import Answer, Asked, Frames
from minios.session.goals.answers import Hexadecimal, Read
from minios.testing.scenarios.base import Name, Table, Text
from minios.tutor import rights, texts
from minios.tutor.errors import LessonError
from minios.tutor.model import FILE_NAME, TEXT_NAME, Lesson, Line, TaskCard

ENGLISH: Final = "en"
_CODE: Final = re.compile(r"[a-z]{2,3}")
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


class TaskWords(Table, frozen=True, kw_only=True):
    """A task in another language; what is left out stays English."""

    ask: Line | None = None
    question: Text | None = None
    hints: list[Text] | None = None
    says: list[Text] | None = None
    options: list[Line] | None = None
    form: Text | None = None
    before: Text | None = None


class LessonWords(Table, frozen=True, kw_only=True):
    """A lesson in another language."""

    title: Line | None = None
    about: Line | None = None
    learned: Text | None = None
    tasks: dict[Name, TaskWords] = msgspec.field(default_factory=dict)


def of_user() -> str:
    """The language that the environment asks for: "de" for LANG=de_DE.UTF-8.

    The first variable that is set decides. LC_ALL=C is English, whatever LANG is.
    """
    asked = next(filter(None, map(os.environ.get, _VARIABLES)), "")
    found = _CODE.match(asked)
    return ENGLISH if found is None else found[0]


def require_code(language: str) -> str:
    """Refuse what is no code of a language: it becomes part of a file's name."""
    if not _CODE.fullmatch(language):
        raise LessonError(
            f"{language!r} is no language",
            advice="Write its code, such as en or de",
        )
    return language


def languages_of(folder: Path) -> tuple[str, ...]:
    """The languages of a lesson, English first."""
    stem, _, suffix = TEXT_NAME.partition(".")
    found = (it.name.split(".") for it in folder.glob(f"{stem}.*.{suffix}"))
    return (ENGLISH, *sorted(it[1] for it in found if _CODE.fullmatch(it[1])))


def translated(lesson: Lesson, language: str) -> Lesson:
    """The lesson in a language, if it has that. Raises LessonError for a mistake."""
    if language not in languages_of(lesson.folder) or language == ENGLISH:
        return lesson
    text = texts.read_prose(lesson.folder / file_name(TEXT_NAME, language))
    words = _words(lesson, lesson.folder / file_name(FILE_NAME, language))
    tasks = tuple(_task(it, words.tasks.get(it.name)) for it in lesson.tasks)
    goals = replace(
        lesson.card.goal_list,
        goals=tuple(it.goal for it in tasks),
        learned=words.learned or lesson.learned,
    )
    title, about = words.title or lesson.title, words.about or lesson.about
    card = replace(lesson.card, title=title, will_see=about, goal_list=goals)
    return replace(
        lesson,
        title=title,
        about=about,
        learned=goals.learned,
        text=text,
        language=language,
        card=card,
        tasks=tasks,
    )


def file_name(name: str, language: str) -> str:
    """What a file is called in another language: "README.de.md" for "README.md"."""
    if language == ENGLISH:
        return name
    stem, _, suffix = name.partition(".")
    return f"{stem}.{language}.{suffix}"


def _words(lesson: Lesson, path: Path) -> LessonWords:
    if not path.exists():
        return LessonWords()
    text, table = texts.read_table(path)
    texts.require_acts(path, text)
    try:
        words = msgspec.convert(table, LessonWords)
    except msgspec.ValidationError as error:
        what, advice = toml_words.in_table(str(error), table)
        raise LessonError(what, where=str(path), advice=advice) from error
    known = {it.name for it in lesson.tasks}
    for name, task in words.tasks.items():
        if name not in known:
            raise LessonError(
                f"the lesson has no task {name!r}",
                where=str(path),
                advice=f"There are: {', '.join(sorted(known))}",
            )
        _require_as_many(path, lesson.task(name), task)
    return words


def _require_as_many(path: Path, task: TaskCard, words: TaskWords) -> None:
    """A text that was added or left out in English is missed in the others."""
    for what, there, given in (
        ("hints", task.hints, words.hints),
        ("says", task.mistakes, words.says),
        ("options", task.options, words.options),
    ):
        if given is not None and len(given) != len(there):
            raise LessonError(
                f"the task {task.name!r} has {len(there)} {what} in English, and "
                f"{len(given)} here",
                where=str(path),
                advice="Translate each of them, in the same order",
            )


def _task(task: TaskCard, words: TaskWords | None) -> TaskCard:
    if words is None:
        return task
    hints, options = tuple(words.hints or task.hints), tuple(words.options or ())
    goal, aim = task.goal, task.goal.aim
    if isinstance(aim, Asked):
        aim = replace(
            aim,
            question=words.question or aim.question,
            before=words.before or aim.before,
        )
        if options:
            aim = replace(aim, right=_choice(task, aim, options))
        elif words.form is not None:
            aim = replace(aim, right=_formed(aim.right, words.form))
    says: Sequence[str] = words.says or [it.goal.words for it in task.mistakes]
    mistakes = tuple(
        replace(
            it,
            goal=replace(it.goal, words=say),
            typed=_option(task, it.typed, options) if options else it.typed,
        )
        for it, say in zip(task.mistakes, says, strict=True)
    )
    goal = replace(goal, words=words.ask or goal.words, hint=hints[0], aim=aim)
    return replace(
        task,
        goal=goal,
        hints=hints,
        mistakes=mistakes,
        options=options or task.options,
    )


def _choice(task: TaskCard, aim: Asked, options: tuple[str, ...]) -> Read:
    """The right one of the translated answers."""
    english = aim.right(())
    assert isinstance(english, rights.Choice)
    choice = rights.Choice(options, options[task.options.index(english.right)])
    return lambda _: choice


def _formed(read: Read, form: str) -> Read:
    """The same answer, with other words for what is to be typed."""

    def found(frames: Frames) -> Answer | None:
        answer = read(frames)
        if isinstance(answer, rights.Exactly | Hexadecimal):
            return replace(answer, form=form)
        return answer

    return found


def _option(task: TaskCard, typed: str | None, options: tuple[str, ...]) -> str | None:
    """The translation of an answer that is one of the options."""
    chosen = None if typed is None else rights.chosen_from(task.options, typed)
    return typed if chosen is None else options[task.options.index(chosen)]
