"""`?` twice: point at a word of the screen, by keys or with the mouse.

Deep: to read all pages takes as long in each size. The usual test reads the larger one,
where more can be seen.
"""

from __future__ import annotations

import re

import pytest
from textual.pilot import Pilot

from minios import glossary
from minios.session import catalogue
from minios.tui.app import MiniosApp
from minios.tui.screens.glossary import TermScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.pointing import Picture, PointScreen
from tests.tui.places import go_to
from tests.tui.stage import play_from, suffered, up
from tests.tui.walking import shown, ticks

TWO = catalogue.find("two-worlds")
SIZES = pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=str)
FEW = 16


async def point(pilot: Pilot[None], app: MiniosApp) -> PointScreen:
    """From the screen on which one is, by keys alone."""
    for _ in range(2):
        await pilot.press("question_mark")
        await pilot.pause()
    assert isinstance(app.screen, PointScreen)
    return app.screen


@SIZES
def test_a_word_on_the_lab_screen_is_explained_by_keys(size: tuple[int, int]) -> None:
    """The picture is that of the lab; the arrows go from word to word."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        before = shown(app).splitlines()
        screen = await point(pilot, app)
        assert shown(app).splitlines()[:-2] == before[:-2]
        first = screen.chosen
        await pilot.press("right")
        await pilot.press("down")
        assert screen.chosen not in {None, first}
        word = screen.chosen
        assert word is not None
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TermScreen)
        assert word.term.sentence[:FEW] in shown(app)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)

    play_from(up, walk, size=size, card=TWO)


def test_a_click_at_a_word_explains_it() -> None:
    """At any of its letters; a click beside all words does nothing."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        screen = await point(pilot, app)
        word = next(it for it in screen.words if it.term.name == "ring 0")
        await pilot.click(Picture, offset=(word.end - 1, word.y))
        await pilot.pause()
        assert isinstance(app.screen, TermScreen)
        assert glossary.terms()["ring 0"].sentence[:FEW] in shown(app)

    play_from(up, walk, card=TWO)


@pytest.mark.parametrize("size", [(90, 24), (80, 30), (60, 24)], ids=str)
def test_a_picture_of_another_size_is_closed(size: tuple[int, int]) -> None:
    """Of another width as of another height: the lab below has another layout then."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await point(pilot, app)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert not isinstance(app.screen, PointScreen)

    play_from(up, walk, size=(80, 24), card=TWO)


FRAME = "─-▟»"  # what stands there may be the rest of a word
ABBREVIATION = re.compile(
    rf"(?<![\w#/.:{FRAME}-])(?:#[A-Z]{{2}}|[A-Z]{{2}}[A-Z0-9]*)\b(?![{FRAME}]|[/.]\w)"
)
CODE = re.compile(r"[A-Z]+_[A-Z_]+|/[A-Z0-9./-]+|\b[A-Z0-9-]+\.[A-Z]{3}\b")
SHOUTED = {"STOP", "STOPPED", "REFUSES"}  # words in capitals, and no abbreviations
BYTES = {"MCHN"}  # letters in a file


def unknown(text: str) -> set[str]:
    """What looks like a term, and is not in the glossary."""
    known = {
        glossary.plain(it) for t in glossary.terms().values() for it in t.spellings
    }
    found = set(ABBREVIATION.findall(CODE.sub(" ", text))) - SHOUTED - BYTES
    return {it for it in found if glossary.plain(it) not in known}


PAGES = (
    *("why", "goals", "slow pass", "power", "vendor", "memory at"),
    *("push", "pause at", "editor", "crimes"),
)


@pytest.mark.parametrize(
    "size", [pytest.param((80, 24), marks=pytest.mark.deep), (200, 50)], ids=str
)
def test_every_abbreviation_on_a_page_of_the_lab_is_in_the_glossary(
    size: tuple[int, int],
) -> None:
    """Before and after the fault: all pages, why, and the dialogs."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        seen = {}
        for page in range(6):
            seen[f"page {page}"] = unknown(shown(app))
            await pilot.press("i")
            await ticks(pilot, app, 1)
        for name in PAGES:
            await go_to(pilot, app, name)
            seen[name] = unknown(shown(app))
        assert {name: it for name, it in seen.items() if it} == {}

    play_from(suffered, walk, size=size, card=TWO)
