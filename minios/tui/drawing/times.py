"""Virtual time in words."""

from __future__ import annotations


def seconds(nanoseconds: int) -> str:
    """Seconds with microseconds, as in the demonstration."""
    return f"{nanoseconds / 1e9:.6f} s"


def short(nanoseconds: int) -> str:
    """A time that fits beside other things."""
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds / 1e6:.1f} ms"
    return f"{nanoseconds / 1e9:.1f} s"
