"""A content file made by keys alone: the form, the verdict, the push."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from minios.abi.content import IPC, PROCESS
from minios.content import decode
from minios.lab import events
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.drawing.help import help_lines
from minios.tui.drawing.lines import plain
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.hex_view import HexView
from tests.tui.editing import editing, editor_of, press, row
from tests.tui.places import go_to
from tests.tui.stage import entered, play_from, up
from tests.tui.walking import lab_of, misfortune, shown, ticks, words

TWO = catalogue.find("two-worlds")


# ---- The story.


def test_a_pattern_in_field_21_is_pushed_in_a_few_keys() -> None:
    """One validator lets it pass, the other does not; one world dies of it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        pressed: list[str] = []

        async def type_keys(*keys: str) -> None:
            pressed.extend(keys)
            await press(pilot, *keys)

        await type_keys("p", "ctrl+n", "c", "question_mark")
        assert row(app).split() == ["21", "correlation", "c?", "pattern"]
        assert "the historical validator ✓ accepts" in words(app)
        await type_keys("ctrl+t")
        assert "the fixed validator ✖ refuses: instance 1, field 21" in words(app)
        assert row(app).split()[:2] == ["✖21", "correlation"]
        assert "✖ refused" in row(app)
        await type_keys("ctrl+s")
        assert len(pressed) == 6
        assert isinstance(app.screen, LabScreen)
        await misfortune(pilot, app)
        windows, macos = lab_of(app).conductor.frames
        assert windows.status.crashes >= 1
        assert macos.status.crashes == 0
        assert macos.status.deaths >= 1
        stops = [it.code for it in windows.log if isinstance(it, events.BugcheckEvent)]
        assert stops[0] == 0x50

    play_from(up, walk, card=TWO)


def test_a_wildcard_in_field_21_is_harmless() -> None:
    """Emptied by a key; both validators let it pass, and so do both worlds."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "delete")
        assert "wildcard: not compared" in row(app)
        await press(pilot, "ctrl+t")
        assert "the fixed validator ✓ accepts" in words(app)
        await press(pilot, "ctrl+s")
        await ticks(pilot, app, 30)
        for frame in lab_of(app).conductor.frames:
            assert frame.status.content.endswith("version 4")
            assert not frame.status.crashes + frame.status.deaths

    play_from(editing, walk, card=TWO)


# ---- The form.


def test_every_field_of_the_template_has_a_row() -> None:
    """With its number and its name, in this order; up and down go through them."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        found = [row(app)]
        for _ in range(25):
            await press(pilot, "up")
            found.append(row(app))
        names = [*(f"{n} {it}" for n, it in enumerate(IPC.fields, 1))]
        expected = ["channel", "version", "template", "detection", "action", *names]
        for line, name in zip(reversed(found), expected, strict=True):
            assert f" {name} " in f" {line} "

    play_from(editing, walk, card=TWO)


def test_another_template_brings_its_own_fields() -> None:
    """What both templates have stays; the rows below the last field are gone."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*["up"] * 30, "down", "down", "end", "ctrl+u", *"process")
        await pilot.pause()
        await press(pilot, "down", "down")
        assert "action" in row(app)
        assert "only reports" in row(app)
        for name in PROCESS.fields:
            await press(pilot, "down")
            assert f" {name} " in f" {row(app)} "
        await press(pilot, "down")
        assert " model " in f" {row(app)} "

    play_from(editing, walk, card=TWO)


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
        await press(pilot, *keys)
        assert expected in row(app)
        assert ("✖ cannot be compiled" in words(app)) == expected.startswith("✖")

    play_from(editing, walk, card=TWO)


def test_tab_goes_from_group_to_group_and_back() -> None:
    """Fields, bytes, the head of the file, that of the instance; to where one was."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
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

    play_from(editing, walk, card=TWO)


def test_instances_are_added_chosen_and_removed() -> None:
    """The bytes hold as many; the verdict names one that is not shown."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = editor_of(app)
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

    play_from(editing, walk, card=TWO)


def test_what_cannot_be_compiled_cannot_be_pushed() -> None:
    """It says so and stays."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "tab", "tab", "down", "x", "ctrl+s")
        assert isinstance(app.screen, EditorScreen)
        assert "✖ version is not a whole number" in words(app)
        assert any("mistake" in it.message for it in app._notifications)
        await press(pilot, "backspace", "7", "ctrl+s")
        assert isinstance(app.screen, LabScreen)

    play_from(editing, walk, card=TWO)


def test_help_explains_the_editor() -> None:
    """What a wildcard is, which key does what."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)
        said = plain(help_lines(app.screen.sections, 100))
        for part in ("wildcard", "ctrl+t", "f2", "ctrl+s", "Push it"):
            assert part in said

    play_from(editing, walk, card=TWO)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("ctrl+n", "it begins as the fault of 19 July 2024: a criterion in the 21st"),
        ("ctrl+e", "it begins as a copy of channel-291-bad"),
    ],
)
def test_the_editor_says_what_the_file_is_that_it_begins_with(
    key: str, words: str
) -> None:
    """A new file is no harmless one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "push")
        await pilot.press(key)
        await pilot.pause()
        assert words in shown(app)

    play_from(entered, walk, size=(80, 24))
