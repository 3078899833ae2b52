"""Keys, help, palette and sizes of a lesson.

Deep: each size is a lesson of its own, taken anew. The usual tests have two of them.
"""

from __future__ import annotations

import random
import re

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from minios.tui import themes
from minios.tui.app import MiniosApp
from minios.tui.screens import lesson_words
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab_keys import KEYS
from minios.tui.widgets.lesson_column import LessonText
from minios.tutor.actions import ACTIONS
from minios.tutor.learner import Learner
from tests.tui.test_lesson import FILES, column, crash, learner, lesson_of, take
from tests.tui.walking import Size, shown, ticks

__all__ = ["learner"]
KEY = re.compile(r"^key (\S+)(?:, then (\S+))?(?: beside the text| in the lab)?$")


def test_every_act_of_a_text_has_words() -> None:
    """A key that is bound, or a part of the screen that is always in view."""
    words = lesson_words.words(MiniosApp())
    assert set(words) == set(ACTIONS)
    declared = Binding.make_bindings([*KEYS, *LessonText.BINDINGS])
    bound = {MiniosApp().get_key_display(it) for it in declared}
    keys = {act: KEY.match(it) for act, it in words.items() if it.startswith("key")}
    assert all(keys.values())
    assert {key for it in keys.values() if it for key in it.groups() if key} <= bound
    assert {act for act in words if act not in keys} == {"screen", "states"}


def test_a_key_with_two_meanings_says_where() -> None:
    """N is the next lesson beside the text; in the lab it steps the machine."""
    words = lesson_words.words(MiniosApp())
    assert words["step"] == "key n in the lab"
    assert words["hint"] == "key h beside the text"
    assert words["push"] == "key p"


@pytest.mark.parametrize("side", ["text", "lab"])
def test_the_palette_has_all_functions_of_both_sides(
    learner: Learner, side: str
) -> None:
    """Wherever the focus is; each key once."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        if side == "lab":
            await pilot.press("f6")
        found = [(it.title, it.help) for it in app.get_system_commands(app.screen)]
        keys = [it for _, it in found if it.startswith("key ")]
        titles = [it for it, _ in found]
        assert len(keys) == len(set(keys))
        assert len(titles) == len(set(titles))
        for words in ("Hint: say how to go on", "List all lessons", "Step the active"):
            assert any(it.startswith(words) for it in titles), words
        assert "key n beside the text" in keys
        assert "key n in the lab" in keys
        solution = next(
            it for it in app.get_system_commands(app.screen) if "solution" in it.title
        )
        await solution.callback()
        await pilot.pause()
        assert any("when all tasks" in it.message for it in app._notifications)

    take(learner, walk)


def test_help_explains_the_text_first_where_it_has_the_keys(learner: Learner) -> None:
    """With its keys, and in sentences."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        first, second, *_ = app.screen.sections
        assert first.heading == "The pane: the lesson"
        assert dict(first.keys)["h"].startswith("Hint: ")
        assert second.heading == "This screen: a lesson"
        assert "A task is ticked when the machines show" in second.sentences[0]

    take(learner, walk)


@pytest.mark.parametrize(
    "size",
    [
        *((20, 5), (40, 10)),
        *(
            pytest.param(size, marks=pytest.mark.deep)
            for size in ((80, 24), (119, 24), (120, 40), (200, 50), (300, 100))
        ),
    ],
)
def test_every_size_is_survived(learner: Learner, size: Size) -> None:
    """By both sides, with a hint and a mistake; from 40 x 10 the task can be read."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await crash(pilot, app)
        await pilot.press("f6") if lesson_of(app).has_class("-in-lab") else None
        await pilot.press("h", "a", "3", "enter", "escape")
        await pilot.pause()
        if size >= (40, 10):
            assert "Say in which ring" in shown(app)
        await pilot.press("f6")
        await ticks(pilot, app, 2)
        if size >= (40, 10):
            assert "Say in which ring" in shown(app)
        for key in ("i", "i", "i", "i", "i", "d", "d", "t", "f6", "l"):
            await pilot.press(key)
            await ticks(pilot, app, 1)

    take(learner, walk, size=size)


def test_after_a_storm_of_sizes_a_lesson_is_as_it_was(learner: Learner) -> None:
    """Nothing stays behind of the sizes between."""
    dice = random.Random(3)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("h")
        await pilot.pause()
        before = shown(app)
        for _ in range(5):
            width, height = dice.randrange(20, 250), dice.randrange(5, 80)
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert shown(app) == before

    take(learner, walk)


@pytest.mark.parametrize("theme", [it.name for it in themes.THEMES])
def test_the_text_can_be_read_in_every_theme(learner: Learner, theme: str) -> None:
    """Each character of the column differs from its ground by a ratio of 4.5."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        app.theme = theme
        await pilot.press("h")
        await pilot.pause()
        area = lesson_of(app).query_one("LessonColumn").region
        weak = set()
        for y, strip in enumerate(app.screen._compositor.render_strips()):
            x = 0
            for text, style, _ in strip:
                inside = area.x < x < area.right - 1 and area.y < y < area.bottom - 1
                is_read = any(it.isalnum() for it in text)
                if inside and is_read and style and style.color and style.bgcolor:
                    one, other = style.color, style.bgcolor
                    if _ratio(one.get_truecolor(), other.get_truecolor()) < 4.5:
                        weak.add(text.strip())
                x += len(text)
        assert weak == set()

    take(learner, walk)


def _ratio(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours, as WCAG 2.1 counts it."""

    def light(colour: tuple[int, int, int]) -> float:
        parts = [it / 255 for it in colour]
        red, green, blue = (
            it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4
            for it in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_a_lesson_without_files_has_no_editor(learner: Learner) -> None:
    """And one without facts has none to read."""

    async def small(_: Pilot[None], app: MiniosApp) -> None:
        assert "screen.edit" not in actions(app)
        assert "screen.facts" in actions(app)

    async def files(_: Pilot[None], app: MiniosApp) -> None:
        assert "screen.edit" in actions(app)
        assert "screen.facts" not in actions(app)
        assert "screen.answer" not in actions(app)
        assert "Use key e beside the text to change" in column(app)

    def actions(app: MiniosApp) -> set[str]:
        found = app.screen.active_bindings.values()
        return {it.binding.action for it in found}

    take(learner, small)
    take(learner, files, FILES)
