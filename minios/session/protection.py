"""How long each machine was without protection: the number that compares the worlds."""

from __future__ import annotations

from collections.abc import Sequence

from minios.lab.quantities import short
from minios.session.frames import Frame


def compared(names: Sequence[str], frames: Sequence[Frame]) -> str:
    """A sentence with the time of each machine; "" if none has run yet."""
    said = [
        f"{name} {short(frame.status.unprotected_until(frame.t))} of {short(frame.t)}"
        for name, frame in zip(names, frames, strict=True)
        if frame.t
    ]
    return f"Time without protection: {', '.join(said)}." if said else ""
