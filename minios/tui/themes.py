"""Our own themes. Orange is ring 0, blue is ring 3: told apart by everyone.

`minios-safe` uses only the eight colours of Okabe and Ito (2008), which people with any
kind of colour blindness can tell apart. What a colour says, a word or sign says too.
"""

from __future__ import annotations

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

VARIABLES: Final = {
    "ring0": "#ff9f43",
    "ring3": "#4dabf7",
    "good": "#51cf66",
    "bad": "#ff6b6b",
    "warn": "#ffd43b",
}
_SAFE: Final = {
    "ring0": "#e69f00",
    "ring3": "#56b4e9",
    "good": "#009e73",
    "bad": "#d55e00",
    "warn": "#f0e442",
}
_LIGHT: Final = {
    "ring0": "#a34700",
    "ring3": "#0b5394",
    "good": "#1b6e33",
    "bad": "#b00020",
    "warn": "#7a5b00",
}

THEMES: Final = (
    Theme(
        name="minios",
        primary="#4dabf7",
        secondary="#ff9f43",
        accent="#ffd43b",
        foreground="#d8dee9",
        background="#11151c",
        surface="#161b24",
        panel="#1f2733",
        variables=VARIABLES,
    ),
    Theme(
        name="minios-safe",
        primary="#56b4e9",
        secondary="#e69f00",
        accent="#f0e442",
        foreground="#ffffff",
        background="#000000",
        surface="#0c0c0c",
        panel="#1c1c1c",
        variables=_SAFE,
    ),
    Theme(
        name="minios-light",
        primary="#0b5394",
        secondary="#a34700",
        accent="#7a5b00",
        foreground="#1a1a1a",
        background="#fafafa",
        surface="#f2f2f2",
        panel="#e4e4e4",
        dark=False,
        variables=_LIGHT,
    ),
)


def names() -> tuple[str, ...]:
    """Every theme that can be asked for: ours first."""
    return (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))
