"""What a sensor costs, on the screen: measured while one looks, in another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from textual.app import SystemCommand
from textual.pilot import Pilot

from minios.errors import ImageError
from minios.lab import cost
from minios.lab.cost import Arrangement, Cost, Operation
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.cost import costs as draw
from minios.tui.drawing.lines import length, plain
from minios.tui.pages import number_of
from minios.tui.pages.clients import ClientsPage
from minios.tui.screens.cost import WORDS, CostScreen
from minios.tui.screens.help import HelpScreen
from tests.tui.stage import play_from, up
from tests.tui.walking import (
    application,
    costs_of_pipes,
    footer,
    lab_of,
    play,
    ticks,
    words,
)

TWO = catalogue.find("two-worlds")


async def measured(pilot: Pilot[None], app: MiniosApp) -> str:
    """Until all is measured; what can be read then."""
    await pilot.pause()
    assert isinstance(app.screen, CostScreen)
    await app.workers.wait_for_complete()
    await pilot.pause()
    return words(app)


def offered(app: MiniosApp) -> list[SystemCommand]:
    """What the palette offers for it where no key does it."""
    found = app.get_system_commands(app.screen)
    return [it for it in found if it.title == WORDS]


def numbers(it: Cost) -> str:
    """What its row has to say, with single blanks."""
    return (
        f"{it.counts.instructions / it.count:.0f} {it.counts.crossings / it.count:.1f} "
        f"{it.counts.switches / it.count:.1f} {it.counts.time / it.count / 1000:.1f} us"
    )


def test_the_page_of_the_clients_leads_to_what_is_measured() -> None:
    """By a key that its help names; the machines of the lab stand still meanwhile."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        app.measure_cost = partial(cost.measure, 1, (Operation.PIPES,))
        lab = lab_of(app)
        lab.show_page(number_of(ClientsPage))
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        said = str(app.screen.sections)
        assert "The key P measures" in said
        assert "('P', 'Price: measure what a sensor costs" in said
        await pilot.press("escape", "P")
        told = await measured(pilot, app)
        now = lab.conductor.now
        for it in costs_of_pipes():  # measured anew, and the same
            assert it.arrangement.words in told
            assert numbers(it) in told
        await ticks(pilot, app, 5)
        assert lab.conductor.now == now
        assert "escape" in {it.binding.key for it in footer(app)}
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen_stack[-1] is lab

    play_from(up, walk, card=TWO)


def test_the_palette_of_each_screen_has_it_once() -> None:
    """Also where there is no key for it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        (command,) = offered(app)
        command.callback()
        assert "open and close a named pipe" in await measured(pilot, app)
        assert not offered(app)

    play(walk)


def test_it_is_measured_in_another_thread() -> None:
    """The screen goes on meanwhile."""
    threads: set[int] = set()

    def measure() -> Iterator[Cost]:
        for it in costs_of_pipes():
            threads.add(threading.get_ident())
            yield it

    async def walk() -> None:
        app = application(None)
        app.measure_cost = measure
        async with app.run_test(size=(110, 40)) as pilot:
            app.action_cost()
            await pilot.pause()
            await app.workers.wait_for_complete()

    asyncio.run(walk())
    assert threads
    assert threading.get_ident() not in threads


def test_what_is_not_known_yet_is_being_measured() -> None:
    """One row after the other is filled in."""
    first = costs_of_pipes()[:1]
    rows = plain(draw(first, 110, is_over=False)).splitlines()

    waiting = [it for it in rows if it.endswith("measuring...")]
    assert len(waiting) == len(Operation) * len(Arrangement) - 1
    assert "measuring..." not in plain(draw(first, 110, is_over=True))


def test_what_cannot_be_measured_is_a_sentence() -> None:
    """The screen stays, and says no longer that it measures."""

    def measure() -> Iterator[Cost]:
        raise ImageError("the guest has not been built")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        app.measure_cost = measure
        app.action_cost()
        told = await measured(pilot, app)
        assert "the guest has not been built" in told
        assert "measuring..." not in told

    play(walk, size=(80, 24))


@pytest.mark.parametrize("width", [36, 70, 74, 76, 110])
def test_nothing_is_too_wide_and_no_number_is_left_out(width: int) -> None:
    """In a narrow terminal a row has two or three lines."""
    lines = draw(costs_of_pipes(), width, is_over=True)
    text = " ".join(plain(lines).split())

    assert max(map(length, lines)) <= width
    for it in costs_of_pipes():
        for number in numbers(it).removesuffix(" us").split():
            assert number in text


def test_a_bar_is_as_long_as_its_instructions_are_many() -> None:
    """The longest one is full, the others in proportion."""
    found = {it.arrangement: it.counts.instructions for it in costs_of_pipes()}
    rows = plain(draw(costs_of_pipes(), 110, is_over=True)).splitlines()

    for arrangement in Arrangement:
        (row,) = (it for it in rows if it.startswith(arrangement.words))
        share = found[arrangement] / max(found.values())
        assert abs(row.count("█") - 10 * share) <= 0.5
        assert row.count("█") + row.count("·") == 10
