"""What a role looks like in the theme that is chosen.

Twenty panes with sixteen roles each would be three hundred styles for Textual's style
sheet to find again whenever a class changes; here they are one table a theme.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.style import Style
from textual.color import Color

from minios.tui import themes


class Look(NamedTuple):
    """Names of colours; None leaves the pane's own."""

    color: str
    background: str | None = None
    bold: bool = False


_DIM: Final = "dim"
LOOKS: Final[dict[str, Look]] = {
    "dim": Look(_DIM),
    "heading": Look("primary", bold=True),
    "ring0": Look("ring0"),
    "ring3": Look("ring3"),
    "good": Look("good"),
    "bad": Look("bad", bold=True),
    "warn": Look("warn"),
    "next": Look("background", "accent", bold=True),
    "changed": Look("accent", bold=True),
    "selected": Look("background", "primary", bold=True),
    "header": Look("background", "primary"),
    "instance": Look("background", "secondary"),
    "criterion": Look("background", "accent"),
    "text": Look("background", "good"),
    "padding": Look(_DIM, "panel"),
    "unread": Look("background", "bad"),
    "marked": Look("background", "foreground", bold=True),
}
_KNOWN: Final[dict[tuple[str, Color], dict[str, Style]]] = {}


def styles(theme: str, variables: dict[str, str], ground: Color) -> dict[str, Style]:
    """A style for every role, and for no role, on a pane with this background."""
    key = theme, ground
    if key not in _KNOWN:
        _KNOWN[key] = _styles(themes.VARIABLES | variables, ground)
    return _KNOWN[key]


def _styles(known: dict[str, str], ground: Color) -> dict[str, Style]:
    front = Color.parse(known["foreground"])

    def colour(name: str | None) -> Color:
        if name is None:
            return ground
        if name == _DIM:
            return ground.blend(front, 0.6)
        return Color.parse(known[name])

    looks = {
        role: Style(
            color=colour(look.color).rich_color,
            bgcolor=colour(look.background).rich_color,
            bold=look.bold or None,
        )
        for role, look in LOOKS.items()
    }
    return looks | {"": Style(color=front.rich_color, bgcolor=ground.rich_color)}
