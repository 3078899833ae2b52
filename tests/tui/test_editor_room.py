"""The bytes of the editor; what is in view where; time behind dialogs.

Deep: every row of the form is edited at each of four sizes. The usual tests take the
smallest.
"""

from __future__ import annotations

import random

import pytest
from textual.pilot import Pilot

from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.editor import EditorScreen
from minios.tui.widgets.hex_view import HexView
from tests.tui.editing import editing, editor_of, press, row
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, shown, ticks, words

TWO = catalogue.find("two-worlds")
SIZES = [
    (40, 10),
    pytest.param((80, 24), marks=pytest.mark.deep),
    pytest.param((120, 40), marks=pytest.mark.deep),
    pytest.param((200, 60), marks=pytest.mark.deep),
]


# ---- The bytes.


def test_the_row_that_is_edited_is_marked_in_the_bytes() -> None:
    """In brackets, criterion and text; name, offsets, lengths and values below."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        text = words(app)
        assert "[01 00 02 00 c0 00 00 00" in text
        assert "63 32 00]" in text
        assert "[ ] instance.1.correlation: at 0x00d8, 8 bytes: equals" in text
        assert 'at 0x00e0, 3 bytes: text "c2"' in text
        await press(pilot, "x")
        assert "78 00]" in words(app)
        await press(pilot, "up")
        assert "[00 00 00 00 00 00 00 00]" in words(app)
        assert "instance.1.instance_count: at 0x00d0, 8 bytes: any" in words(app)

    play_from(editing, walk, card=TWO)


def test_the_byte_of_the_verdict_has_a_sign() -> None:
    """A sign at its row, not a colour alone."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert "✖00d8" not in shown(app)
        await press(pilot, "ctrl+t")
        assert "✖00d8" in shown(app)

    play_from(editing, walk, card=TWO)


def test_moving_in_the_bytes_tells_what_each_is() -> None:
    """From the row that was edited, to the first and the last."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = editor_of(app)
        await press(pilot, "tab")
        assert "[01] byte 0x00d8 of instance.1.correlation.kind" in words(app)
        await press(pilot, "right", "right")
        assert "[02] byte 0x00da of instance.1.correlation.length: at" in words(app)
        assert "0x00da, 2 bytes: 2" in words(app)
        await press(pilot, "up")
        assert "[00] byte 0x00d2 of instance.1.instance_count.length" in words(app)
        await press(pilot, "home")
        assert '[4d] byte 0x0000 of header.magic: at 0x0000, 4 bytes: "MCHN"' in words(
            app
        )
        await press(pilot, "end")
        last = len(editor.data) - 1
        assert f"[00] byte {last:#06x} of padding" in words(app)
        await press(pilot, "right", "down")
        assert f"byte {last:#06x}" in words(app)

    play_from(editing, walk, card=TWO)


def test_a_click_on_a_byte_tells_what_it_is() -> None:
    """In the frame, behind the offsets."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        line = app.screen.query_one(HexView)._rows.line_of(0x24)
        await pilot.click(HexView, offset=(1 + 6 + 3 * 4, 1 + line))
        await pilot.pause()
        assert isinstance(app.focused, HexView)
        assert "[01] byte 0x0024 of instance.1.type" in words(app)

    play_from(editing, walk, size=(200, 60), card=TWO)


def test_a_legend_names_the_colours() -> None:
    """Those that occur, each in its own."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        assert "header instance criterion text padding: zeros" in words(app)
        assert "belongs to no field" not in words(app)

    play_from(editing, walk, card=TWO)


# ---- Room and time.


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_row_that_is_edited_and_the_verdict_are_in_view(
    size: tuple[int, int],
) -> None:
    """At every size, in every row; and the byte, when one is there."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "ctrl+t", "ctrl+n")
        for _ in range(26):
            assert row(app).strip()
            assert "the fixed validator ✖ refuses: instance 1" in words(app)
            await press(pilot, "up")
        await press(pilot, "shift+tab")
        assert isinstance(app.focused, HexView)
        for key in ("end", "home", "pagedown"):
            await press(pilot, key)
            text = shown(app)
            assert f"{app.focused.cursor // 8 * 8:04x}" in text
            assert "[" in text
        await press(pilot, "f2")
        assert "# A line that begins with # is" in words(app)

    play_from(editing, walk, size=size, card=TWO)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("p",), marks=pytest.mark.deep),
        pytest.param(("p", "ctrl+n"), marks=pytest.mark.deep),
        pytest.param(("p", "ctrl+n", "f2"), marks=pytest.mark.deep),
    ],
)
def test_a_storm_of_sizes_is_survived(keys: tuple[str, ...]) -> None:
    """In the picker, in the form, in the source; with the bytes and without."""
    dice = random.Random(2)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, *keys)
        for number in range(4):
            width, height = dice.randrange(20, 250), dice.randrange(5, 80)
            await pilot.resize_terminal(width, height)
            if number % 3 == 0:
                await press(pilot, "tab")
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        if len(keys) > 1:
            assert isinstance(app.screen, EditorScreen)
            assert "the historical validator ✓ accepts" in words(app)
        else:
            assert "The vendor's validators" in words(app)

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize("keys", [("p",), ("p", "ctrl+n"), ("question_mark",), ("v",)])
def test_time_stands_still_while_a_dialog_is_open(keys: tuple[str, ...]) -> None:
    """It says so, and goes on afterwards as it did before."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        lab = lab_of(app)
        await ticks(pilot, app, 3)
        before = lab.conductor.now
        await press(pilot, *keys)
        await ticks(pilot, app, 5)
        assert lab.conductor.now == before
        assert "‖ paused while a dialog is open" in lab._clock
        await press(pilot, *["escape"] * len(keys))
        await ticks(pilot, app, 2)
        assert lab.conductor.now > before
        assert "▶ running" in shown(app)
        await press(pilot, "space", *keys, *["escape"] * len(keys))
        paused = lab.conductor.now
        await ticks(pilot, app, 2)
        assert lab.conductor.now == paused

    play_from(up, walk, card=TWO)
