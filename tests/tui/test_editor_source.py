"""Form and source are of one file; other files are opened in them."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, OptionList, TextArea

from minios.content import catalogue as content_catalogue
from minios.content import decode, read_source
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.push import PushScreen
from tests.tui.editing import editing, editor_of, press, row
from tests.tui.stage import play_from, up
from tests.tui.walking import shown, words

TWO = catalogue.find("two-worlds")


# ---- Form and source.


def test_form_and_source_are_of_one_file() -> None:
    """What is typed in one stands in the other; comments stay."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        editor = editor_of(app)
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

    play_from(editing, walk, card=TWO)


def test_a_source_that_cannot_be_read_stays_a_source() -> None:
    """And says why; when it is put right, it is a form again."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "f2", "x", "f2")
        assert app.focused is app.screen.query_one(TextArea)
        assert "✖ has to stay a source: this is not TOML" in words(app)
        await press(pilot, "backspace", "f2")
        assert "21 correlation" in row(app)

    play_from(editing, walk, card=TWO)


def test_a_form_with_a_mistake_stays_a_form() -> None:
    """Nothing that was typed is lost on the way."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "ü", "f2")
        assert "ü" in row(app)
        assert "✖ has to stay a form: instance 1, field 21" in words(app)
        await press(pilot, "backspace", "f2")
        assert app.focused is app.screen.query_one(TextArea)

    play_from(editing, walk, card=TWO)


def test_what_was_made_is_there_again_while_the_lab_is_open() -> None:
    """After a push, and after escape; also a source with a mistake in it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "q", "q", "ctrl+s", "p", "ctrl+n")
        assert "qq" in row(app)
        await press(pilot, "f2", "x", "escape", "ctrl+n")
        assert app.screen.query_one(TextArea).text.startswith("x#")
        assert "✖ cannot be compiled: this is not TOML" in words(app)
        await press(pilot, "delete", "f2")
        assert "qq" in row(app)

    play_from(editing, walk, card=TWO)


# ---- Other files.


def test_a_shipped_file_is_opened_with_what_its_author_wrote() -> None:
    """Both instances, and the comments of the source."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "p", "ctrl+e")
        assert isinstance(app.screen, EditorScreen)
        assert app.screen.data == content_catalogue.load("channel-291-bad")
        assert "instance 1 of 2" in words(app)
        assert "postex_ssh_*" in row(app)
        await press(pilot, "f2")
        assert "The fault of 19 July 2024" in shown(app)

    play_from(up, walk, card=TWO)


def test_looking_at_a_shipped_file_keeps_what_was_made() -> None:
    """Only a change takes its place."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "q", "escape", "ctrl+e", "escape", "ctrl+n")
        assert row(app).split()[:3] == ["21", "correlation", "q"]

    play_from(editing, walk, card=TWO)


def test_a_file_from_disk_is_taken_apart(tmp_path: Path) -> None:
    """From its bytes alone."""
    path = tmp_path / "mine.sys"
    path.write_bytes(content_catalogue.load("channel-291-good"))

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "p", "ctrl+o")
        app.screen.query_one("#path", Input).value = str(path)
        await press(pilot, "ctrl+e")
        assert isinstance(app.screen, EditorScreen)
        assert app.screen.data == path.read_bytes()
        assert "instance 1 of 5" in words(app)

    play_from(up, walk, card=TWO)


def test_noise_cannot_be_taken_apart() -> None:
    """The picker says why, and stays."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await press(pilot, "p")
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index("channel-291-random")
        await press(pilot, "ctrl+e")
        assert isinstance(app.screen, PushScreen)
        assert "the content file is not well formed: BAD_MAGIC" in words(app)

    play_from(up, walk, card=TWO)
