"""The command palette: each thing once, in words, and only where it can be done."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from minios.session import catalogue
from minios.session.catalogue import LabCard
from minios.session.files import Files
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.push import PushScreen
from tests.tui.places import offered
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, play, ticks

TWO = catalogue.find("two-worlds")
FREE = catalogue.find("free-play")


@pytest.mark.parametrize("card", [TWO, FREE], ids=lambda card: card.name)
def test_only_machines_that_there_are_are_offered(card: LabCard) -> None:
    """Two in a lab of two, four in a lab of four."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        machines = [
            words for words in offered(app) if words.startswith("Make machine ")
        ]
        assert machines == [
            f"Make machine {number} the active one"
            for number in range(1, len(card.worlds) + 1)
        ]

    play_from(up, walk, card=card)


def test_an_entry_says_what_happens_and_which_key_does_it() -> None:
    """Also those that have two keys, once."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        found = offered(app)
        back = (
            "Take all machines back: to before a fault or the chosen event, or to a "
            "snapshot"
        )
        assert found[back] == "key b"
        assert [it for it in found if it.startswith("Faster")] == [
            "Faster: more machine time for each second you watch"
        ]

    play_from(up, walk, card=TWO)


def test_what_is_chosen_in_the_palette_is_done() -> None:
    """Typed, found, entered: on the screen that lay below."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"push")
        await app.workers.wait_for_complete()
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        assert "Push a content file" in str(options.get_option_at_index(0).prompt)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, PushScreen)

    play_from(up, walk, card=TWO)


def test_the_timeline_in_focus_adds_its_own_keys() -> None:
    """And nothing of the lab is lost by it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        before = set(offered(app))
        await pilot.press("t")
        await pilot.pause()
        assert before < set(offered(app))
        assert "Explain the chosen event" in offered(app)

    play_from(up, walk, card=TWO)


def test_what_is_saved_is_told_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screen in the folder one is in, a recording on the shelf; brackets and all."""
    here, shelf = tmp_path / "[a] here", tmp_path / "[b] shelf"
    here.mkdir()
    shelf.mkdir()
    monkeypatch.chdir(here)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        app.action_save_text()
        app.action_save_picture()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(lab_of(app), LabScreen)
        told = [it.message for it in app._notifications]
        kept = shelf / "two-worlds-1.jsonl"
        assert told == [
            f"saved as {here / 'minios-screen-1.txt'}",
            f"saved as {here / 'minios-screen-1.svg'}",
            f"saved as {kept}: the start screen can play it again",
        ]
        assert all(not it.markup for it in app._notifications)

    play(walk, card=TWO, files=Files(visits=shelf))
