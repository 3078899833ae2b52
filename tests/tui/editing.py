"""Ways into the editor of content files."""

from __future__ import annotations

from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tui.screens.editor import EditorScreen
from tests.tui.walking import shown, ticks


async def press(pilot: Pilot[None], *keys: str) -> None:
    """One after the other, each with what comes of it."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def open_editor(pilot: Pilot[None], app: MiniosApp) -> EditorScreen:
    """From the lab: push, make one."""
    await ticks(pilot, app, 3)
    await press(pilot, "p", "ctrl+n")
    assert isinstance(app.screen, EditorScreen)
    return app.screen


def row(app: MiniosApp) -> str:
    """The line of the form that is being edited."""
    (found,) = (it for it in shown(app).splitlines() if "▸" in it)
    return found.partition("▸")[2].partition("│")[0]
