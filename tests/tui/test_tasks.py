"""The tasks of a lesson below its text, and the keys that it needs."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tui.drawing.lines import Line
from minios.tui.drawing.tasks import TaskRow, task_lines
from minios.tui.screens import lesson_words
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lesson_dialogs import TextScreen
from minios.tutor.learner import Learner
from tests.tui.test_lesson import column, learner, lesson_of, take
from tests.tui.walking import footer

__all__ = ["learner"]
SIX = [TaskRow(f"task {n}", n < 4, n == 4) for n in range(6)]


def plain(lines: list[Line]) -> list[str]:
    """The lines without colours."""
    return ["".join(span.text for span in it) for it in lines]


def test_in_few_rows_tasks_are_counted_around_the_one_at_hand() -> None:
    """Those that are done, those that come later, and how to see all."""
    assert plain(task_lines(SIX, 60, 3)) == [
        "✓ 4 of 6 tasks done, then 1 more (T lists all)",
        "▸ task 4",
    ]


def test_a_low_terminal_shows_one_task_and_all_keys_that_are_needed(
    tmp_path: Path,
) -> None:
    """The text has the room. All tasks are listed on demand."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lesson = lesson_of(app).lesson
        one, two, *_ = (it.goal.words for it in lesson.tasks)
        said = f"✓ 0 of {len(lesson.tasks)} tasks done, then {len(lesson.tasks) - 1}"
        assert f"{said} more (T lists all)" in column(app)
        assert f"▸ {one}" in column(app)
        assert two not in column(app)
        found = {it.binding.action for it in footer(app)}
        assert lesson_words.actions_of(lesson) <= found
        await pilot.press("T")
        await pilot.pause()
        assert isinstance(app.screen, TextScreen)
        assert f"· {two}" in column(app)

    take(Learner(tmp_path), walk, 1, size=(80, 24))


def test_the_keys_that_a_lesson_names_come_first_in_the_foot(
    learner: Learner,
) -> None:
    """Also in a small terminal, beside the text and in the lab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        needed = lesson_words.actions_of(lesson_of(app).lesson)
        assert {"push", "why", "screen.answer", "screen.hint"} <= needed
        for _ in range(2):
            found = [it.binding.action for it in footer(app)]
            first = [it in needed for it in found]
            assert "push" in found
            assert first == sorted(first, reverse=True)
            await pilot.press("f6")
            await pilot.pause()

    take(learner, walk, size=(80, 24))


def test_the_help_says_which_keys_belong_to_the_text(learner: Learner) -> None:
    """N opens the next lesson there, and steps only in the lab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        rows = [row for it in app.screen.sections for row in it.keys]
        steps = next(words for key, words in rows if "by one instruction; " in words)
        assert steps.endswith("(while the lab has the keys)")
        assert any(key == "f" and "where the claims" in words for key, words in rows)

    take(learner, walk)
