"""Every key on every screen that shows it; every size, and many of them quickly."""

from __future__ import annotations

import random
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList

from minios.tui import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.addresses import AddressScreen
from minios.tui.screens.breaks import BreakScreen
from minios.tui.screens.choices import PowerScreen, VendorScreen
from minios.tui.screens.dialogs import Dialog, ErrorScreen, HelpScreen
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.jump import JumpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.push import PushScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.pane import Pane
from tests.tui.walking import lab_of, misfortune, play, shown, ticks

TWO = catalogue.find("two-worlds")
SCREENS: dict[str, tuple[str, ...]] = {
    "start": (),
    "lab": ("enter",),
    "push": ("enter", "p"),
    "editor": ("enter", "p", "ctrl+n"),
    "why": ("enter", "W"),
    "help": ("enter", "question_mark"),
    "jump": ("enter", "j"),
    "stop at": ("enter", "o"),
    "power": ("enter", "r"),
    "memory at": ("enter", "g"),
    "vendor": ("enter", "v"),
}
KINDS: dict[str, type[Screen[Any]]] = {
    "start": StartScreen,
    "lab": LabScreen,
    "push": PushScreen,
    "editor": EditorScreen,
    "why": WhyScreen,
    "help": HelpScreen,
    "jump": JumpScreen,
    "stop at": BreakScreen,
    "power": PowerScreen,
    "vendor": VendorScreen,
    "memory at": AddressScreen,
}
BEFORE: dict[tuple[str, str], str] = {
    # a key that has to be pressed before, so that there is something to do
    ("start", "up"): "down",
    ("why", "up"): "down",
    ("why", "k"): "down",
    ("help", "up"): "down",
    ("editor", "ctrl+g"): "ctrl+n",
}


def footer_keys() -> list[tuple[str, str]]:
    """Every key that the footer of a screen shows, with the name of the screen."""
    return [
        (name, binding.key)
        for name, kind in KINDS.items()
        for binding in Binding.make_bindings(kind.BINDINGS)
        if binding.show
    ]


async def go_to(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """Walk to a screen."""
    for key in SCREENS[name]:
        if key == "W":  # something has to go wrong first
            await ticks(pilot, app, 3)
            await pilot.press("p", "enter")
            await misfortune(pilot, app)
            key = "w"  # noqa: PLW2901 - the key that it stands for
        await pilot.press(key)
        await pilot.pause()
        if key == "enter":
            await ticks(pilot, app, 3)
    assert isinstance(app.screen, KINDS[name])


def state(app: MiniosApp) -> tuple[object, ...]:
    """All that a key may have an effect on."""
    labs = [screen for screen in app.screen_stack if isinstance(screen, LabScreen)]
    machines = [
        (
            lab.conductor.running,
            lab.conductor.pace_number,
            [(frame.t, frame.instructions) for frame in lab.conductor.frames],
            [len(frame.marks) for frame in lab.conductor.frames],
        )
        for lab in labs
    ]
    said = [it.message for it in app._notifications]
    chosen = [it.highlighted for it in app.screen.query(OptionList)]
    seen = shown(app), app.screen_stack[:], app.focused, chosen
    return *seen, machines, said, app._exit


@pytest.mark.parametrize(("name", "key"), footer_keys())
def test_every_key_of_the_footer_does_something(name: str, key: str) -> None:
    """On every screen that shows it; and never an error."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        if (name, key) in BEFORE:
            await pilot.press(BEFORE[name, key])
            await pilot.pause()
        before = state(app)
        await pilot.press(key)
        await pilot.pause()
        assert state(app) != before
        assert not any(isinstance(it, ErrorScreen) for it in app.screen_stack)

    play(walk, size=(100, 22) if name in {"why", "help"} else (200, 50))


@pytest.mark.parametrize("name", SCREENS)
def test_the_footer_shows_what_the_screen_declares(name: str) -> None:
    """No key comes from elsewhere, so the test above has seen them all."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        declared = {key for screen, key in footer_keys() if screen == name}
        for _, binding, enabled, _ in app.screen.active_bindings.values():
            if binding.show and enabled:
                assert binding.key in {it for one in declared for it in one.split(",")}

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
