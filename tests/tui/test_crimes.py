"""The crimes on the screen: searched, committed, and both ends compared."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.crimes import CrimeScreen
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.why import WhyScreen
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, lab_of, shown, ticks, words

CRIMES = catalogue.find("crimes")
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)


async def ready(pilot: Pilot[None], app: MiniosApp) -> None:
    """The shells of the machines wait for a crime."""
    await ticks(pilot, app, 40)


async def choose(pilot: Pilot[None], app: MiniosApp, typed: str) -> None:
    """Open the list and search it."""
    await pilot.press("C")
    await pilot.pause()
    assert isinstance(app.screen, CrimeScreen)
    await pilot.press(*typed)
    await pilot.pause()


@SIZES
def test_a_crime_is_committed_by_keys_and_its_ends_are_compared(
    size: tuple[int, int],
) -> None:
    """C, type, enter; when it has ended, C and enter say how and why."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await choose(pilot, app, "smashnc")
        assert "returns to a non-canonical address" in words(app)
        below = str(app.screen.query_one(".words", Static).content)
        assert "belongs to neither half of memory" in below
        assert "macos: an extension in ring 3" in below
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        await ticks(pilot, app, 40)
        ended = "smashnc: windows stops 0x7E, macos dies #GP"
        assert any(it.message.startswith(ended) for it in app._notifications)
        await choose(pilot, app, "")
        assert "How it ended, and why: smashnc:" in words(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, WhyScreen)
        if "0x7E, SYSTEM_THREAD_EXCEPTION" not in words(app):  # a low terminal
            await pilot.press("d", "space")
            await pilot.pause()
        assert "0x7E, SYSTEM_THREAD_EXCEPTION" in words(app)

    play_from(ready, walk, size=size, card=CRIMES)


def test_a_machine_that_cannot_commit_says_so_and_nothing_is_typed() -> None:
    """At power on there is no shell yet."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await choose(pilot, app, "divide")
        lab_of(app).conductor.running = False
        await pilot.press("enter")
        await pilot.pause()
        if isinstance(app.screen, ErrorScreen):
            assert "cannot commit it now: it has not finished starting" in words(app)
            assert not any(it.inputs for it in lab_of(app).conductor.frames)

    play_from(up, walk, card=CRIMES)


def test_a_search_that_finds_nothing_offers_nothing() -> None:
    """Enter does nothing then."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await choose(pilot, app, "xyzzy")
        assert "nothing matches xyzzy" in shown(app)
        assert app.screen.query_one(OptionList).highlighted is None
        assert "enter" not in {it.binding.key for it in footer(app)}
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, CrimeScreen)

    play_from(up, walk, card=CRIMES)


def test_other_labs_have_no_such_key() -> None:
    """Their machines have no plugin for it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert "C" not in {it.binding.key for it in footer(app)}
        await pilot.press("C")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)

    play_from(up, walk, card=catalogue.find("two-worlds"))
