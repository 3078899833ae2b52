"""Pictures of the main screens at fixed virtual times: layout, colours, words.

`MINIOS_PICTURES=update` writes them anew. Where a guest speaks, only the frames around
its words are compared: what it says is for other tests.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from minios.tui import catalogue
from minios.tui.app import MiniosApp
from tests.tui.walking import play, shown, ticks

FOLDER = Path(__file__).parent / "pictures"
SIZES = [(80, 24), (120, 40), (200, 60)]
THEMES = ["minios", "minios-safe"]
MOMENTS: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    # keys, ticks, keys
    "start": ((), 0, ()),
    "running": (("enter",), 4, ()),
    "picker": (("enter",), 4, ("p",)),
}
_WORDS = re.compile(r"[^│║╟╢╔═╗╚╝╭─╮╰╯\n]+")


def neutral(name: str, text: str) -> str:
    """The frames alone, of a picture in which a guest speaks."""
    lines = text.split("\n")
    if name == "running":
        return "\n".join(_WORDS.sub(" ", line).strip() for line in lines) + "\n"
    if name == "picker":
        lines = [line for line in lines if "channel-291" in line or "accepts" in line]
        lines = [re.sub(r"^.*?│(?= *channel| *hist)", "", line) for line in lines]
        lines = [line.partition("│")[0] for line in lines]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def colours(svg: str) -> set[str]:
    """The colours that a picture uses."""
    return set(re.findall(r"#[0-9a-f]{6}", svg))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", MOMENTS)
def test_a_screen_looks_as_it_did(name: str, size: tuple[int, int], theme: str) -> None:
    """The layout is the committed one; both themes draw with their own colours."""
    before, number, after = MOMENTS[name]
    pictures: list[str] = []

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(*before)
        await pilot.pause()
        if number:
            await ticks(pilot, app, number)
        await pilot.press(*after)
        await pilot.pause()
        pictures.extend((shown(app), app.export_screenshot()))

    app = play(walk, size=size, theme=theme)
    text, svg = pictures
    accent = app.theme_variables["primary"].lower()
    assert svg.startswith("<svg")
    assert accent in colours(svg)
    path = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("MINIOS_PICTURES") == "update":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(neutral(name, text), encoding="utf-8")
    assert neutral(name, text) == path.read_text(encoding="utf-8")


def test_ring_0_and_ring_3_have_different_colours_in_every_theme() -> None:
    """And in the safe one they are Okabe and Ito's orange and blue."""
    found = {}
    for theme in (*THEMES, "minios-light"):
        app = play(_look, card=catalogue.find("macos"), theme=theme)
        found[theme] = (app.theme_variables["ring0"], app.theme_variables["ring3"])
        assert found[theme][0] != found[theme][1]
    assert found["minios-safe"] == ("#e69f00", "#56b4e9")


async def _look(pilot: Pilot[None], app: MiniosApp) -> None:
    await ticks(pilot, app, 1)
