"""A content file made by keys alone: form, source, bytes, verdict, push."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, TextArea

from minios.abi.content import IPC
from minios.content import catalogue as content_catalogue
from minios.content import decode, read_source
from minios.lab import events
from minios.tui import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.dialogs import HelpScreen
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.push import PushScreen
from minios.tui.widgets.content_form import ContentForm
from minios.tui.widgets.hex_view import HexView
from tests.tui.walking import lab_of, misfortune, play, shown, ticks, words

TWO = catalogue.find("two-worlds")
SIZES = [(40, 10), (80, 24), (120, 40), (200, 60)]


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


def form_of(app: MiniosApp) -> ContentForm:
    """The form that is open."""
    return app.screen.query_one(ContentForm)


# ---- The story.


def test_a_pattern_in_field_21_is_pushed_in_a_few_keys() -> None:
    """One validator lets it pass, the other does not; one world dies of it."""
    pressed: list[str] = []

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        async def type_keys(*keys: str) -> None:
            pressed.extend(keys)
            await press(pilot, *keys)

        await ticks(pilot, app, 3)
        await type_keys("p", "ctrl+n", "c", "question_mark")
        assert row(app).split() == ["21", "correlation", "c?", "pattern"]
        assert "the historical validator ✓ accepts" in words(app)
        await type_keys("ctrl+t")
        assert "the fixed validator ✖ refuses: instance 1, field 21" in words(app)
        assert row(app).split()[:2] == ["✖21", "correlation"]
        assert "✖ refused" in row(app)
        await type_keys("ctrl+s")
        assert isinstance(app.screen, LabScreen)
        await misfortune(pilot, app)
        windows, macos = lab_of(app).conductor.frames
        assert windows.status.crashes >= 1
        assert macos.status.crashes == 0
        assert macos.status.deaths >= 1
        stops = [it.code for it in windows.log if isinstance(it, events.Bugchecked)]
        assert stops[0] == 0x50

    play(walk, card=TWO)
    assert len(pressed) == 6


def test_a_wildcard_in_field_21_is_harmless() -> None:
    """Emptied by a key; both validators let it pass, and so do both worlds."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "delete")
        assert "wildcard: not compared" in row(app)
        await press(pilot, "ctrl+t")
        assert "the fixed validator ✓ accepts" in words(app)
        await press(pilot, "ctrl+s")
        await ticks(pilot, app, 60)
        for frame in lab_of(app).conductor.frames:
            assert frame.status.content.endswith("version 4")
            assert not frame.status.crashes + frame.status.deaths

    play(walk, card=TWO)


# ---- The form.


def test_every_field_of_the_template_has_a_row() -> None:
    """With its number and its name, in this order; up and down go through them."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        found = [row(app)]
        for _ in range(24):
            await press(pilot, "up")
            found.append(row(app))
        names = [*(f"{n} {it}" for n, it in enumerate(IPC.fields, 1))]
        expected = ["channel", "version", "template", "detection", *names]
        for line, name in zip(reversed(found), expected, strict=True):
            assert f" {name} " in f" {line} "

    play(walk, card=TWO)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("x",), "equals"),
        (("x", "asterisk"), "pattern"),
        (("asterisk",), "wildcard: not compared"),
        (("quotation_mark", "quotation_mark"), "equals"),
        (("ü",), "✖ the character"),
    ],
)
def test_a_row_says_at_once_what_it_is(keys: tuple[str, ...], expected: str) -> None:
    """At every key, in words beside it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, *keys)
        assert expected in row(app)
        assert ("✖ cannot be compiled" in words(app)) == expected.startswith("✖")

    play(walk, card=TWO)


def test_tab_goes_from_group_to_group_and_back() -> None:
    """Fields, bytes, the head of the file, that of the instance; to where one was."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "up", "tab")
        assert isinstance(app.focused, HexView)
        await press(pilot, "tab")
        assert "channel" in row(app)
        await press(pilot, "tab")
        assert "template" in row(app)
        await press(pilot, "tab")
        assert "20 instance_count" in row(app)
        await press(pilot, "shift+tab")
        assert "template" in row(app)

    play(walk, card=TWO)


def test_instances_are_added_chosen_and_removed() -> None:
    """The bytes hold as many; the verdict names one that is not shown."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = await open_editor(pilot, app)
        await press(pilot, "ctrl+t", "ctrl+n", "x", "ctrl+n")
        assert "instance 3 of 3 ✖ in instance 1" in words(app)
        assert "✖" not in row(app)
        await press(pilot, "ctrl+g")
        assert "instance 1 of 3" in words(app)
        assert "✖21 correlation c2" in words(app)
        await press(pilot, "ctrl+g", "ctrl+g", "ctrl+r")
        assert "instance 2 of 2" in words(app)
        first, second = decode(editor.data).instances
        assert [it.criteria[-1].text for it in (first, second)] == ["c2", "x"]
        await press(pilot, "ctrl+r", "ctrl+r")
        assert decode(editor.data).instances == ()
        assert "version" in shown(app)
        assert "detection" not in row(app)
        await press(pilot, "ctrl+n")
        assert "instance 1 of 1" in words(app)

    play(walk, card=TWO)


def test_what_cannot_be_compiled_cannot_be_pushed() -> None:
    """It says so and stays."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "tab", "tab", "down", "x", "ctrl+s")
        assert isinstance(app.screen, EditorScreen)
        assert "✖ version is not a whole number" in words(app)
        assert any("mistake" in it.message for it in app._notifications)
        await press(pilot, "backspace", "7", "ctrl+s")
        assert isinstance(app.screen, LabScreen)

    play(walk, card=TWO)


def test_help_explains_the_editor() -> None:
    """What a wildcard is, which key does what."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)
        for part in ("wildcard", "ctrl+t", "f2", "ctrl+s", "Push it"):
            assert part in app.screen._text

    play(walk, card=TWO)


# ---- Form and source.


def test_form_and_source_are_of_one_file() -> None:
    """What is typed in one stands in the other; comments stay."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = await open_editor(pilot, app)
        await press(pilot, "x", "asterisk", "f2")
        area = app.screen.query_one(TextArea)
        assert 'correlation = "x*"' in area.text
        area.move_cursor((0, 0))
        await press(pilot, *"# mine", "enter")
        area.text = area.text.replace('# model = "*"', 'model = "mac??"')
        await pilot.pause()
        data = editor.data
        await press(pilot, "f2")
        assert editor.data == data
        while "16 model" not in row(app):
            await press(pilot, "up")
        assert "mac??" in row(app)
        await press(pilot, "m", "f2")
        assert area.text.startswith("# mine\n")
        assert 'model = "m"' in area.text
        assert 'correlation = "x*"' in area.text
        assert read_source(area.text) == decode(editor.data)

    play(walk, card=TWO)


def test_a_source_that_cannot_be_read_stays_a_source() -> None:
    """And says why; when it is put right, it is a form again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "f2", "x", "f2")
        assert app.focused is app.screen.query_one(TextArea)
        assert "✖ has to stay a source: this is not TOML" in words(app)
        await press(pilot, "backspace", "f2")
        assert "21 correlation" in row(app)

    play(walk, card=TWO)


def test_a_form_with_a_mistake_stays_a_form() -> None:
    """Nothing that was typed is lost on the way."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "ü", "f2")
        assert "ü" in row(app)
        assert "✖ has to stay a form: instance 1, field 21" in words(app)
        await press(pilot, "backspace", "f2")
        assert app.focused is app.screen.query_one(TextArea)

    play(walk, card=TWO)


def test_what_was_made_is_there_again_while_the_lab_is_open() -> None:
    """After a push, and after escape; also a source with a mistake in it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "q", "q", "ctrl+s", "p", "ctrl+n")
        assert "qq" in row(app)
        await press(pilot, "f2", "x", "escape", "ctrl+n")
        assert app.screen.query_one(TextArea).text.startswith("x#")
        assert "✖ cannot be compiled: this is not TOML" in words(app)
        await press(pilot, "delete", "f2")
        assert "qq" in row(app)

    play(walk, card=TWO)


# ---- Other files.


def test_a_shipped_file_is_opened_with_what_its_author_wrote() -> None:
    """Both instances, and the comments of the source."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await press(pilot, "p", "ctrl+e")
        assert isinstance(app.screen, EditorScreen)
        assert app.screen.data == content_catalogue.load("channel-291-bad")
        assert "instance 1 of 2" in words(app)
        assert "postex_ssh_*" in row(app)
        await press(pilot, "f2")
        assert "The fault of 19 July 2024" in shown(app)

    play(walk, card=TWO)


def test_looking_at_a_shipped_file_keeps_what_was_made() -> None:
    """Only a change takes its place."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        await press(pilot, "q", "escape", "ctrl+e", "escape", "ctrl+n")
        assert row(app).split()[:3] == ["21", "correlation", "q"]

    play(walk, card=TWO)


def test_a_file_from_disk_is_taken_apart(tmp_path: Path) -> None:
    """From its bytes alone."""
    path = tmp_path / "mine.sys"
    path.write_bytes(content_catalogue.load("channel-291-good"))

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await press(pilot, "p", "ctrl+o")
        app.screen.query_one("#path", Input).value = str(path)
        await press(pilot, "ctrl+e")
        assert isinstance(app.screen, EditorScreen)
        assert app.screen.data == path.read_bytes()
        assert "instance 1 of 5" in words(app)

    play(walk, card=TWO)


def test_noise_cannot_be_taken_apart() -> None:
    """The picker says why, and stays."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 1)
        await press(pilot, "p")
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index("channel-291-random")
        await press(pilot, "ctrl+e")
        assert isinstance(app.screen, PushScreen)
        assert "not a well-formed channel file: BAD_MAGIC" in words(app)

    play(walk, card=TWO)


# ---- The bytes.


def test_the_row_that_is_edited_is_marked_in_the_bytes() -> None:
    """In brackets, criterion and text; name, offsets, lengths and values below."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
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

    play(walk, card=TWO)


def test_the_byte_of_the_verdict_has_a_sign() -> None:
    """A sign at its row, not a colour alone."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        assert "✖00d8" not in shown(app)
        await press(pilot, "ctrl+t")
        assert "✖00d8" in shown(app)

    play(walk, card=TWO)


def test_moving_in_the_bytes_tells_what_each_is() -> None:
    """From the row that was edited, to the first and the last."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = await open_editor(pilot, app)
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

    play(walk, card=TWO)


def test_a_click_on_a_byte_tells_what_it_is() -> None:
    """In the frame, behind the offsets."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        line = app.screen.query_one(HexView)._rows.line_of(0x24)
        await pilot.click(HexView, offset=(1 + 6 + 3 * 4, 1 + line))
        await pilot.pause()
        assert isinstance(app.focused, HexView)
        assert "[01] byte 0x0024 of instance.1.type" in words(app)

    play(walk, size=(200, 60), card=TWO)


def test_a_legend_names_the_colours() -> None:
    """Those that occur, each in its own."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
        assert "header instance criterion text padding: zeros" in words(app)
        assert "belongs to no field" not in words(app)

    play(walk, card=TWO)


# ---- Room and time.


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_row_that_is_edited_and_the_verdict_are_in_view(
    size: tuple[int, int],
) -> None:
    """At every size, in every row; and the byte, when one is there."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await open_editor(pilot, app)
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

    play(walk, size=size, card=TWO)


@pytest.mark.parametrize("keys", [("p",), ("p", "ctrl+n"), ("p", "ctrl+n", "f2")])
def test_a_storm_of_sizes_is_survived(keys: tuple[str, ...]) -> None:
    """In the picker, in the form, in the source; with the bytes and without."""
    dice = random.Random(2)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await press(pilot, *keys)
        for number in range(30):
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

    play(walk, card=TWO)


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

    play(walk, card=TWO)
