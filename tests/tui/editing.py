"""Ways into the editor of content files."""

from __future__ import annotations

from textual.pilot import Pilot

from minios.tui.app import MiniosApp
from minios.tui.screens.editor import EditorScreen
from tests.tui.stage import up
from tests.tui.walking import shown


async def press(pilot: Pilot[None], *keys: str) -> None:
    """One after the other, each with what comes of it."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def editing(pilot: Pilot[None], app: MiniosApp) -> None:
    """The editor is open over a lab whose machines are up: push, make one."""
    await up(pilot, app)
    await press(pilot, "p", "ctrl+n")
    editor_of(app)


def editor_of(app: MiniosApp) -> EditorScreen:
    """The editor, which is on top."""
    assert isinstance(app.screen, EditorScreen)
    return app.screen


def row(app: MiniosApp) -> str:
    """The line of the form that is being edited."""
    (found,) = (it for it in shown(app).splitlines() if "▸" in it)
    return found.partition("▸")[2].partition("│")[0]
