"""`minios dev picture`: the README's picture, drawn from a real run of the demo.

The demo's own lines, in its own colours, exported as SVG by Rich. Nothing is retouched;
what is left out is left out by line: the reasons, which are too long for a picture.
"""

from __future__ import annotations

import argparse
import io
from typing import Final

from rich.console import Console
from rich.text import Text

from minios import paths
from minios.abi import policies
from minios.commands import comparison, narration
from minios.lab import Event, content_files
from minios.lab.story import Plan, Story, tell

_PICTURE: Final = paths.ASSETS / "pictures" / "demo.svg"
_CONTENT: Final = "channel-291-bad"
_COLUMNS: Final = 100


def draw() -> str:
    """Run the demo in both worlds; returns the SVG. The same code, the same picture."""
    style = narration.Style(colour=True, plain=False)
    content = content_files.find(_CONTENT)
    lines = ["$ uv run minios demo", ""]
    stories: list[Story] = []
    for model in policies.BY_NAME:
        lines.append(narration.title(model, content, style))

        def listen(event: Event) -> None:
            if narration.is_worth_a_line(event):
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


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios dev picture`: none."""
    parser.epilog = "example: minios dev picture"
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Write the picture."""
    _PICTURE.parent.mkdir(parents=True, exist_ok=True)
    _PICTURE.write_text(draw(), encoding="utf-8", newline="\n")
    print(f"wrote {_PICTURE}")
    return 0
