"""The bank of lamps: eight signs, a bar for the heat, and who drives it."""

from __future__ import annotations

from typing import Final

from minios.lab.lamps_view import BURNS_AT, COUNT, LampsView
from minios.session.frames import Frame
from minios.session.panes import lamps as told
from minios.tui.drawing.lines import Line, line, wrapped

_COLDEST: Final = 20
_BAR: Final = 40  # cells at most


def bank(frame: Frame, width: int) -> list[Line]:
    """The lamps as they are in a frame."""
    found = told.LAMPS_READ.found(frame)
    driver = f"ring{found.ring}" if found.driver else "warn"
    return [
        *_signs(found),
        (),
        _bar(found, min(width, _BAR)),
        *wrapped(told.heat(found), width, "dim"),
        (),
        *wrapped(told.driven_by(found), width, driver),
        *(
            drawn
            for part in told.drivers(frame, found)
            for drawn in wrapped(told.state_of(part, frame.t), width)
        ),
        (),
        *_device(found, width),
    ]


def _signs(found: LampsView) -> list[Line]:
    """A sign for each lamp, above its number. 7 is on the left, as in a register."""
    order = range(COUNT - 1, -1, -1)
    return [
        line(*(_sign(found, number) for number in order)),
        line(*((f" {number} ", "dim") for number in order)),
    ]


def _sign(found: LampsView, number: int) -> tuple[str, str]:
    bit = 1 << number
    if found.burnt & bit:
        return " ✖ ", "bad"
    if (found.glowing ^ found.wanted) & bit:
        return " ◐ ", "warn"
    return (" ● ", "warn") if found.glowing & bit else (" ○ ", "dim")


def _bar(found: LampsView, width: int) -> Line:
    """The heat from the room's to that at which lamps burn; | is the limit."""

    def cells(degrees: float) -> int:
        share = (degrees - _COLDEST) / (BURNS_AT - _COLDEST)
        return round(max(0.0, min(1.0, share)) * width)

    filled, limit = cells(found.degrees), min(cells(found.limit), width - 1)
    text = "█" * filled + "·" * (width - filled)
    role = "bad" if found.degrees >= found.limit else "good"
    return line(
        (text[:limit], role if filled else "dim"),
        ("|", "warn"),
        (text[limit + 1 :], role if filled > limit else "dim"),
    )


def _device(found: LampsView, width: int) -> list[Line]:
    """What the device itself says."""
    power = "on" if found.has_power else "off"
    busy = ", it changes them" if found.is_busy else ""
    lines = wrapped(f"the device: power {power}{busy}", width, "dim")
    for cause in found.causes:
        lines += wrapped(f"it wants an interrupt: {cause}", width, "warn")
    return lines
