"""The help of screens and panes, and what it survives.

That every screen has one that explains it is in `test_every_screen.py`.

Deep: every screen goes through a storm of sizes. The usual tests take one of each kind:
a list, a lab, a form, a text.
"""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.help import HelpSection, help_lines
from minios.tui.drawing.lines import plain
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.keys import HEADINGS, on
from tests.tui.places import KINDS, SCREENS, go_to
from tests.tui.stage import entered, play_from, suffered, up

TWO = catalogue.find("two-worlds")
WITH_HELP = [name for name in SCREENS if name != "help"]
USUAL = {"start", "lab", "editor", "glossary", "why"}
STORM = [(40, 10), (20, 5), (200, 60)]


def test_every_screen_has_a_purpose_of_its_own() -> None:
    """No two of them say the same of themselves."""
    kinds = [KINDS[name] for name in WITH_HELP]

    assert len({kind.TITLE for kind in kinds}) == len(kinds)
    assert len({kind.HELP for kind in kinds}) == len(kinds)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.deep] * (name not in USUAL))
        for name in WITH_HELP
        if name != "point"
    ],
)
def test_a_dialog_survives_a_storm_of_sizes_and_its_help_does(name: str) -> None:
    """While somebody types on; what was typed is still there.

    Only a picture to point at is closed by another size (`test_pointing.py`).
    """

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        screen = app.screen
        fields = [it for it in (app.focused,) if isinstance(it, Input | TextArea)]
        for size in STORM:
            await pilot.resize_terminal(*size)
            if fields:
                await pilot.press("z")
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("down", "escape")
            await pilot.pause()
            assert app.screen is screen
        for field in fields:
            typed = field.value if isinstance(field, Input) else field.text
            assert "z" * len(STORM) in typed
        assert not any(isinstance(it, ErrorScreen) for it in app.screen_stack[:-1])

    if name == "why":  # it has gone wrong there
        play_from(suffered, walk, card=TWO)
    else:
        play_from(entered, walk)


def test_the_help_of_a_lab_begins_with_the_rings() -> None:
    """In sentences; then the keys under all the headings, each key once."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        listed = [it.pressed for it in on(app.screen)]
        assert len(listed) == len(set(listed))
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        first, *rest = app.screen.sections
        assert "Programs run in ring 3" in first.sentences[0]
        assert "The kernel and its drivers run in ring 0" in first.sentences[0]
        headings = [it.heading for it in rest]
        assert headings[: len(HEADINGS)] == [it.description for it in HEADINGS]
        panes = {it.removeprefix("The pane: ") for it in headings[len(HEADINGS) :]}
        assert {"title", "past", "rings", "screen", "timeline"} <= panes
        assert not {it for it in panes if it != it.lower() and "T" not in it}

    play_from(up, walk, card=TWO)


def test_the_keys_of_a_pane_stand_in_its_own_help() -> None:
    """What the arrows do on the timeline is said where the timeline is explained."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("t", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        first = app.screen.sections[0]
        assert first.heading == "The pane: timeline"
        assert ("enter", "Explain the chosen event") in first.keys

    play_from(up, walk, card=TWO)


def test_words_are_folded_beside_their_key() -> None:
    """However narrow it is, a key stands alone on the left."""
    section = HelpSection(
        "Go on", ("One two three four.",), (("+ =", "more of it " * 5),)
    )

    rows = plain(help_lines([section], 34)).splitlines()
    assert rows[0] == "Go on"
    assert rows[2].startswith("  + =       more of it")
    assert rows[3].startswith(" " * 12)
    assert rows[3].split()[0] in {"more", "of", "it"}
    below = plain(help_lines([section], 20)).splitlines()
    assert below[2:4] == ["  + =", "    more of it more"]
