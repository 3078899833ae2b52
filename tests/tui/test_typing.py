"""While somebody types: the footer shows what works, and no key that is typed.

Deep: many a key leaves the place where one types, and the way back takes long. Every
key is pressed in the usual tests; those of two places are clicked at, too.
"""

from __future__ import annotations

import string

import pytest
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, TextArea

from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.pages.code import Registers
from minios.tui.pages.doors import DoorsView
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.fields import types
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.guest_screen import GuestScreen
from minios.tui.widgets.pane import FramePane
from tests.tui.places import back_to, go_to
from tests.tui.stage import play_from, up
from tests.tui.walking import click_key, footer, lab_of, play, shown, ticks

TWO = catalogue.find("two-worlds")
TYPED = "kx"
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    # where one types: the screen, and the keys that lead to the place on it
    "console": ("lab", ("c",)),
    "find": ("lab", ("slash", *TYPED)),
    "labs": ("start", ()),
    "path": ("push", ("ctrl+o", *TYPED)),
    "form": ("editor", ()),
    "source": ("editor", ("f2",)),
    "place": ("pause at", ("tab", *TYPED)),
    "address": ("memory at", tuple(TYPED)),
}
DIALOGS = {"form", "source", "place", "address"}
CHANGES = {"escape", "f2", "ctrl+g", "ctrl+n", "ctrl+r"}  # of what one types: by itself

ENDS = "f2 escape ctrl+s ctrl+q"  # of the place where one types: they are pressed last


def test_every_key_that_prints_is_known_by_its_name() -> None:
    """Also where Textual calls it otherwise than Unicode; no other key is."""
    printing = string.ascii_letters + string.digits + string.punctuation + " "

    assert all(types(_character_to_key(it)) for it in printing)
    for key in ("enter", "escape", "tab", "up", "f1", "backspace", "delete", "home"):
        assert not types(key)
        assert not types(f"ctrl+{key}")
    assert not types("ctrl+s")


async def begin(pilot: Pilot[None], app: MiniosApp, where: str) -> None:
    """Go to a place where one types."""
    name, keys = WAYS[where]
    if any(isinstance(it, LabScreen) for it in app.screen_stack):
        await back_to(pilot, app, LabScreen)
    await go_to(pilot, app, name)
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
    assert isinstance(app.focused, GuestConsole | Input | TextArea)


async def is_still_there(
    pilot: Pilot[None], app: MiniosApp, place: tuple[object, Widget | None]
) -> bool:
    """Whether one types where one has typed: out of a dialog, or by the focus alone."""
    screen, field = place
    if app.screen is not screen and screen in app.screen_stack:
        await pilot.press("escape")
        await pilot.pause()
    if app.screen is screen and not isinstance(app.focused, type(field)):
        app.screen.set_focus(field)
        await pilot.pause()
    return app.screen is screen and isinstance(app.focused, type(field))


def text_of(app: MiniosApp) -> str:
    """All that has been typed on this screen."""
    fields = [it.value for it in app.screen.query(Input)]
    areas = [it.text for it in app.screen.query(TextArea)]
    return "".join([*fields, *areas])


@pytest.mark.parametrize(
    ("where", "by_mouse"),
    [
        *((where, False) for where in WAYS if where not in DIALOGS),
        *(pytest.param(it, False, marks=pytest.mark.deep) for it in sorted(DIALOGS)),
        # A footer is clicked at everywhere in one way.
        *((where, True) for where in ("console", "labs")),
        *(
            pytest.param(where, True, marks=pytest.mark.deep)
            for where in ("path", "source")
        ),
    ],
)
def test_while_one_types_every_key_of_the_footer_works(
    where: str, *, by_mouse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never typed, and something else comes of it: pressed, or clicked at."""
    heard: list[str] = []
    done: list[str] = []
    action_of = MiniosApp.run_action

    async def note_action(app: MiniosApp, action: str, *rest: object) -> bool:
        done.append(action)
        return await action_of(app, action, *rest)  # type: ignore[arg-type]

    def note(_: object, message: GuestConsole.Typed) -> None:
        heard.append(message.text)

    monkeypatch.setattr(LabScreen, "on_guest_console_typed", note)

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await begin(pilot, app, where)
        at_first = app.screen, app.focused
        keys = [it.binding.key for it in footer(app)]
        for key in sorted(keys, key=ENDS.find):
            if not await is_still_there(pilot, app, at_first):
                await begin(pilot, app, where)
                at_first = app.screen, app.focused
            (place,) = (it for it in footer(app) if it.binding.key == key)
            assert not types(key), key
            screen, before = app.screen, text_of(app)
            with monkeypatch.context() as patch:
                patch.setattr(MiniosApp, "run_action", note_action)
                done.clear()
                if by_mouse:
                    await click_key(pilot, app, key)
                else:
                    await pilot.press(key)
                await pilot.pause()
            wanted = place.binding.action.removeprefix("app.")
            assert wanted in [it.removeprefix("app.") for it in done], key
            if app.screen is screen and key not in CHANGES:
                assert text_of(app) == before, key
            assert not heard, key

    play(walk)


def test_the_keys_with_names_of_their_own_work_by_a_click() -> None:
    """+, - and / of the footer: faster, slower, and the field to find in."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        conductor = lab_of(app).conductor
        pace = conductor.pace_number
        await click_key(pilot, app, "plus")
        await pilot.pause()
        assert conductor.pace_number == pace + 1
        await click_key(pilot, app, "minus")
        await pilot.pause()
        assert conductor.pace_number == pace
        await click_key(pilot, app, "slash")
        await pilot.pause()
        assert isinstance(app.focused, Input)
        assert app.focused.value == ""

    play_from(up, walk, card=TWO)


def test_in_the_console_the_footer_names_no_key_that_is_typed() -> None:
    """How to end is there, how to go faster is not; they come back afterwards."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for key in ("c", "slash"):
            await pilot.press(key)
            await pilot.pause()
            shown_keys = {it.binding.key for it in footer(app)}
            assert "escape" in shown_keys
            assert not {"plus", "equals_sign", "minus", "slash"} & shown_keys
            await pilot.press("escape")
            await pilot.pause()
            assert {"plus", "minus", "slash"} <= {it.binding.key for it in footer(app)}

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize(
    ("page", "kind"), [("i", Registers), ("d", DoorsView), ("", GuestScreen)]
)
def test_the_console_opens_though_it_hides_the_pane_with_the_focus(
    page: str, kind: type[FramePane]
) -> None:
    """Textual gives the focus of a pane that hides to its neighbour: not here."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*page)
        await ticks(pilot, app, 1)
        app.screen.query(kind).first().focus()
        await pilot.pause()
        await pilot.press("c")
        await pilot.pause()
        assert app.focused is app.screen.query(GuestConsole).first()
        assert app.focused.region.area
        await pilot.press("escape")
        await pilot.pause()
        assert not app.screen.query(GuestConsole).first().region.area

    play_from(up, walk, card=TWO)


def test_a_click_on_the_key_of_a_place_that_is_typed_adds_it() -> None:
    """The footer names enter once, for the list and for the field."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("o")
        await pilot.pause()
        await pilot.press(*"kernel_main")
        await pilot.pause()
        assert "Choose" in shown(app)
        await click_key(pilot, app, "enter")
        await pilot.pause()
        assert "[x] at" in shown(app)

    play_from(up, walk, card=TWO)
