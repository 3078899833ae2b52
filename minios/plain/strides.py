"""How long one "go on" runs.

On the screen time runs by itself, at a speed that the user chooses. In plain mode time
is paused until the user goes on. So the user chooses how much happens between two
questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from minios.lab import milliseconds, seconds

CALM: Final = seconds(35)
"""Longer than the supervisor ever waits: after this, nothing more will happen."""

LONGEST: Final = seconds(1000)
LONGEST_WORDS: Final = "1000 s"
MOST_INSTRUCTIONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Stride:
    """How long to run: a number of instructions, nanoseconds, or printed events.

    With `events`, the run also ends if `calm` nanoseconds pass without an event.
    """

    words: str
    instructions: int = 0
    time: int = 0
    events: int = 0
    calm: int = CALM


TO_THE_NEXT: Final = Stride("to the next event", events=1)
STRIDES: Final = (
    Stride(
        "until something happens, and then while events follow within 5 milliseconds",
        events=20,
        calm=milliseconds(5),
    ),
    TO_THE_NEXT,
    Stride("to the tenth event from here", events=10),
    Stride("for 1 instruction of every machine", instructions=1),
    Stride("for 20 instructions of every machine", instructions=20),
    Stride("for 1 millisecond", time=milliseconds(1)),
    Stride("for 10 milliseconds", time=milliseconds(10)),
    Stride("for 100 milliseconds", time=milliseconds(100)),
    Stride("for 1 second", time=seconds(1)),
    Stride("for 10 seconds", time=seconds(10)),
)

_UNITS: Final = {"us": 1000, "ms": milliseconds(1), "s": seconds(1)}
_WRITTEN: Final = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)\s*([a-z]*)")
_INSTRUCTIONS: Final = {"instruction", "instructions"}


def read(text: str) -> Stride | None:
    """Read `50`, `50 ms`, `2 s` or `300 instructions`; None for anything else."""
    number, unit = _parts(text)
    if unit in _INSTRUCTIONS:
        is_some = number.isdecimal() and 0 < int(number) <= MOST_INSTRUCTIONS
        return Stride(text, instructions=int(number)) if is_some else None
    t = time_of(text if unit else f"{text} ms")
    return Stride(text, time=t) if t and t <= LONGEST else None


def time_of(text: str) -> int | None:
    """Read a time with its unit, in nanoseconds; None for anything else."""
    number, unit = _parts(text)
    if unit not in _UNITS:
        return None
    whole, _, part = number.partition(".")
    scaled: int = int(whole + part) * _UNITS[unit] // 10 ** len(part)
    return scaled


def _parts(text: str) -> tuple[str, str]:
    """Split a text into number and unit. Both are empty if it has another form."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    return (found[1], found[2]) if found else ("", "")
