"""The keys of the console that a scenario can press, and what a terminal sends."""

from __future__ import annotations

from typing import Final

from minios.lab import recovery

KEYS: Final = {
    "enter": "\r",
    "escape": "\x1b",
    "backspace": "\x7f",
    "ctrl-c": "\x03",
    "ctrl-l": "\x0c",
    "F8": recovery.F8,
}
