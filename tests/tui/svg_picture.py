"""Pictures of a screen as SVG, made so that they stay the same.

`App.export_screenshot` draws what a terminal would show. Left out of what it gives: the
names that it makes up anew every time, fonts from the network, clipping, the lengths
that a viewer finds by itself. Left out of what is on it: numbers, because one
instruction more in the guest moves all times, and what the guest itself says, because
that is for other tests.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace
from pathlib import Path

from minios.devices.text_screen import COLUMNS, ROWS
from minios.tui.app import MiniosApp
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.guest_screen import GuestScreen

FOLDER = Path(__file__).parent / "pictures"
_SPOKEN = "the guest speaks here"
_SCREEN = b"".join(bytes((ord(c), 0x1F)) for c in _SPOKEN.ljust(COLUMNS)) * ROWS
_TEXT = re.compile(r"(<text [^>]*>)([^<]*)(</text>)")


def silence_guests(app: MiniosApp) -> None:
    """Show fixed words where a guest speaks."""
    for screen in app.screen_stack:
        for pane in (*screen.query(GuestScreen), *screen.query(GuestConsole)):
            if pane.frame is not None:
                pane.show(replace(pane.frame, screen=_SCREEN, console=_SPOKEN))


def normal(svg: str) -> str:
    """The same picture without what changes by itself, an element a line."""
    svg = re.sub(r"terminal-\d+-", "", svg)
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<clipPath.*?</clipPath>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (clip-path|textLength|shape-rendering)="[^"]*"', "", svg)
    svg = _TEXT.sub(lambda m: m[1] + _without_numbers(m[2]) + m[3], svg)
    svg = svg.replace("><", ">\n<")
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def _without_numbers(text: str) -> str:
    """Zeros for numbers of more than a digit, hexadecimal ones only in addresses."""
    text = re.sub(
        r"\b[0-9a-f]{8,}\b|0x[0-9a-f]+",
        lambda m: "0x" * m[0].startswith("0x") + "0" * len(m[0].removeprefix("0x")),
        html.unescape(text),
    )
    text = re.sub(r"\d+\.\d+|\d\d+", lambda m: re.sub(r"\d", "0", m[0]), text)
    return html.escape(text, quote=False).replace("\xa0", "&#160;")


def check(app: MiniosApp, name: str) -> None:
    """Compare what can be seen with the picture of that name; or make it anew."""
    found = normal(app.export_screenshot())
    path = FOLDER / f"{name}.svg"
    if os.environ.get("MINIOS_PICTURES") == "update":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="\n")
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    differing = [
        f"is  {new}\nwas {old}"
        for new, old in zip(
            found.splitlines(), [*expected.splitlines(), *[""] * 9999], strict=False
        )
        if new != old
    ]
    assert found == expected, "\n".join(
        (f"{path.name} differs; MINIOS_PICTURES=update makes it anew", *differing[:6])
    )
