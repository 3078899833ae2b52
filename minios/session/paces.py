"""How fast machine time goes by on the screen. A table: a pace is a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.lab.conditions import milliseconds, seconds

TICKS_A_SECOND: Final = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """A speed: virtual nanoseconds per tick, or ticks per instruction.

    `words` and `short` say how much happens in a second of watching. `linger` is the
    number of ticks for which a dump stays visible.
    """

    words: str
    short: str
    slice: int = 0
    ticks_an_instruction: int = 0
    linger: int = 0


def _time(words: str, nanoseconds: int, *, linger: int = 0) -> Pace:
    """A pace of this much machine time per second."""
    return Pace(
        f"{words} of machine time a second",
        f"{words}/s",
        nanoseconds // TICKS_A_SECOND,
        linger=linger,
    )


PACES: Final = (
    Pace(
        "1 instruction a second", "1 instruction/s", ticks_an_instruction=TICKS_A_SECOND
    ),
    Pace("20 instructions a second", "20 instructions/s", ticks_an_instruction=1),
    _time("1 ms", milliseconds(1), linger=30),
    _time("10 ms", milliseconds(10), linger=30),
    _time("100 ms", milliseconds(100), linger=24),
    _time("1 s", seconds(1), linger=4),
    _time("10 s", seconds(10)),
    Pace("flat out", "flat out"),
)
USUAL: Final = 4
