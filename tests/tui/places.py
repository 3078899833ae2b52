"""Every screen of the interface, and the keys by which a person comes to it."""

from __future__ import annotations

from itertools import count
from typing import Any

from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList

from minios.errors import ImageError
from minios.session import catalogue
from minios.session.catalogue import LabCard
from minios.tui.app import MiniosApp
from minios.tui.screens.breaks import BreakScreen
from minios.tui.screens.cost import CostScreen
from minios.tui.screens.crimes import CrimeScreen
from minios.tui.screens.dialogs import (
    AddressScreen,
    ErrorScreen,
    JumpScreen,
    PowerScreen,
    VendorScreen,
)
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.glossary import GlossaryScreen, TermScreen
from minios.tui.screens.goals import GoalScreen
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.pipeline import PipelineScreen
from minios.tui.screens.plugin import BuildScreen, PluginScreen
from minios.tui.screens.pointing import PointScreen
from minios.tui.screens.push import PushScreen
from minios.tui.screens.slow_pass import SlowPassScreen
from minios.tui.screens.start import StartScreen
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.guest_console import GuestConsole
from tests.tui.walking import lab_of, misfortune, ticks

SCREENS: dict[str, tuple[str, ...]] = {
    "start": (),
    "lab": ("enter",),
    "push": ("enter", "p"),
    "editor": ("enter", "p", "ctrl+n"),
    "cost": ("enter", "P"),
    "crimes": ("C",),
    "why": ("enter", "W"),
    "goals": ("enter", "G"),
    "help": ("enter", "question_mark"),
    "point": ("enter", "question_mark", "question_mark"),
    "glossary": ("enter", "question_mark", "g"),
    "term": ("enter", "question_mark", "g", "enter"),
    "jump": ("enter", "j"),
    "pause at": ("enter", "o"),
    "power": ("enter", "r"),
    "memory at": ("enter", "g"),
    "vendor": ("enter", "v"),
    "error": ("enter", "E"),
    "build": ("enter", "B"),
    "plugin": ("P",),
    "pipeline": ("S",),
    "slow pass": ("enter", "s"),
}
KINDS: dict[str, type[Screen[Any]]] = {
    "start": StartScreen,
    "lab": LabScreen,
    "push": PushScreen,
    "editor": EditorScreen,
    "cost": CostScreen,
    "crimes": CrimeScreen,
    "why": WhyScreen,
    "goals": GoalScreen,
    "help": HelpScreen,
    "point": PointScreen,
    "glossary": GlossaryScreen,
    "term": TermScreen,
    "jump": JumpScreen,
    "pause at": BreakScreen,
    "power": PowerScreen,
    "vendor": VendorScreen,
    "memory at": AddressScreen,
    "error": ErrorScreen,
    "build": BuildScreen,
    "plugin": PluginScreen,
    "pipeline": PipelineScreen,
    "slow pass": SlowPassScreen,
}


async def go_to(pilot: Pilot[None], app: MiniosApp, name: str) -> None:
    """Walk to a screen: from the start, or from the lab that one is in."""
    steps = SCREENS[name]
    labs = [it.card.name for it in app.screen_stack if isinstance(it, LabScreen)]
    is_in_lab = bool(labs) and labs != ["crimes"]  # there nothing else goes wrong
    if steps[:1] == ("enter",) and is_in_lab:
        await back_to(pilot, app, LabScreen)
        steps = steps[1:]
    else:
        await back_to(pilot, app, StartScreen)
    for key in steps:
        if key == "W":  # something has to go wrong first
            await suffer(pilot, app)
            key = "w"  # noqa: PLW2901 - the key that it stands for
        if key == "E":  # no key opens an error
            app.push_screen(ErrorScreen("a machine has no wheels"))
            await pilot.pause()
            continue
        if key == "B":  # nor this one, in a lab without plugins of one's own
            app.push_screen(BuildScreen("building mine", refuse))
            await app.workers.wait_for_complete()
            await pilot.pause()
            continue
        if key == "C":  # only in the lab for it
            options = app.screen.query_one(OptionList)
            options.highlighted = catalogue.LABS.index(catalogue.find("crimes"))
            await pilot.press("enter")
            options.highlighted = 0
            await pilot.pause()
            await ticks(pilot, app, 3)
        # The lines below the labs.
        if key in ("P", "S") and isinstance(app.screen, StartScreen):
            options = app.screen.query_one(OptionList)
            options.highlighted = len(catalogue.LABS) + (key == "S")
            await pilot.press("enter")
            options.highlighted = 0
            await pilot.pause()
            await worked(pilot, app)
            continue
        await pilot.press(key)
        await pilot.pause()
        await worked(pilot, app)
        if key == "enter" and isinstance(app.screen, LabScreen):
            await ticks(pilot, app, 3)
    assert isinstance(app.screen, KINDS[name])


async def worked(pilot: Pilot[None], app: MiniosApp) -> None:
    """Until all is there that a screen waits for."""
    if isinstance(app.screen, CostScreen | PipelineScreen):
        await app.workers.wait_for_complete()
        await pilot.pause()


_attempts = count(1)


def refuse() -> LabCard:
    """A plugin that cannot be built, each time for another reason."""
    line = f"mine.c:{next(_attempts)}:9: error: expected expression\n"
    raise ImageError(line * 40)


async def back_to(
    pilot: Pilot[None], app: MiniosApp, kind: type[LabScreen | StartScreen]
) -> None:
    """Leave what lies over it: a dialog by escape, a lab by q."""
    if isinstance(app.focused, GuestConsole):
        await pilot.press("escape")
    for _ in range(len(app.screen_stack)):
        if isinstance(app.screen, kind):
            return
        await pilot.press("q" if isinstance(app.screen, LabScreen) else "escape")
        await pilot.pause()
    assert isinstance(app.screen, kind)


async def suffer(pilot: Pilot[None], app: MiniosApp) -> None:
    """Push the bad file and wait for what comes of it, unless that has been done."""
    if not any(frame.explanations for frame in lab_of(app).conductor.frames):
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await misfortune(pilot, app)


def bindings(name: str) -> list[Binding]:
    """All that a screen declares and inherits, a key each."""
    return [binding for _, binding in KINDS[name]._merge_bindings()]


def offered(app: MiniosApp) -> dict[str, str]:
    """What the palette would show: words and help."""
    found = [(it.title, it.help) for it in app.get_system_commands(app.screen)]
    assert len(found) == len(dict(found))
    return dict(found)
