"""The themes of minios. Orange is ring 0 and blue is ring 3.

`minios-safe` uses only the eight colours of Okabe and Ito (2008), which people with any
kind of colour blindness can tell apart. Each colour has a word or sign with the same
meaning.
"""

from __future__ import annotations

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

_NAMES: Final = ("ring0", "ring3", "good", "bad", "warn")


def _theme(name: str, says: str, behind: str, *, dark: bool = True) -> Theme:
    """Make a theme. `says`: colours in the order of _NAMES; `behind`: text colours."""
    variables = dict(zip(_NAMES, says.split(), strict=True))
    foreground, background, surface, panel = behind.split()
    return Theme(
        name=name,
        primary=variables["ring3"],
        secondary=variables["ring0"],
        accent=variables["warn"],
        foreground=foreground,
        background=background,
        surface=surface,
        panel=panel,
        dark=dark,
        variables=variables,
    )


THEMES: Final = (
    _theme(
        "minios",
        "#ff9f43 #4dabf7 #51cf66 #ff6b6b #ffd43b",
        "#d8dee9 #11151c #161b24 #1f2733",
    ),
    _theme(
        "minios-safe",
        "#e69f00 #56b4e9 #009e73 #d55e00 #f0e442",
        "#ffffff #000000 #0c0c0c #1c1c1c",
    ),
    _theme(
        "minios-light",
        "#a34700 #0b5394 #1b6e33 #b00020 #7a5b00",
        "#1a1a1a #fafafa #f2f2f2 #e4e4e4",
        dark=False,
    ),
)
VARIABLES: Final = THEMES[0].variables
_LIGHT: Final = next(theme for theme in THEMES if not theme.dark).variables


def variables_for(theme: Theme) -> dict[str, str]:
    """Our colours on the background of any theme, dark or light."""
    return VARIABLES if theme.dark else _LIGHT


def names() -> tuple[str, ...]:
    """The names of all themes, ours first."""
    return (*(theme.name for theme in THEMES), *sorted(BUILTIN_THEMES))
