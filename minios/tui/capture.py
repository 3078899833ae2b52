"""Capture what a screen shows, as text or with its colours.

Only this module uses Textual's compositor, which is private to Textual.
"""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen
from textual.strip import Strip

T = TypeVar("T")


def strips(screen: Screen[T]) -> list[Strip]:
    """The rows on the screen, with their styles."""
    return screen._compositor.render_strips()  # noqa: SLF001 - see above


def as_text(screen: Screen[T]) -> str:
    """The text on the screen, line by line."""
    rows = ("".join(segment.text for segment in it) for it in strips(screen))
    return "\n".join(row.rstrip() for row in rows) + "\n"


def coloured(screen: Screen[T]) -> str:
    """The text on the screen, with escape codes for its colours."""
    console = screen.app.console
    return "\n".join(strip.render(console) for strip in strips(screen))
