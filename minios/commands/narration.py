"""How a run is printed on a terminal: one line for each event, then the explanation.

Colours only repeat what the words say: the ring stands in every line as a word.
`NO_COLOR` and `--plain` switch colours off. An output that is not a terminal gets none.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from minios.abi import policies
from minios.lab import Event, events, narration, sensors
from minios.lab.content_files import ContentFile
from minios.lab.explanation import Depth, compare
from minios.lab.narration import ring_of
from minios.lab.story import Story, world_of
from minios.visible import visible

_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
RING_0: Final = "\x1b[38;5;208m"  # orange and blue: colour-blind people see both
RING_3: Final = "\x1b[38;5;39m"


@dataclass(frozen=True, slots=True)
class Style:
    """Whether to use colours and columns."""

    colour: bool
    plain: bool

    def paint(self, text: str, code: str) -> str:
        """The text in a colour, or as it is."""
        return f"{code}{text}{_RESET}" if self.colour else text

    def bold(self, text: str) -> str:
        """The text in bold, or as it is."""
        return self.paint(text, _BOLD)


def style(*, plain: bool) -> Style:
    """The style for this output."""
    colour = not plain and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Style(colour and _obeys_codes(), plain)


def _obeys_codes() -> bool:
    """Whether the terminal knows codes for colours, or shows the codes themselves.

    The old console of Windows shows them. Newer terminals there say who they are.
    """
    names = ("TERM", "TERM_PROGRAM", "WT_SESSION")
    return sys.platform != "win32" or any(name in os.environ for name in names)


def title(model: str, content: ContentFile, style: Style, sensor: str = "") -> str:
    """The heading of one world, with the form of its sensor if one was named."""
    words = policies.BY_NAME[model].words
    if sensor:
        words = f"the sensor as {sensors.BY_NAME[sensor].words}"
    world = world_of(model, sensor)
    return style.bold(f"== {world}: {words}; pushing {visible(content.name)} ==")


def line(event: Event, style: Style) -> str:
    """One event: its virtual time, its ring, and what happened."""
    ring = ring_of(event)
    if ring == "outside":
        return narration.line(event)
    code = RING_0 if ring == "ring 0" else RING_3
    return narration.line(event, paint=lambda words: style.paint(words, code))


def why(stories: Sequence[Story], style: Style) -> str:
    """Why the worlds crashed: the answer, the reasons, the evidence, the blue screens.

    What the worlds share is said once.
    """
    found = [(it.world, it.why) for it in stories if it.why is not None]
    refused = [it for it in stories if it.refusal]
    unharmed = [it for it in stories if it.skipped]
    if not found and not refused and not unharmed:
        return ""
    parts = [style.bold("-- Why --")]
    for story in refused:
        parts += [f"In {story.world}", *map(wrapped, _of_refusal(story.refusal)), ""]
    for story in unharmed:
        said = f"  Nothing has gone wrong: {story.skipped}."
        parts += [f"In {story.world}", wrapped(said), ""]
    if not found:
        return "\n".join(parts)
    comparison = compare(found)
    for depth in Depth:
        shared, own = comparison.at(depth)
        for section in (*shared, *chain(*own)):
            parts += [section.title] if section.title else []
            parts += [*(wrapped(f"  {it}") for it in section.lines), ""]
    for story in stories:
        if story.losses.sentences:
            left = (wrapped(f"  {it}") for it in story.losses.sentences)
            parts += [f"How {story.world} limps", *left, ""]
    screens = [] if style.plain else [_screen(it) for it in stories]
    return "\n".join([*parts, *filter(None, screens)])


def _of_refusal(said: str) -> tuple[str, ...]:
    """Why a program never ran: its line of source, and the rule."""
    return (
        (
            "  The kernel verifies an eBPF program before it runs it. It has refused "
            "these programs, so they never ran, whatever the content is."
        ),
        f"  The verifier says: {visible(said)}.",
    )


def _screen(story: Story) -> str:
    """The blue screen of a world, "" if it had none."""
    if not isinstance(story.crash, events.BugcheckEvent):
        return ""
    rows = [f"  | {visible(row.rstrip())}" for row in _used(story.screen)]
    return "\n".join([f"What {story.world} drew on its screen", *rows, ""])


def wrapped(line: str) -> str:
    """A sentence, wrapped to the terminal. Other lines with addresses stay whole."""
    width = max(60, min(shutil.get_terminal_size().columns, 100))
    if len(line) <= width or ("0x" in line and not line.endswith(".")):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(line, width, subsequent_indent=f"{indent}  ")


def _used(screen: tuple[str, ...]) -> tuple[str, ...]:
    """The rows from the first row with text to the last one."""
    rows = [number for number, row in enumerate(screen) if row.strip()]
    return screen[rows[0] : rows[-1] + 1] if rows else ()
