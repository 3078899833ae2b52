"""Virtual times and sizes in words."""

from __future__ import annotations

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
