"""Virtual times, sizes and lists in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_UNITS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def seconds(nanoseconds: int) -> str:
    """Seconds with microseconds, as the demo prints them."""
    return f"{nanoseconds / 1e9:.6f} s"


def short(nanoseconds: int) -> str:
    """A short form of a time."""
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds / 1e6:.1f} ms"
    return f"{nanoseconds / 1e9:.1f} s"


def size(number: int) -> str:
    """A number of bytes, in the largest unit in which it is whole."""
    for unit, name in _UNITS:
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number} byte{'s' * (number != 1)}"


def listed(words: Sequence[str], nothing: str = "nothing") -> str:
    """`a, b and c`."""
    if not words:
        return nothing
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
