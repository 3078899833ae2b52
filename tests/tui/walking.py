"""How the interface is tested: no threads, no clock, time goes on when the test says.

`play` opens the application without a terminal; `ticks` lets virtual time pass.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from minios.lab import cost
from minios.lab.cost import Cost, Operation
from minios.session.catalogue import LabCard
from minios.session.files import Files
from minios.session.status import Status
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.key_bar import KeyBar, KeyLabel
from minios.tutor.pipeline import Pipeline
from tests.tui import virtual_time

Walk: TypeAlias = Callable[[Pilot[None], "MiniosApp"], Awaitable[None]]
Size: TypeAlias = tuple[int, int]
_FRAMES = re.compile(r"[─-▟]")


def lab_of(app: MiniosApp) -> LabScreen:
    """The lab screen, also when a dialog lies over it."""
    found = [screen for screen in app.screen_stack if isinstance(screen, LabScreen)]
    assert found
    return found[-1]


async def ticks(pilot: Pilot[None], app: MiniosApp, number: int) -> None:
    """So many twentieths of a second go by."""
    for _ in range(number):
        lab_of(app).tick()
    await pilot.pause()


async def misfortune(pilot: Pilot[None], app: MiniosApp) -> None:
    """Until every world has crashed or lost a program, and has been started again."""
    for _ in range(400):
        lab = lab_of(app)
        if all(_has_suffered(frame.status) for frame in lab.conductor.frames):
            await pilot.pause()
            return
        lab.tick()
        if not lab.conductor.running:
            await pilot.pause()
            if lab.is_on_top:
                await pilot.press("space")  # the decisive moment waits for that
    pytest.fail("nothing went wrong")


def _has_suffered(status: Status) -> bool:
    again = status.boot > status.crashes if status.crashes else status.deaths
    return bool(status.crashes + status.deaths) and bool(again)


@cache
def small_pipeline() -> Pipeline:
    """Two files and two machines, in this process. What is known is kept."""
    names = ("channel-291-good", "channel-291-bad")
    return Pipeline(names, machines=2, rings=(1,), processes=1)


@cache
def costs_of_pipes() -> tuple[Cost, ...]:
    """What a sensor costs who opens pipes, measured once in each process."""
    return tuple(cost.measure(operations=(Operation.PIPES,)))


def application(
    card: LabCard | None, *, theme: str = "minios", files: Files | None = None
) -> MiniosApp:
    """The application, whose time goes on when the test says."""
    app = MiniosApp(
        card, theme=theme, automatic=False, files=files, factory=InlinePlayer
    )
    app.new_pipeline = small_pipeline
    app.measure_cost = lambda: iter(costs_of_pipes())
    return app


def play(
    walk: Walk,
    *,
    size: Size = (200, 50),
    card: LabCard | None = None,
    theme: str = "minios",
    files: Files | None = None,
) -> MiniosApp:
    """Open the application and go for a walk in it."""
    return play_in(application(card, theme=theme, files=files), walk, size)


def play_in(app: MiniosApp, walk: Walk, size: Size) -> MiniosApp:
    """Open this application and go for a walk in it."""

    async def go() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await walk(pilot, app)

    virtual_time.run(go())
    return app


def shown(app: MiniosApp) -> str:
    """All that can be seen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def words(app: MiniosApp) -> str:
    """All that can be seen as one line, however it was folded: without frames."""
    return " ".join(_FRAMES.sub(" ", shown(app)).split())


def footer(app: MiniosApp) -> list[KeyLabel]:
    """The keys at the foot of the screen that is on top."""
    return app.screen.query_one(KeyBar).places


async def click_key(pilot: Pilot[None], app: MiniosApp, key: str) -> None:
    """Click at a key there."""
    (place,) = (it for it in footer(app) if it.binding.key == key)
    await pilot.click(KeyBar, offset=place.region.offset)


def assert_readable(app: MiniosApp, where: str) -> None:
    """At forty columns: most rows say something, none is longer than the terminal."""
    rows = shown(app).splitlines()
    assert sum(bool(row.strip()) for row in rows) >= 5, where
    assert all(len(row) <= 40 for row in rows), where
