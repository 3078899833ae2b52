"""`minios dev picture`: the README's pictures, each drawn from a real run.

    demo.svg    the lines that the demo prints, exported by Rich
    lab.svg     the interface at the moment of the blue screen, exported by Textual
    lesson.svg  a lesson after a mistake in its first task

No line is changed. The explanation of the crash is left out of the demo, because it is
too long for a picture. The same code draws the same picture.
`tests/architecture/test_pictures.py` compares the committed pictures with these
functions.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.text import Text

from minios import paths
from minios.abi import policies
from minios.commands import comparison, narration
from minios.lab import Event, content_files, events, seconds
from minios.lab.inputs import Push
from minios.lab.narration import is_worth_a_line
from minios.lab.story import Plan, Story, tell
from minios.lazy_parser import Command
from minios.session import catalogue
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen
from minios.tutor.learner import Learner

COMMAND: Final = Command(
    "dev picture",
    "Draw the pictures in README.md from real runs.",
    place=50,
)

FOLDER: Final = paths.ASSETS / "pictures"
_CONTENT: Final = "channel-291-bad"
_COLUMNS: Final = 100
_SCREEN: Final = (160, 50)  # the smallest one that shows all of the blue screen's words
_PUSH_AT: Final = seconds(0.02)  # both machines are ready by then
_GIVE_UP_AT: Final = seconds(2)
_ANSWER_AT: Final = seconds(0.3)


_DESCRIPTION: Final = """\
Draw the pictures in README.md from real runs.
Use this command after the lines that `minios demo` prints have changed, or the lab."""


def demo() -> str:
    """Run the demo in both worlds. Returns the SVG."""
    style = narration.Style(colour=True, plain=False)
    content = content_files.find(_CONTENT)
    lines = ["$ uv run minios demo", ""]
    stories: list[Story] = []
    for model in policies.COMPARED:
        lines.append(narration.title(model, content, style))

        def listen(event: Event) -> None:
            if is_worth_a_line(event):
                lines.append(narration.line(event, style))

        stories.append(tell(model, Plan(content), listen=listen))
        lines.append("")
    lines += comparison.table(stories, style).splitlines()
    console = Console(
        record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True
    )
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    return console.export_svg(title="minios demo", unique_id="minios")


def lab() -> str:
    """Push the bad file in the lab of two worlds; returns the SVG.

    The picture is taken when the machine on the left has written its dump. By then the
    machine on the right has started the extension again.
    """
    return asyncio.run(_lab())


async def _lab() -> str:
    card = replace(catalogue.find("two-worlds"), waits=False)
    app = MiniosApp(card, automatic=False, factory=InlinePlayer)
    app.animation_level = "none"
    async with app.run_test(size=_SCREEN) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        await _run_to_the_blue_screen(app.screen)
        await pilot.pause()
        drawn = app.export_screenshot(title="uv run minios")
    # Rich makes these names from all of the text: one number would change every line.
    return re.sub(r"terminal-\d+-", "minios-", drawn)


def lesson() -> str:
    """Take the first lesson, and give a wrong answer; returns the SVG.

    The answer is a known mistake, so the lesson says what is wrong with it.
    """
    return asyncio.run(_lesson())


async def _lesson() -> str:
    learner = Learner(None)
    app = MiniosApp(
        lesson=learner.lessons[0],
        learner=learner,
        automatic=False,
        factory=InlinePlayer,
    )
    app.animation_level = "none"
    async with app.run_test(size=_SCREEN) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, LabScreen)
        while app.screen.conductor.now < _ANSWER_AT:
            app.screen.tick()
        await pilot.press("a", "enter", "escape")
        await app.workers.wait_for_complete()
        await pilot.pause()
        drawn = app.export_screenshot(title="uv run minios learn")
    return re.sub(r"terminal-\d+-", "minios-", drawn)


async def _run_to_the_blue_screen(screen: LabScreen) -> None:
    conductor = screen.conductor
    while conductor.now < _PUSH_AT:
        screen.tick()
    conductor.send(Push(content_files.find(_CONTENT)))
    while not isinstance(conductor.frames[0].stop, events.DumpWritten):
        assert conductor.now < _GIVE_UP_AT, "no machine wrote a dump"
        screen.tick()
        await asyncio.sleep(0)


PICTURES: Final[dict[str, Callable[[], str]]] = {
    "demo.svg": demo,
    "lab.svg": lab,
    "lesson.svg": lesson,
}


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios dev picture`: there are none."""
    parser.description = _DESCRIPTION
    parser.epilog = "example:\n  minios dev picture"
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        path = FOLDER / name
        path.write_text(draw(), encoding="utf-8", newline="\n")
        print(f"wrote {path}")
    return 0
