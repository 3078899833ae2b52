"""What holds on every screen: seen on one walk to all of them, and not on one a claim.

To come to all screens takes longer than to look at them. So the claims of one size
share a walk: at each screen each of them looks, in the order below, and leaves the
screen as it was; the last one may leave it. Whoever finds something wrong does not look
again. Its own test fails with what it found.

Deep: the screens at forty by ten that have few words. The usual tests read the longest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import TypeAlias

import pytest
from textual.actions import parse
from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tui.drawing.help import help_lines
from minios.tui.drawing.lines import length, plain
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.start import StartScreen
from minios.tui.widgets.pane import Pane
from tests.tui.places import SCREENS, back_to, bindings, go_to, offered
from tests.tui.walking import assert_readable, click_key, play, shown, words

Look: TypeAlias = Callable[[Pilot[None], MiniosApp, str], Awaitable[None]]
Found: TypeAlias = Mapping[Look, AssertionError]


def walk_round(
    *looks: Look, size: tuple[int, int], names: Iterable[str] = SCREENS
) -> Found:
    """Go to these screens, and look at each; what was wrong."""
    found: dict[Look, AssertionError] = {}

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for name in names:
            await go_to(pilot, app, name)
            for look in looks:
                if look in found:
                    continue
                try:
                    await look(pilot, app, name)
                except AssertionError as error:
                    error.add_note(f"on the screen: {name}")
                    found[look] = error
        await back_to(pilot, app, StartScreen)

    play(walk, size=size)
    return found


def judge(found: Found, look: Look) -> None:
    """Fail with what this one found."""
    if look in found:
        raise found[look]


# ---- In a large terminal.


async def footer_is_declared(_pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """What can be pressed and is shown comes from the screen itself."""
    declared = {it.key for it in bindings(name)}
    for _, binding, enabled, _ in app.screen.active_bindings.values():
        if binding.show and enabled:
            assert binding.key in declared


async def palette_speaks(_: Pilot[None], app: MiniosApp, _name: str) -> None:
    """More words than the name of a key, and no key twice."""
    found = offered(app)
    keys = [it for it in found.values() if it.startswith("key ")]
    assert len(keys) == len(set(keys))
    assert all(" " in it or it in {"Theme", "Maximize"} for it in found)
    assert {"Save the screen as text", "Theme", "End minios"} <= set(found)


async def help_explains(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """F1 opens it and closes it; what it says is in view, and names each key."""
    if name == "help":
        return
    screen = app.screen
    await pilot.press("f1")
    await pilot.pause()
    assert isinstance(app.screen, HelpScreen)
    headings = [it.heading for it in app.screen.sections]
    introduction = headings.index(f"This screen: {screen.TITLE}")
    said = " ".join(app.screen.sections[introduction].sentences)
    assert len(said) > 60
    assert said == " ".join((screen.HELP or "").split("\n"))
    assert f"This screen: {screen.TITLE}" in shown(app)
    assert said[:40] in shown(app)
    listed = {what for it in app.screen.sections for _, what in it.keys}
    # A machine that is not there, an instance that there is but one of.
    absent = {
        it.tooltip
        for it in bindings(name)
        if screen.check_action(*_parsed(it.action)) is not True
    }
    assert {it.tooltip for it in bindings(name) if it.tooltip} - absent <= listed
    await pilot.press("f1")
    await pilot.pause()
    assert app.screen is screen


def _parsed(action: str) -> tuple[str, tuple[object, ...]]:
    _, name, parameters = parse(action)
    return name, parameters


async def click_leaves(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """A click in the footer does what escape does; nothing else holds one back."""
    screen = app.screen
    if name not in {"start", "lab", "jump"}:
        await click_key(pilot, app, "escape")
        await pilot.pause()
        assert app.screen is not screen
    if name not in {"start", "plugin", "pipeline"}:
        await back_to(pilot, app, LabScreen)


@cache
def large() -> Found:
    """What is wrong in a large terminal."""
    looks = (footer_is_declared, palette_speaks, help_explains, click_leaves)
    return walk_round(*looks, size=(200, 50))


def test_the_footer_shows_what_a_screen_declares() -> None:
    """No key comes from elsewhere, so the tests of its keys have seen them all."""
    judge(large(), footer_is_declared)


def test_every_entry_of_the_palette_is_there_once_and_speaks() -> None:
    """On every screen: more words than the name of a key, and no key twice."""
    judge(large(), palette_speaks)


def test_f1_says_what_the_screen_is_for_and_what_its_keys_do() -> None:
    """With words of its own, and each key that it declares; F1 closes it again."""
    judge(large(), help_explains)


def test_a_click_in_the_footer_leaves_a_dialog_and_every_screen_can_be_left() -> None:
    """On the key that the footer shows for it; the letters of a jump have none.

    Escape or q closes a dialog, q leaves the lab.
    """
    judge(large(), click_leaves)


# ---- At forty by ten.


async def can_be_read(_: Pilot[None], app: MiniosApp, name: str) -> None:
    """Nothing fits, and there is something to read."""
    assert_readable(app, name)


async def help_can_be_read(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """All its lines come by, none of them wider than the dialog."""
    if name != "help":
        await pilot.press("f1")
        await pilot.pause()
    assert isinstance(app.screen, HelpScreen)
    pane = app.screen.query_one(Pane)
    lines = help_lines(app.screen.sections, pane.size.width)
    assert all(length(it) <= pane.size.width for it in lines)
    for _ in lines:
        await pilot.press("space")
        if pane.scroll_offset.y >= pane.max_scroll_y:
            break
    await pilot.pause()
    last = " ".join(plain([lines[-1]]).split())
    assert last[:20] in words(app)
    await pilot.press("escape")
    await pilot.pause()


LONG = ("start", "lab", "push", "editor", "why", "goals", "help", "term")
PARTS = {
    "the longest": LONG,
    "the others": [name for name in SCREENS if name not in LONG],
}
AT_FORTY_BY_TEN = pytest.mark.parametrize(
    "part", ["the longest", pytest.param("the others", marks=pytest.mark.deep)]
)


@cache
def small(part: str) -> Found:
    """What is wrong at forty by ten."""
    looks = (can_be_read, help_can_be_read)
    return walk_round(*looks, size=(40, 10), names=PARTS[part])


@AT_FORTY_BY_TEN
def test_at_forty_by_ten_every_screen_can_be_read(part: str) -> None:
    """Nothing fits, nothing breaks, and there is something to read."""
    judge(small(part), can_be_read)


@AT_FORTY_BY_TEN
def test_help_can_be_read_to_its_end_at_forty_by_ten(part: str) -> None:
    """All its lines come by, none of them wider than the dialog."""
    judge(small(part), help_can_be_read)
