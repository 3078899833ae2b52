"""`?` and then g: words are explained, those on the screen first."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList

from minios import glossary
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.capture import as_text
from minios.tui.screens.glossary import ALL, HERE, GlossaryScreen, TermScreen, found
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.fields import Field
from tests.tui.places import go_to
from tests.tui.stage import entered, play_from, suffered, up
from tests.tui.walking import click_key, footer, shown, words

TWO = catalogue.find("two-worlds")
EXPLAIN = "Explain the words on the screen"  # in the palette
FEW = 16  # characters that are on one line, however narrow it is
SIZES = pytest.mark.parametrize("size", [(80, 24), (40, 10), (200, 50)], ids=str)


def listed(app: MiniosApp) -> list[str]:
    """What stands in the list: headings and names."""
    options = app.screen.query_one(OptionList).options
    return [(it.id or f"/{it.prompt}").partition("/")[2] for it in options]


async def open_glossary(pilot: Pilot[None], app: MiniosApp) -> Screen[Any]:
    """From any screen, by keys alone."""
    for key in ("f1", "g"):
        await pilot.press(key)
        await pilot.pause()
    assert isinstance(app.screen, GlossaryScreen)
    return app.screen


@SIZES
def test_the_list_begins_with_the_words_on_the_screen(size: tuple[int, int]) -> None:
    """All of those of the explanation, in its order; then all terms there are."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "why")
        assert isinstance(app.screen, WhyScreen)
        seen = [it.name for it in glossary.in_text(as_text(app.screen))]
        await open_glossary(pilot, app)
        names = listed(app)
        here, _, everything = "\n".join(names).partition(f"\n{ALL}:\n")
        assert here.splitlines()[: len(seen) + 1] == [f"{HERE}:", *seen]
        assert seen
        assert everything.splitlines() == list(glossary.terms())
        assert HERE in shown(app)
        assert app.screen.query_one(OptionList).highlighted == 1

    play_from(suffered, walk, card=TWO, size=size)


@SIZES
def test_a_word_is_searched_explained_and_leads_to_others(
    size: tuple[int, int],
) -> None:
    """By keys alone: type, enter; enter again for what is near it; esc goes back."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "lab")
        list_screen = await open_glossary(pilot, app)
        await pilot.press(*"irql")
        await pilot.pause()
        assert listed(app)[0] == "IRQL"
        await pilot.press("enter")
        await pilot.pause()
        term = glossary.terms()["IRQL"]
        assert isinstance(app.screen, TermScreen)
        assert term.sentence[:FEW] in words(app)
        assert term.see_also[0] in shown(app)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TermScreen)
        other = glossary.terms()[term.see_also[1]]
        assert other.sentence[:FEW] in words(app)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is list_screen
        assert list_screen.query_one(Field).value == "irql"
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)

    play_from(entered, walk, size=size)


def test_an_explanation_can_be_read_to_its_end_at_forty_by_ten() -> None:
    """The footer has the key for it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "term")
        assert {"space", "enter", "escape"} <= {
            it.binding.key.split(",")[0] for it in footer(app)
        }
        for _ in range(20):
            await pilot.press("space")
        await pilot.pause()
        assert "See also:" in words(app)

    play_from(entered, walk, size=(40, 10))


def test_the_mouse_does_all_of_it() -> None:
    """A click on the key of the help, on a term, and on what belongs to it."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "help")
        await click_key(pilot, app, "g")
        await pilot.pause()
        assert isinstance(app.screen, GlossaryScreen)
        name = listed(app)[2]
        await pilot.click(OptionList, offset=(4, 2))
        await pilot.pause()
        assert isinstance(app.screen, TermScreen)
        assert glossary.terms()[name].sentence[:FEW] in words(app)
        await pilot.click(OptionList, offset=(4, 1))
        await pilot.pause()
        other = glossary.terms()[glossary.terms()[name].see_also[1]]
        assert isinstance(app.screen, TermScreen)
        assert other.sentence[:FEW] in words(app)

    play_from(entered, walk)


def test_what_is_not_there_is_told_and_cannot_be_explained() -> None:
    """Enter does nothing then."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "glossary")
        await pilot.press(*"xyzzy")
        await pilot.pause()
        assert "nothing matches xyzzy" in shown(app)
        assert "enter" not in {it.binding.key for it in footer(app)}
        await pilot.press("enter", "down")
        await pilot.pause()
        assert isinstance(app.screen, GlossaryScreen)

    play_from(entered, walk)


def test_the_help_and_the_palette_tell_of_the_glossary() -> None:
    """The help in its footer at forty columns, too; and there is one at a time."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        assert EXPLAIN in offered(app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "g Glossary" in shown(app)
        await pilot.press("g", "f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "g Glossary" not in shown(app)
        assert EXPLAIN not in offered(app)

    play_from(up, walk, card=TWO, size=(40, 10))


def offered(app: MiniosApp) -> set[str]:
    """What the palette would list."""
    return {it.title for it in app.get_system_commands(app.screen)}


@pytest.mark.parametrize(
    ("typed", "first"),
    [("pf", "page fault"), ("ring", "ring"), ("fault", "exception"), ("cr2", "CR2")],
)
def test_the_word_that_is_called_so_comes_first(typed: str, first: str) -> None:
    """Then those whose names begin so, and those that only speak of it."""
    names = [it.name for it in found(typed)]

    assert names[0] == first
    assert all(typed in _text(name) for name in names)


def _text(name: str) -> str:
    term = glossary.terms()[name]
    return f"{' '.join(term.spellings)} {term.sentence}".casefold()
