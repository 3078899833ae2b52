"""Every key on every screen that shows it; every size, and many of them quickly."""

from __future__ import annotations

import random

import pytest
from textual.pilot import Pilot

from minios.tui import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.dialogs import Dialog, ErrorScreen
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.jump import JumpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.push import PushScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.pane import Pane
from tests.tui.walking import lab_of, play, ticks

TWO = catalogue.find("two-worlds")
SCREENS: dict[str, tuple[str, ...]] = {
    "start": (),
    "lab": ("enter",),
    "push": ("enter", "p"),
    "editor": ("enter", "p", "ctrl+n"),
    "why": ("enter", "W"),
    "help": ("enter", "question_mark"),
    "jump": ("enter", "j"),
}
KINDS: dict[str, type] = {
    "start": StartScreen,
    "lab": LabScreen,
    "push": PushScreen,
    "editor": EditorScreen,
    "why": WhyScreen,
    "help": Dialog,
    "jump": JumpScreen,
}


async def go_to(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """Walk to a screen."""
    for key in SCREENS[name]:
        if key == "W":  # something has to go wrong first
            await ticks(pilot, app, 3)
            await pilot.press("p", "enter")
            await ticks(pilot, app, 30)
            key = "w"  # noqa: PLW2901 - the key that it stands for
        await pilot.press(key)
        await pilot.pause()
    assert isinstance(app.screen, KINDS[name])


@pytest.mark.parametrize("name", SCREENS)
def test_every_key_works_on_the_screen_that_has_it(name: str) -> None:
    """No key of a screen leads to an error."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        screen = app.screen
        keys = [
            key for key, _ in screen._bindings if key not in {"ctrl+q", "escape", "q"}
        ]
        assert keys or name == "jump"
        for key in keys:
            while app.screen is not screen and isinstance(app.screen, KINDS["help"]):
                await pilot.press("escape")
            if app.screen is not screen:
                break
            await pilot.press(key)
            await pilot.pause()
            if app.screen is not screen and name == "lab":
                await pilot.press("escape")
                await pilot.pause()
        assert not any(isinstance(it, ErrorScreen) for it in app.screen_stack)

    play(walk)


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_can_be_left(name: str) -> None:
    """Escape or q closes a dialog, q leaves the lab."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        for _ in range(4):
            if isinstance(app.screen, StartScreen):
                return
            key = "q" if isinstance(app.screen, LabScreen) else "escape"
            await pilot.press(key)
            await pilot.pause()
        assert isinstance(app.screen, StartScreen)

    play(walk)


def test_every_pane_has_help() -> None:
    """In plain words: at least a sentence."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 2)
        panes = list(app.screen.query(Pane))
        assert len(panes) >= 13
        assert all(len(pane.HELP) > 20 for pane in panes)
        for pane in panes:
            if not pane.can_focus or not pane.region.area:
                continue
            pane.focus()
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(app.screen, Dialog)
            assert pane.HELP in app.screen._text
            await pilot.press("escape")
            await pilot.pause()

    play(walk, card=TWO)


@pytest.mark.parametrize("name", SCREENS)
def test_forty_by_ten_is_survived(name: str) -> None:
    """Nothing fits, nothing breaks."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)

    play(walk, size=(40, 10))


def test_a_storm_of_sizes_is_survived() -> None:
    """While the machines run, crash and are inspected."""
    dice = random.Random(1)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        for number in range(30):
            width, height = dice.randrange(20, 250), dice.randrange(5, 80)
            await pilot.resize_terminal(width, height)
            lab_of(app).tick()
            if number % 7 == 0:
                await pilot.press("i")
        await pilot.resize_terminal(200, 50)
        assert isinstance(app.screen, LabScreen)

    play(walk, card=TWO)
