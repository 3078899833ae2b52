"""Keys in one burst, faster than the screen follows: none is lost, none goes astray."""

from __future__ import annotations

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from minios.lab.inputs import Type
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.guest_console import GuestConsole
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, play, ticks

TWO = catalogue.find("two-worlds")
FIELDS = {"find": "slash", "address": "g", "place": "o", "path": "p"}


async def burst(pilot: Pilot[None], app: MiniosApp, *keys: str) -> None:
    """As a terminal sends them: the next one comes before the last one was handled."""
    for key in keys:
        character = " " if key == "space" else key if len(key) == 1 else None
        app.post_message(Key(key, character))
    await pilot.pause()


def typed(app: MiniosApp, machine: int = 0) -> str:
    """What a machine was sent."""
    inputs = lab_of(app).conductor.frames[machine].inputs
    return "".join(it.text for _, it in inputs if isinstance(it, Type))


@pytest.mark.parametrize("page", ["", "i"])
def test_what_is_typed_right_after_c_goes_to_the_console(page: str) -> None:
    """R is no reset, n is no step: the machine gets the word."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await burst(pilot, app, *page, "c", *"run", "space", *"loop", "enter")
        assert isinstance(app.screen, LabScreen)
        assert isinstance(app.focused, GuestConsole)
        assert app.focused.region.area
        await ticks(pilot, app, 3)
        assert typed(app) == "run loop\n"

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_typed_right_after_a_key_goes_to_its_field(name: str) -> None:
    """Also if the field is in a dialog that is only being opened."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        open_path = ["ctrl+o"] * (name == "path")
        await burst(pilot, app, FIELDS[name], *open_path, *"rxnq")
        assert isinstance(app.focused, Input)
        assert app.focused.value == "rxnq"

    play_from(up, walk, card=TWO)


def test_a_burst_chooses_in_a_dialog() -> None:
    """P, down, enter: the second file."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await burst(pilot, app, "r", "down")
        assert app.screen.query_one(OptionList).highlighted == 1
        await burst(pilot, app, "escape")
        await burst(pilot, app, "p", "enter")
        assert isinstance(app.screen, LabScreen)
        await ticks(pilot, app, 1)
        assert lab_of(app).conductor.frames[0].inputs

    play_from(up, walk, card=TWO)


def test_enter_waits_for_what_was_typed_before_it() -> None:
    """The whole of it chooses the lab, not the list as it was drawn last."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        words = ["space" if it == " " else it for it in "ring 3 alone"]
        await burst(pilot, app, *words, "enter")
        await pilot.pause()
        assert lab_of(app).card.name == "macos"

    play(walk, card=None)
