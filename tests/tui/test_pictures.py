"""Pictures of the main screens at fixed virtual times: layout, colours, words.

They are SVG files in `pictures/`: open one to see the screen. After a change that is
meant, MINIOS_PICTURES=update makes them anew.

Deep: each size is laid out anew. The usual tests take the smallest one. Deep there,
too: a slow pass to its fault, the editor in a second theme, and most pages of the
inspector, whose numbers move with the kernel. Pictures that begin alike are made from
one application (`stage.py`).
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final, TypeAlias

import pytest
from textual.pilot import Pilot

from minios import paths
from minios.session import catalogue
from minios.session.files import Files, Progress
from minios.session.script import Script
from minios.testing.scenarios.showing import script_of
from minios.tui.app import MiniosApp
from tests.tui import svg_picture
from tests.tui.stage import play_from
from tests.tui.walking import Walk, play, ticks

Steps: TypeAlias = tuple[str | int, ...]  # keys, and numbers of ticks that go by

# All sizes are made anew, whatever is compared.
_DEEP = [] if "MINIOS_PICTURES" in os.environ else [pytest.mark.deep]
BETWEEN, LARGE, LARGER = (
    pytest.param(size, marks=_DEEP) for size in ((120, 40), (200, 50), (200, 60))
)
SIZES = [(80, 24), BETWEEN, LARGER]
USUAL_SIZES = [(80, 24), BETWEEN, LARGE]
THEMES = ["minios", "minios-safe"]
CRASHED: Steps = ("enter", 3, "p", "enter", 50, "space", 1, "space", 50)
BEGINNINGS: Final[tuple[Steps, ...]] = (CRASHED, ("enter", 3), ())
INSIDE = ("registers", "tables", "doors", "past", "back")
MOMENTS: dict[str, Steps] = {
    "start": (),
    "picker": ("enter", 4, "p"),
    "editor": ("enter", 4, "p", "ctrl+n", "ctrl+t"),
    "loop": CRASHED,
    "decisive": ("enter", 3, "p", "enter", 50),
    "back": (*CRASHED, "b"),
    "past": (*CRASHED, "space", "t", "right_square_bracket"),
    "why": (*CRASHED, "w"),
    "registers": ("enter", 3, "space", "i", 1),
    "tables": ("enter", 3, "space", "i", "i", 1),
    "kernel": ("enter", 3, "space", "i", "i", "i", 1),
    "doors": (*CRASHED, "d", 1),
    "plugin": (*("down",) * len(catalogue.LABS), "enter"),
    "start-progress": (),
    "scenario": (2, "enter", 2, "enter", 60),
}
REACHED = {  # how many goals of the labs were reached before
    "goals-done": {"two-worlds": 6},
    "start-progress": {"two-worlds": 6, "latent": 2, "macos": 0},
}
LEARNING: dict[str, Steps] = {
    # The same, of what one learns with: the building, with faults of ring 0 and of ring
    # 3 in it, four buildings, the slow pass to a fault, the goals
    "running": ("enter", 4),
    "four": (*("down",) * 7, "enter", 3, "p", "enter", 50),
    "slow-pass": ("enter", 3, "s", *"nnnn", 1),
    "slow-pass-fault": ("enter", 3, "p", "enter", 9, "s", *"nnnnnn", 1),
    "goals": ("enter", 3, "p", "enter", 50, "G"),
    "goals-done": ("up", "enter", 3, "G"),
    "building-ring-0": ("enter", 3, "p", "enter", 12),
    "building-ring-3": ("enter", 3, "p", "enter", 115, "escape", "2", 1),
}
SCENARIO = paths.ASSETS / "scenarios" / "bad-file.scenario.toml"


def progress(name: str) -> Progress:
    """What somebody has reached before the picture of that name."""
    made = Progress(None)
    for lab, number in REACHED.get(name, {}).items():
        goals = catalogue.find(lab).goal_list.goals[:number]
        made.note(lab, [goal.name for goal in goals])
    return made


@cache
def scenario() -> Script:
    """What the picture of that name shows; the others begin at the start screen."""
    return script_of(SCENARIO)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "themes"),
    [
        *((name, THEMES) for name in MOMENTS if name not in {"editor", *INSIDE}),
        *(pytest.param(name, THEMES, marks=_DEEP) for name in INSIDE),
        # What lies below it would be drawn by a change of the theme.
        ("editor", THEMES[:1]),
        pytest.param("editor", THEMES[1:], marks=_DEEP),
    ],
    ids=lambda it: it if isinstance(it, str) else "+".join(it),
)
def test_a_screen_looks_as_it_did(
    name: str, themes: list[str], size: tuple[int, int]
) -> None:
    """Every cell and every colour is that of the committed picture, in every theme."""
    check(name, themes, size)


@pytest.mark.parametrize("size", USUAL_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(it, marks=_DEEP if it == "slow-pass-fault" else [])
        for it in LEARNING
    ],
)
def test_what_one_learns_with_looks_as_it_did(name: str, size: tuple[int, int]) -> None:
    """Where a fault happened and what it took down; the steps to it; the goals."""
    check(name, THEMES, size)


def check(name: str, themes: list[str], size: tuple[int, int]) -> None:
    """Go to a moment, and compare the pictures of it."""
    steps = (MOMENTS | LEARNING)[name]
    beginning = next(it for it in BEGINNINGS if it == steps[: len(it)])

    async def end(pilot: Pilot[None], app: MiniosApp) -> None:
        await follow(steps[len(beginning) :], pilot, app)
        svg_picture.silence_guests(app)
        for app.theme in themes:
            await pilot.pause()
            svg_picture.check(app, f"{name}-{size[0]}x{size[1]}-{app.theme}")

    async def whole(pilot: Pilot[None], app: MiniosApp) -> None:
        await follow(beginning, pilot, app)
        await end(pilot, app)

    if name != "scenario" and name not in REACHED and themes[0] == THEMES[0]:
        play_from(begun(beginning), end, size=size)
        return
    script = scenario() if name == "scenario" else None
    card = script.card if script is not None else None
    files = Files(script=script, progress=progress(name))
    play(whole, size=size, theme=themes[0], card=card, files=files)


@cache
def begun(beginning: Steps) -> Walk:
    """The walk to where some pictures begin: always the same one."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await follow(beginning, pilot, app)

    return walk


async def follow(steps: Steps, pilot: Pilot[None], app: MiniosApp) -> None:
    """Press these keys, and let so many ticks go by."""
    for step in steps:
        if isinstance(step, int):
            await ticks(pilot, app, step)
        else:
            await pilot.press(step)
            await pilot.pause()


def test_a_picture_does_not_depend_on_the_path_to_it() -> None:
    """The same moment in ticks of another length is the same picture."""
    found: list[str] = []

    for pieces in ((12,), (1, 4, 7)):

        async def walk(
            pilot: Pilot[None], app: MiniosApp, pieces: tuple[int, ...] = pieces
        ) -> None:
            for number in pieces:
                await ticks(pilot, app, number)
            found.append(svg_picture.normal(app.export_screenshot()))

        play(walk, card=catalogue.find("two-worlds"), size=(120, 40))

    assert found[0] == found[1]
    assert "protected" in found[0]


def test_ring_0_and_ring_3_have_different_colours_in_every_theme() -> None:
    """And in the safe one they are Okabe and Ito's orange and blue."""
    found = {}

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for theme in (*THEMES, "minios-light"):
            app.theme = theme
            await pilot.pause()
            variables = app.theme_variables
            found[theme] = (variables["ring0"], variables["ring3"])

    play(walk, card=catalogue.find("macos"))
    assert all(ring0 != ring3 for ring0, ring3 in found.values())
    assert found["minios-safe"] == ("#e69f00", "#56b4e9")
