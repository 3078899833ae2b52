"""A plugin of one's own: from its folder into a lab, and again after a change.

Deep: compiles a plugin twice. In plain mode (`tests/plain/test_following.py`) and on
the command line (`tests/commands/test_plugin.py`) this is a usual test.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from minios import paths
from minios.session import catalogue, recording
from minios.session.files import Files
from minios.session.own_plugins import Folders
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.plugin import BuildScreen, PluginScreen
from minios.tui.screens.start import StartScreen
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, lab_of, play, ticks, words

TO_THE_LINE = ("down",) * len(catalogue.LABS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plugin as a student has it."""
    place = tmp_path / "mine"
    shutil.copytree(paths.DRIVERS / "villain", place)
    return place


async def built(pilot: Pilot[None], app: MiniosApp) -> None:
    """Until the compiler is done."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


async def typed(pilot: Pilot[None], app: MiniosApp, path: Path) -> None:
    """From the start screen: the line below the labs, and this path."""
    await pilot.press(*TO_THE_LINE, "enter")
    await pilot.pause()
    assert isinstance(app.screen, PluginScreen)
    text = str(path)
    await pilot.press(text[0])  # in place of what is offered
    field = app.focused
    assert isinstance(field, Input)
    field.insert_text_at_cursor(text[1:])
    await pilot.pause()
    assert field.value == text


def plugins_of(app: MiniosApp) -> list[tuple[str, ...]]:
    """The names of the plugins in each machine."""
    machines = lab_of(app).card.machines
    return [tuple(it.name for it in setup.plugins) for setup in machines]


def test_a_folder_becomes_a_plugin_in_every_machine(
    folder: Path, tmp_path: Path
) -> None:
    """In the place of the sensor, in the second lab; and it is offered next time."""
    folders = Folders(tmp_path)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await typed(pilot, app, folder)
        assert "It runs beside the sensor" in words(app)
        await pilot.press("ctrl+t", "ctrl+l")
        await pilot.pause()
        assert "It runs in place of the sensor, in the lab: A fault that" in words(app)
        await pilot.press("enter")
        await built(pilot, app)
        assert isinstance(app.screen, LabScreen)
        await ticks(pilot, app, 4)
        assert lab_of(app).card.name == "latent"
        assert plugins_of(app) == [("villain",), ("villain",)]
        for frame in lab_of(app).conductor.frames:
            assert frame.status.part("sentinel.sys") is None
            assert frame.status.part("sentinel.ext") is None
            assert not frame.status.protected
        assert folders.known == (str(folder),)

    play(walk, files=Files(folders=folders))


@pytest.mark.deep
def test_a_mistake_in_c_is_read_on_the_screen_and_mended(folder: Path) -> None:
    """With its line; enter builds again, without choosing again."""
    source = folder / "later.c"
    good = source.read_text()
    source.write_text("int x = ;\n" + good)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await typed(pilot, app, folder)
        await pilot.press("enter")
        await built(pilot, app)
        assert isinstance(app.screen, BuildScreen)
        assert "later.c:1:9: error: expected expression" in words(app)
        source.write_text(good)
        await pilot.press("enter")
        await built(pilot, app)
        assert isinstance(app.screen, LabScreen)

    play(walk)


def test_a_folder_that_is_none_is_refused_in_a_sentence() -> None:
    """And one is back where one was."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await typed(pilot, app, Path("sentinal"))
        await pilot.press("enter")
        await built(pilot, app)
        assert "there is no plugin 'sentinal'. Did you mean sentinel?" in words(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, PluginScreen)
        await pilot.press("ctrl+u", "enter")
        await pilot.pause()
        assert "Type the path of a folder" in words(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)

    play(walk)


@pytest.mark.deep
def test_a_plugin_is_built_again_and_the_lab_opened_anew(
    folder: Path, tmp_path: Path
) -> None:
    """What a student does fifty times; what was recorded before is kept."""
    path = tmp_path / "it.jsonl"

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await typed(pilot, app, folder)
        await pilot.press("enter")
        await built(pilot, app)
        await ticks(pilot, app, 4)
        first = lab_of(app)
        before = first.card.machines[0].plugins[0].images
        assert "ctrl+b" in {it.binding.key for it in footer(app)}
        source = folder / "later.c"
        source.write_text(source.read_text() + "\nint more(void) { return 1; }\n")
        await pilot.press("ctrl+b")
        await built(pilot, app)
        assert lab_of(app) is not first
        assert lab_of(app).card.machines[0].plugins[0].images != before
        assert [type(it) for it in app.screen_stack][1:] == [StartScreen, LabScreen]
        await ticks(pilot, app, 4)
        assert all(it.status.ready for it in lab_of(app).conductor.frames)
        await pilot.press("q")
        await pilot.pause()

    play(walk, files=Files(record=path), size=(300, 60))
    for kept in (path, tmp_path / "it-2.jsonl"):
        assert recording.load(kept).machines[0].plugins[0].name == "villain"


def test_only_a_lab_with_own_plugins_can_build_them() -> None:
    """Elsewhere the key does nothing."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("ctrl+b")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)

    play_from(up, walk, card=catalogue.find("macos"))
