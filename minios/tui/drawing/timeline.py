"""One event of the timeline as a line: its time, then a lane for each machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.lab.events import Event, row_of
from minios.lab.explain import describe
from minios.session.orders import Mark
from minios.tui.drawing.lines import Line, Span, fit, line

TIME_WIDTH: Final = 13
_MOMENT: Final = 11  # cells for the time, after the sign of the chosen event
SNAPSHOT: Final = "◆"
_LANES_FROM: Final = 56  # cells a lane needs


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says. `is_marked`: there is a snapshot to go back to."""

    t: int
    sign: str
    role: str
    words: str
    is_marked: bool


def record(event: Event, *, is_marked: bool) -> Said:
    """An event in words."""
    sign, role = sign_of(event)
    return Said(event.t, sign, role, describe(event), is_marked)


def snapshot(mark: Mark) -> Said:
    """A snapshot in words."""
    return Said(mark.t, SNAPSHOT, "heading", f"snapshot: {mark.label}", is_marked=True)


def sign_of(event: Event) -> tuple[str, str]:
    """The sign and role of an event; a dot if it has no sign of its own."""
    sign = row_of(event).sign
    return sign.text, sign.role


def entry(
    said: Said, lane: int, worlds: tuple[str, ...], width: int, *, selected: bool
) -> Line:
    """One line of at least `width` cells; a sign marks text that does not fit."""
    mark = SNAPSHOT if said.is_marked else " "
    time = Span(
        f" {_moment(said.t):>{_MOMENT}}{mark}", "heading" if said.is_marked else "dim"
    )
    words, role = f"{said.sign} {said.words}", said.role
    lane_width = (width - TIME_WIDTH) // max(1, len(worlds))
    if len(worlds) > 1 and lane_width >= _LANES_FROM:
        blank = Span("│" + " " * (lane_width - 1), "dim")
        own = fit(line(("│", "dim"), (words, role)), lane_width)
        lanes = [own if n == lane else (blank,) for n in range(len(worlds))]
        drawn: Line = (time, *(span for part in lanes for span in part))
    else:
        name = f"{worlds[lane]:8}" if len(worlds) > 1 else ""
        if len(set(worlds)) < len(worlds):
            name = f"{lane + 1} {name}"
        drawn = line(time, (name, "heading"), (words, role))
    if selected:
        text = "".join(span.text for span in drawn)
        return line((f"▸{text[1:]:{max(0, width - 1)}}", "selected"))
    return drawn


def _moment(nanoseconds: int) -> str:
    """A time in seconds. A long number loses its unit rather than a digit."""
    number = f"{nanoseconds / 1e9:.6f}"
    longest_first = (f"{number} s", f"{number}s", number)
    return next((it for it in longest_first if len(it) <= _MOMENT), number[:_MOMENT])
