"""The tasks of a lesson below its text, and what was said last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from minios.tui.drawing.lines import Line, line, wrapped

DONE: Final = "✓"
NOW: Final = "▸"
LATER: Final = "·"
MISTAKE: Final = "✖"


class TaskRow(NamedTuple):
    """A task: what is asked, whether it is done, and whether it is the one at hand."""

    words: str
    done: bool
    now: bool = False

    @property
    def sign(self) -> str:
        """What stands before it."""
        return DONE if self.done else NOW if self.now else LATER

    @property
    def role(self) -> str:
        """How it looks. The sign says the same."""
        return "good" if self.done else "changed" if self.now else ""


def task_lines(tasks: Sequence[TaskRow], width: int, rows: int) -> list[Line]:
    """All tasks, folded beside their signs; in few rows, mostly the one at hand."""
    full = [it for task in tasks for it in _beside(task.sign, task.words, task, width)]
    if len(full) <= rows:
        return full
    done = sum(task.done for task in tasks)
    now = next((task for task in tasks if task.now), None)
    if now is None:
        return [line((f"{DONE} all {len(tasks)} tasks are done", "good"))]
    at_hand = _beside(now.sign, now.words, now, width)
    later = len(tasks) - done - 1
    around = f"{DONE} {done} of {len(tasks)} tasks done"
    if later:
        around += f", then {later} more"
    around += " (T lists all)"
    if rows < 2:
        return at_hand[:rows]
    return [line((around, "dim")), *at_hand[: rows - 1]]


def task_line(tasks: Sequence[TaskRow], width: int, rows: int) -> list[Line]:
    """The task at hand alone, with its number; for where the lab takes all the room."""
    at = next((n for n, task in enumerate(tasks) if task.now), None)
    if at is None:
        words, role = f"{DONE} All tasks are done. F6: the text says more", "good"
    else:
        words, role = f"{NOW} {at + 1}/{len(tasks)} {tasks[at].words}", "changed"
    return wrapped(words, width, role)[:rows]


def said_lines(paragraphs: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Texts with their roles, one below the other."""
    return [
        it
        for text, role in paragraphs
        for part in text.splitlines() or [""]
        for it in wrapped(part, width, role)
    ]


def _beside(sign: str, words: str, task: TaskRow, width: int) -> list[Line]:
    first, *rest = wrapped(words, width - 2, task.role)
    head = (*line((f"{sign} ", task.role)), *first)
    return [head, *((*line("  "), *it) for it in rest)]
