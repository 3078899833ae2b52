"""The clock line on top of a lab: the time, whether it runs, its speed, its pauses.

If there is little room, items are left out or made shorter. No word is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.lab.quantities import seconds

_GAP: Final = "   "


@dataclass(frozen=True, slots=True)
class ClockLine:
    """What the clock line shows.

    Attributes:
        title: the title of the lab.
        reason: why the test of this title has failed; its first words are shown.
        now: the virtual time in nanoseconds.
        running: whether time runs (while a dialog is open it is paused in any case).
        pace: the speed, in long and in short words.
        stopped_by: the event or place at which time is paused.
        stops: the events and places at which time will pause.
        in_dialog: whether a dialog is open.
        off: whether all machines are switched off, so that nothing can happen.
        is_typed_on: whether the user types on a machine (which waits during a pause).
        is_replay: whether a recording is played.
        goals: how many goals were reached, where no other line says it: "2/5".
    """

    title: str
    now: int
    running: bool
    pace: tuple[str, str]
    stopped_by: str = ""
    stops: tuple[str, ...] = ()
    in_dialog: bool = False
    off: bool = False
    is_typed_on: bool = False
    is_replay: bool = False
    reason: str = ""
    goals: str = ""


def clock(shown: ClockLine, width: int) -> str:
    """The items in their order; for each item the longest words that fit."""
    pace, short = shown.pace
    items = (  # the words of each, longest first
        _title(shown),
        [seconds(shown.now)],
        ["replay"] * shown.is_replay,
        _state(shown),
        [f"speed: {pace}", f"speed: {short}", short],
        _stops(shown.stops),
        [f"goals {shown.goals} (G)"] * bool(shown.goals),
    )
    needed = (1, 3, 2, 6, 4, 5, 0)  # the order in which items get room,
    longed = (1, 2, 3, 6, 5, 4, 0)  # and in which they get more of it
    chosen = [""] * len(items)

    def fits(at: int, words: str) -> bool:
        wanted = [*chosen[:at], words, *chosen[at + 1 :]]
        return len(_GAP.join(filter(None, wanted))) <= width

    for at in needed:
        if items[at] and fits(at, items[at][-1]):
            chosen[at] = items[at][-1]
    for at in longed:
        chosen[at] = next((it for it in items[at] if fits(at, it)), chosen[at])
    return _GAP.join(filter(None, chosen))


def _title(shown: ClockLine) -> list[str]:
    """With the reason as far as there is room: it may be long."""
    words = shown.reason.split()
    parts = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    told = [it if it == shown.reason else f"{it} ..." for it in parts]
    return [*(f"{shown.title}: {it}" for it in told), shown.title]


def _state(shown: ClockLine) -> list[str]:
    if shown.off:
        return ["◌ switched off; r switches on", "◌ switched off", "◌ off"]
    if shown.running and shown.in_dialog:
        return ["‖ paused while a dialog is open", "‖ paused"]
    if shown.running:
        return ["▶ running"]
    said = ["‖ paused: what you type arrives when time goes on"] * shown.is_typed_on
    said += [f"‖ paused at {shown.stopped_by}"] * bool(shown.stopped_by)
    return [*said, "‖ paused"]


def _stops(names: Sequence[str]) -> list[str]:
    """All names; or the first of them and how many more; or only their number."""
    if not names:
        return []
    counted = (
        f"pauses at {', '.join(names[:kept])} and {len(names) - kept} more"
        for kept in range(len(names) - 1, 0, -1)
    )
    return [f"pauses at {', '.join(names)}", *counted, f"pauses: {len(names)}"]
