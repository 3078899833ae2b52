"""What is true of every dialog."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.modal import Modal
from tests.tui.stage import play_from, up


@pytest.mark.parametrize("key", ["p", "r", "v", "b"])
def test_a_key_that_comes_twice_closes_only_the_dialog(key: str) -> None:
    """Somebody holds enter down: the second choice arrives when the first is done."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(key)
        dialog = app.screen
        assert isinstance(dialog, Modal)
        chosen = dialog.query_one(OptionList)
        chosen.action_select()
        chosen.action_select()
        await pilot.pause()

        assert isinstance(app.screen, LabScreen)

    play_from(up, walk, card=catalogue.find("windows"))
