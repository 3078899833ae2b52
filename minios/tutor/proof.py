"""Whether a lesson can be done: the start must fail, and the solution must pass.

Each wrong attempt in `mistakes/` must fail, too, and be told what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minios.errors import MiniosError
from minios.tutor import attempts
from minios.tutor.model import TEXT_NAME, Lesson
from minios.tutor.taking import taken
from minios.tutor.visit import Tone

_FEWEST_MISTAKES: Final = 2
_FEWEST_HINTS: Final = 2
_IDLE: Final = 20_000_000_000  # virtual ns in which a learner who does nothing waits


def problems(lesson: Lesson) -> Iterator[str]:
    """What is wrong with a lesson, in sentences; nothing if it is proved."""
    for task in lesson.tasks:
        if len(task.hints) < _FEWEST_HINTS:
            yield f"the task {task.name!r} has fewer than {_FEWEST_HINTS} hints"
        if len(set(task.hints)) < len(task.hints):
            yield f"the task {task.name!r} has the same hint twice"
    for check in (_start, _solution, _mistakes):
        try:
            yield from check(lesson)
        except MiniosError as error:
            yield str(error)


def _start(lesson: Lesson) -> Iterator[str]:
    """Whoever does nothing passes nothing."""
    with taken(lesson) as one:
        one.said += one.visit.check()
        one.run_for(_IDLE)
        for name in one.visit.keeper.names:
            yield f"the task {name!r} is done although nobody has done anything"


def _solution(lesson: Lesson) -> Iterator[str]:
    path = lesson.solution / attempts.STEPS_NAME
    _, steps = attempts.read(path)
    with taken(lesson) as one:
        try:
            one.take(steps)
        except MiniosError as error:
            yield f"{path}: {error}"
        left = [it.name for it in lesson.tasks if not one.visit.has(it)]
        told = [it.words for it in one.said if it.tone is Tone.MISTAKE]
        if left:
            yield f"{path} does not do: {', '.join(left)}. Told: {told}"
        elif told:
            yield f"{path} is right, and is told a mistake: {told}"
        elif not (lesson.solution / TEXT_NAME).exists():
            yield f"{lesson.solution} has no {TEXT_NAME} that tells the solution"


def _mistakes(lesson: Lesson) -> Iterator[str]:
    found = sorted((lesson.folder / "mistakes").glob("*.toml"))
    if len(found) < _FEWEST_MISTAKES:
        yield f"there are fewer than {_FEWEST_MISTAKES} wrong attempts in mistakes/"
    for path in found:
        yield from _mistake(lesson, path)


def _mistake(lesson: Lesson, path: Path) -> Iterator[str]:
    attempt, steps = attempts.read(path)
    if not attempt.says:
        yield f"{path} does not write says = ..."
    with taken(lesson) as one:
        try:
            one.take(steps)
        except MiniosError as error:
            yield f"{path}: {error}"
        told = [it.words for it in one.said if it.tone is Tone.MISTAKE]
        if not any(attempt.says in it for it in told):
            yield f"{path}: nobody says {attempt.says!r}, but {told}"
        if one.visit.is_passed:
            yield f"{path} passes the lesson"
