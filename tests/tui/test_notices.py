"""What is said where nothing can be done, and where there is little room to say it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from minios import tui
from minios.lab.kernel_view import KernelView, Pipe
from minios.session import catalogue
from minios.session.files import Files
from minios.session.orders import MarkHere
from minios.session.panes import kernel as told
from minios.session.recording import End, Recording
from minios.tui.app import MiniosApp
from minios.tui.drawing.kernel import ports
from minios.tui.drawing.lines import plain
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.start import StartScreen
from tests.plain.talking import BAD, talk
from tests.tui.stage import play_from, up
from tests.tui.walking import footer, lab_of, play, shown, ticks

TWO = catalogue.find("two-worlds")
FREE = catalogue.find("free-play")
PUSHED = "A file has been pushed. The sensor uses it at the next pipe event."


def test_after_a_push_nobody_is_told_to_push() -> None:
    """It is on its way, which is said; in plain mode, too."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        await pilot.pause()
        await pilot.press("w")
        await pilot.pause()
        assert [it.message for it in app._notifications] == [
            f"Nothing has gone wrong yet. {PUSHED}"
        ]

    play_from(up, walk, card=TWO)
    talker = talk(TWO, ">why", *BAD, ">why", "0")
    told = [it for it in talker.lines if it.startswith("Nothing has gone wrong")]
    assert told == [
        "Nothing has gone wrong yet. Push a content file.",
        "Nothing has gone wrong yet. A file has been pushed, but no sensor runs yet.",
    ]


def test_who_leaves_a_lab_leaves_its_notices() -> None:
    """On the start screen only the time without protection is told."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        await ticks(pilot, app, 20)
        (died,) = (it.message for it in app._notifications)
        await pilot.press("q")
        await pilot.pause()
        (told,) = (it.message for it in app._notifications)
        assert died.startswith("sentinel.ext has died in macos")
        assert told.startswith("Time without protection: windows ")
        assert isinstance(app.screen, StartScreen)

    play_from(up, walk, card=TWO)


def test_no_notice_reads_its_words_as_markup() -> None:
    """They may hold what a guest has written, such as the name of a snapshot."""
    calls = [
        node
        for path in Path(tui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".notify")
    ]

    assert calls
    for call in calls:
        assert "markup=False" in ast.unparse(call), ast.unparse(call)


def test_a_snapshot_is_named_as_it_was_written() -> None:
    """With its brackets."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab_of(app).conductor.send(MarkHere("a [b]bold[/] [/name"))
        await ticks(pilot, app, 1)
        await pilot.press("t", "up", "enter")
        await pilot.pause()
        (told,) = app._notifications
        assert told.message.startswith("A snapshot: a [b]bold[/] [/name.")
        assert not told.markup

    play_from(up, walk, card=TWO)


def test_machines_in_tabs_have_no_key_to_show_one_alone() -> None:
    """One is shown already; with room for all of them the key is there."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("z")
        assert not lab_of(app).alone
        assert "One/all" not in shown(app)
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert "z" in {it.binding.key for it in footer(app)}
        await pilot.press("z")
        assert lab_of(app).alone

    play_from(up, walk, card=FREE, size=(120, 40))


def test_labs_that_match_nothing_are_told() -> None:
    """There is nothing to open then, and enter is not offered."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"zzz")
        await pilot.pause()
        assert "nothing matches zzz" in shown(app)
        assert "enter Open" not in shown(app)
        await pilot.press("down", "up", "enter")
        await pilot.pause()
        assert isinstance(app.screen, StartScreen)
        await pilot.press(*["backspace"] * 3)
        await pilot.pause()
        assert "nothing matches" not in shown(app)
        assert "enter Open" in shown(app)
        assert app.screen.query_one("#labs", OptionList).highlighted == 0

    play(walk)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
def test_who_gets_a_push_is_said_first(size: tuple[int, int]) -> None:
    """However little room there is."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.resize_terminal(*size)
        await pilot.press("p")
        await pilot.pause()
        assert "push to all machines" in shown(app)
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert "push to 1 windows only" in shown(app)

    play_from(up, walk, card=FREE)


def test_the_editor_says_whom_its_file_is_for() -> None:
    """In its title; where there is one machine, nobody has to say so."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        several = len(lab_of(app).card.worlds) > 1
        for key in ("ctrl+n", "ctrl+e"):
            await pilot.press("p", "ctrl+t", key)
            await pilot.pause()
            assert isinstance(app.screen, EditorScreen)
            whom = ", for 1 windows only" if several else ""
            assert f"make a content file{whom} ─" in shown(app)
            await pilot.press("escape", "escape")
            await pilot.pause()

    play_from(up, walk, card=FREE)
    play_from(up, walk, card=catalogue.find("macos"))


def test_a_recording_that_is_played_is_named_as_one() -> None:
    """Until its end, or until somebody goes back and acts otherwise."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        assert "   replay   ▶ running" in shown(app)
        await ticks(pilot, app, 30)
        assert "replay" not in shown(app)

    async def go_back(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("N")
        await ticks(pilot, app, 1)
        assert "replay" not in shown(app)

    kept = Recording(TWO.name, TWO.machines, ((), ()), (End(100_000_000),) * 2)
    play(walk, card=TWO, files=Files(replay=kept))
    play(go_back, card=TWO, files=Files(replay=kept))


@pytest.mark.parametrize(("opened", "words"), [(1, "1 time"), (2, "2 times")])
def test_a_pipe_was_opened_so_many_times(opened: int, words: str) -> None:
    """On the page and in plain mode."""
    pipe = Pipe("pipe", "sh", True, 0, 0, opened, ())
    view = KernelView(pipes=(pipe,))

    assert f"opened {words}\n" in f"{plain(ports(view, 200))}\n"
    assert any(f"opened {words}, waiting" in it for it in told.ports(view))


@pytest.mark.parametrize("key", ["t", "slash"])
def test_what_is_not_shown_is_shown_before_one_chooses_from_it(key: str) -> None:
    """Where a page of the inspector takes the rows of the timeline."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("i")
        await pilot.pause()
        lab = lab_of(app)
        assert not lab._timeline.display
        await pilot.press(key)
        await pilot.pause()
        assert lab.page == 0
        assert lab._timeline.region.height > 0
        if key == "slash":
            await pilot.press("enter")
        await pilot.press("up")
        await pilot.pause()
        assert lab._timeline.has_focus
        assert "▸" in shown(app)

    play_from(up, walk, card=TWO, size=(40, 10))
