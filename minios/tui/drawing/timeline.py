"""One entry of the timeline as a line: time, then a lane for each machine."""

from __future__ import annotations

from typing import Final

from minios.lab import events
from minios.lab.events import Event
from minios.lab.explain import describe
from minios.tui.drawing.lines import Line, Span, fit, line

TIME_WIDTH: Final = 13
_LANES_FROM: Final = 56  # cells a lane needs
_SIGNS: Final[dict[type, tuple[str, str]]] = {
    events.Bugchecked: ("■", "bad"),
    events.ProcessDied: ("✖", "bad"),
    events.Faulted: ("✖", "warn"),
    events.WasReset: ("↺", "warn"),
    events.GaveUp: ("■", "warn"),
    events.Restarted: ("↻", "warn"),
    events.Pushed: ("⇩", "heading"),
    events.Quarantined: ("⊘", "warn"),
    events.Restored: ("⇧", "good"),
    events.SensorUp: ("●", "good"),
    events.Ready: ("✓", "good"),
    events.Booted: ("▲", ""),
}


def entry(
    event: Event, lane: int, worlds: tuple[str, ...], width: int, *, selected: bool
) -> Line:
    """One line of `width` cells."""
    sign, role = _SIGNS.get(type(event), ("·", ""))
    time = Span(f"{event.t / 1e9:10.6f} s ", "dim")
    lane_width = (width - TIME_WIDTH) // max(1, len(worlds))
    if len(worlds) > 1 and lane_width >= _LANES_FROM:
        blank = Span("│" + " " * (lane_width - 1), "dim")
        words = fit(line(("│", "dim"), (f"{sign} {describe(event)}", role)), lane_width)
        lanes = [words if n == lane else (blank,) for n in range(len(worlds))]
        drawn: Line = (time, *(span for part in lanes for span in part))
    else:
        name = f"{worlds[lane]:8}" if len(worlds) > 1 else ""
        drawn = line(time, (name, "heading"), (f"{sign} {describe(event)}", role))
    if selected:
        text = "".join(span.text for span in fit(drawn, width))
        return line((f"▸{text[1:]}", "selected"))
    return fit(drawn, width)
