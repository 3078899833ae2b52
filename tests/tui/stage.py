"""Applications that stand ready: many walks begin where another one has ended.

To open a lab, to boot its machines and to let them crash takes longer than most walks
that follow. So each process does it once, and the application stands still. A walk goes
on from there in a copy of the process (`fork`): it sees nothing of other walks, and
leaves nothing behind. A walk in a terminal of another size begins with a change of the
size: what is seen then is the same (`test_stage.py`).

A walk that fails in a copy is walked once more, from the beginning and in this process:
there pytest and a debugger see it. Where there is no safe `fork`, all walks are walked
so.

What a walk keeps in variables is lost with its copy, so it asserts by itself. A test
that replaces something in the application takes `play`. So does one with files, unless
each walk begins by putting them back (`take` in `test_lesson.py`).
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Final, TypeAlias

import pytest
from textual.pilot import Pilot

from minios import paths
from minios.image import layouts, symbols
from minios.session.catalogue import LabCard
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from tests.tui.virtual_time import VirtualTime
from tests.tui.walking import Size, Walk, application, misfortune, play_in, ticks

_CAN_FORK: Final = sys.platform == "linux"
if sys.platform == "linux":
    from os import fork
else:

    def fork() -> int:
        """Not used there: its walks begin in an application of their own."""
        raise NotImplementedError


_USUAL: Final = (200, 50)
_STAGES: Final = 16  # each has its machines: 16 MiB and more
_KERNEL: Final = "kernel.elf"
_IMAGES: Final = (_KERNEL, "drivers/sentinel.sys", "extensions/sentinel.ext")

Opens: TypeAlias = Callable[[], MiniosApp]


async def opened(_pilot: Pilot[None], _app: MiniosApp) -> None:
    """The lab is open, and its machines have not begun."""


async def up(pilot: Pilot[None], app: MiniosApp) -> None:
    """The machines of the lab are up."""
    await ticks(pilot, app, 3)


async def entered(pilot: Pilot[None], app: MiniosApp) -> None:
    """The first lab was opened on the start screen, and its machines are up."""
    await pilot.press("enter")
    await pilot.pause()
    await up(pilot, app)


async def suffered(pilot: Pilot[None], app: MiniosApp) -> None:
    """The bad file has been pushed, and has done what it does in each world."""
    await up(pilot, app)
    await pilot.press("p", "enter")
    await misfortune(pilot, app)


async def _resize(pilot: Pilot[None], app: MiniosApp, size: Size) -> None:
    """Change the size, and show what the next tick would show."""
    await pilot.resize_terminal(*size)
    for it in app.screen_stack:
        if isinstance(it, LabScreen):
            it.refresh_frames()
    await pilot.pause()


@cache
def _read_images() -> None:
    """Read all debug information once, and not again in each copy that looks at it."""
    for name in _IMAGES:
        symbols.load(paths.guest_file(name)).files()
    layouts.load(paths.guest_file(_KERNEL))


class _Stage:
    """An application that stands still where a walk has ended."""

    def __init__(self, before: Walk, app: MiniosApp) -> None:
        _read_images()
        self._time = VirtualTime()
        self._app = app
        self._test = self._app.run_test(size=_USUAL)
        self._pilot = self._time.run(self._begin(before))

    async def _begin(self, before: Walk) -> Pilot[None]:
        pilot = await self._test.__aenter__()
        await pilot.pause()
        await before(pilot, self._app)
        return pilot

    async def _end(self, walk: Walk) -> None:
        await walk(self._pilot, self._app)
        await self._test.__aexit__(None, None, None)

    def holds(self, walk: Walk) -> bool:
        """Whether a walk from here succeeds; it is walked in a copy."""
        with warnings.catch_warnings():
            # Python warns of the other threads: the copy has none, and needs none.
            warnings.simplefilter("ignore", DeprecationWarning)
            copy = fork()
        if copy:
            return os.waitpid(copy, 0)[1] == 0
        code = 1
        try:
            gc.disable()  # it would write to all that is shared
            self._time.run(self._end(walk))
            code = 0
        finally:
            os._exit(code)

    def close(self) -> None:
        """Close the application and its machines."""
        self._time.run(self._end(opened))
        self._time.close()


_stages: OrderedDict[Hashable, _Stage] = OrderedDict()


def play_from(
    before: Walk, walk: Walk, *, card: LabCard | None = None, size: Size = _USUAL
) -> None:
    """Go for a walk in an application in which another walk has ended."""
    scene = (before, card.name if card else "")
    go_from(scene, before, walk, lambda: application(card), size)


def go_from(
    scene: Hashable, before: Walk, walk: Walk, opens: Opens, size: Size
) -> None:
    """Go for a walk in what `opens` opens, after another one there.

    Of the same scene there is one that stands ready.
    """

    async def whole(pilot: Pilot[None], app: MiniosApp) -> None:
        await before(pilot, app)
        await walk(pilot, app)

    async def at_size(pilot: Pilot[None], app: MiniosApp) -> None:
        if size != _USUAL:
            await _resize(pilot, app, size)
        await walk(pilot, app)

    if not _CAN_FORK:
        play_in(opens(), whole, size)
    elif not _stage(scene, before, opens).holds(at_size):
        play_in(opens(), whole, size)
        pytest.fail("it holds from the beginning, but not from what stood ready")


def _stage(scene: Hashable, before: Walk, opens: Opens) -> _Stage:
    if scene not in _stages:
        _stages[scene] = _Stage(before, opens())
    _stages.move_to_end(scene)
    while len(_stages) > _STAGES:
        _stages.popitem(last=False)[1].close()
    return _stages[scene]


def close() -> None:
    """Close all that stand ready."""
    while _stages:
        _stages.popitem()[1].close()
