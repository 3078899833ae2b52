"""Ways to get about: letters over panes, the mouse; and no colours at all.

Deep: each page has panes of its own, and each jump takes a while. The usual tests take
no page, the first and the fourth, and a page of four machines.
"""

from __future__ import annotations

from typing import TypeVar

import pytest
from rich.color import Color, ColorType
from textual.pilot import Pilot
from textual.widgets import Label, OptionList

from minios.session import catalogue
from minios.session.catalogue import LabCard
from minios.tui.app import MiniosApp
from minios.tui.screens.breaks import PlaceField
from minios.tui.screens.dialogs import JumpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.widgets.fields import Field, SourceArea
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.pane import Pane
from tests.tui.places import go_to
from tests.tui.stage import entered, play_from, suffered, up
from tests.tui.walking import click_key, footer, lab_of, misfortune, play, shown, ticks

T = TypeVar("T")
TWO = catalogue.find("two-worlds")
FREE = catalogue.find("free-play")


def letters(app: MiniosApp) -> dict[str, tuple[int, int]]:
    """The letters that can be seen, and where."""
    return {
        str(label.content): (label.region.x, label.region.y)
        for label in app.screen.query(Label)
        if label.region.area
    }


def sample(found: list[T]) -> list[T]:
    """The first, one in the middle, the last: each jump takes a while."""
    chosen = {0, len(found) // 2, len(found) - 1}
    return [found[at] for at in sorted(chosen)]


@pytest.mark.parametrize(
    ("card", "page"),
    [
        *((TWO, page) for page in (0, 1, 4)),
        *(pytest.param(TWO, page, marks=pytest.mark.deep) for page in (2, 3)),
        (FREE, 1),
    ],
    ids=lambda it: getattr(it, "name", it),
)
def test_a_letter_leads_to_every_pane(card: LabCard, page: int) -> None:
    """On every page of the inspector: each visible pane has one, at its corner."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*"i" * page)
        await ticks(pilot, app, 1)
        lab = lab_of(app)
        panes = [it for it in lab.query(Pane) if it.can_focus and it.region.area]
        await pilot.press("j")
        await pilot.pause()
        found = letters(app)
        corners = {(it.region.x + 1, it.region.y): it for it in panes}
        assert set(found.values()) == set(corners)
        for letter, corner in sample(list(found.items())):
            if not isinstance(app.screen, JumpScreen):
                await pilot.press("f6")
                await pilot.pause()
            await pilot.press(letter)
            await pilot.pause()
            assert app.screen is lab
            assert app.focused is corners[corner]
            if isinstance(app.focused, GuestConsole):
                await pilot.press("escape")

    play_from(up, walk, card=card, size=(200, 60))


def test_a_letter_leads_to_every_field_of_a_dialog() -> None:
    """F6, and back into the same dialog."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for name in ("push", "editor", "why", "pause at", "help", "start"):
            await go_to(pilot, app, name)
            screen = app.screen
            fields = [it for it in screen.focus_chain if it.region.area]
            assert fields, name
            for number in sample(list(range(len(fields)))):
                await pilot.press("f6")
                await pilot.pause()
                assert isinstance(app.screen, JumpScreen)
                await pilot.press(list(letters(app))[number])
                await pilot.pause()
                assert app.screen is screen
                assert app.focused is fields[number], name

    play_from(suffered, walk, card=TWO)


def test_letters_move_with_their_panes() -> None:
    """When the terminal changes while they are shown."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("j")
        await pilot.pause()
        before = letters(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        lab = lab_of(app)
        panes = [it for it in lab.focus_chain if it.region.area]
        corners = {(it.region.x + 1, it.region.y) for it in panes}
        assert set(letters(app).values()) <= corners
        assert letters(app) != before

    play_from(up, walk, card=TWO)


def test_the_mouse_over_a_key_of_the_footer_says_what_it_does() -> None:
    """Whichever it is over; nothing beside the keys."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        bar = app.screen.query_one(KeyBar)
        for place in footer(app)[:4]:
            await pilot.hover(KeyBar, offset=place.region.offset)
            assert bar.tooltip == place.binding.tooltip
        behind = footer(app)[-1].region
        await pilot.hover(KeyBar, offset=(behind.right + 1, behind.y))
        assert bar.tooltip is None

    play_from(up, walk, card=TWO)


def test_a_click_opens_a_lab_and_pushes_a_file() -> None:
    """The way to a crash without a key: lab, footer, file."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.click("#labs", offset=(10, 1))
        await pilot.pause()
        await ticks(pilot, app, 3)
        await click_key(pilot, app, "p")
        await pilot.pause()
        await pilot.click(OptionList, offset=(10, 0))
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        await misfortune(pilot, app)

    play(walk)


def test_a_click_on_the_console_lets_one_type() -> None:
    """Where it is open; the border says so."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("c")
        await pilot.pause()
        await pilot.click(GuestConsole, offset=(10, 2))
        await pilot.pause()
        await pilot.press(*"ps", "enter")
        await ticks(pilot, app, 10)
        assert "ps" in lab_of(app).conductor.frames[0].console
        assert "you type here" in shown(app)

    play_from(up, walk, card=TWO)


def _is_grey(colour: Color | None) -> bool:
    if colour is None or colour.type is ColorType.DEFAULT:
        return True
    red, green, blue = colour.get_truecolor()
    return red == green == blue


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR: greys only, also where we and the guest paint by ourselves."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for name in ("start", "lab", "push", "why", "help", "editor"):
            await go_to(pilot, app, name)
            await pilot.pause()
            for strip in app.screen._compositor.render_strips():
                for text, style, _ in strip:
                    if style is not None:
                        assert _is_grey(style.color), (name, text)
                        assert _is_grey(style.bgcolor), (name, text)

    play(walk)


def test_without_colours_what_is_chosen_can_still_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The chosen lab is lighter or darker than the others, the entry has a sign."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        labs = app.screen.query_one("#labs", OptionList)
        rows = app.screen._compositor.render_strips()
        top = labs.region.y + 1
        grounds = [
            [it.style.bgcolor for it in rows[y] if it.style and title in it.text]
            for y, title in ((top, "One fault"), (top + 2, "A fault"))
        ]
        assert grounds[0] != grounds[1]
        await pilot.press("enter")
        await ticks(pilot, app, 3)
        await pilot.press("t")
        await pilot.pause()
        assert "▸" in shown(app)
        assert "▶1 windows" in shown(app)
        assert "● protected" in shown(app)

    play(walk)


def test_fields_of_every_kind_are_meant() -> None:
    """What the letters of a dialog lead to."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "editor")
        kinds = {type(it) for it in app.screen.focus_chain}
        assert Field in kinds
        await pilot.press("f2")
        await pilot.pause()
        assert SourceArea in {type(it) for it in app.screen.focus_chain}
        await pilot.press("escape", "escape", "o")
        await pilot.pause()
        kinds = {type(it) for it in app.screen.focus_chain}
        assert {PlaceField, OptionList} <= kinds

    play_from(entered, walk)
