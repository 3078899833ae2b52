"""Walks that begin where another one has ended: each for itself, and none unnoticed."""

from __future__ import annotations

import os
import sys

import pytest
from textual.pilot import Pilot

from minios.session import catalogue
from minios.tui.app import MiniosApp
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, play, shown, ticks

MAC = catalogue.find("macos")


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_walk_leaves_nothing_behind(attempt: int) -> None:
    """Neither on the screen nor in the machines, however often it is walked."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        assert lab.page == 0, attempt
        (before,) = lab.conductor.frames
        await pilot.press("i")
        await ticks(pilot, app, 1)
        (after,) = lab.conductor.frames
        assert lab.page == 1
        assert (before.t, after.t) == (15_000_000, 20_000_000)

    play_from(up, walk, card=MAC)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40)])
def test_after_a_change_of_size_all_is_as_if_opened_so(size: tuple[int, int]) -> None:
    """Whatever stood ready: a window has no memory of other sizes."""
    seen: list[str] = []

    async def opened(pilot: Pilot[None], app: MiniosApp) -> None:
        await up(pilot, app)
        seen.append(shown(app))

    async def changed(_pilot: Pilot[None], app: MiniosApp) -> None:
        assert shown(app) == seen[0]

    play(opened, card=MAC, size=size)
    play_from(up, changed, card=MAC, size=size)


def test_a_walk_that_fails_is_a_test_that_fails() -> None:
    """With the words of its own."""

    async def walk(_pilot: Pilot[None], _app: MiniosApp) -> None:
        pytest.fail("the words of its own")

    with pytest.raises(pytest.fail.Exception, match="the words of its own"):
        play_from(up, walk, card=MAC)


@pytest.mark.skipif(sys.platform != "linux", reason="walked in this process")
def test_what_holds_only_from_the_beginning_fails_too() -> None:
    """Then what stands ready is not what a walk to there leads to."""
    here = os.getpid()

    async def walk(_pilot: Pilot[None], _app: MiniosApp) -> None:
        assert os.getpid() == here

    with pytest.raises(pytest.fail.Exception, match="not from what stood ready"):
        play_from(up, walk, card=MAC)
