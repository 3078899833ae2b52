"""The line on top of a lab: time, whether it runs, how fast, where it will stop.

What there is no room for is left out or said shorter, an item at a time: a word that is
cut off says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.lab.quantities import seconds

_GAP: Final = "   "


@dataclass(frozen=True, slots=True)
class ClockLine:
    """What the line says.

    `pace` is in full and short; `stopped_by` is what time stands still at, `stops` what
    it will. While a dialog is open it stands still, too, and runs on after it. `off`:
    every machine is, so nothing can happen. A machine that is typed on hears nothing
    while time stands still. `is_replay`: what happens is a recording that is played.
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


def clock(shown: ClockLine, width: int) -> str:
    """The items in their order on the line; of each the longest words that fit."""
    pace, short = shown.pace
    items = (  # the words of each, longest first
        [shown.title],
        [seconds(shown.now)],
        ["replay"] * shown.is_replay,
        _state(shown),
        [f"speed: {pace}", f"speed: {short}", short],
        _stops(shown.stops),
    )
    needed = (1, 3, 2, 4, 5, 0)  # who gets room first,
    longed = (1, 2, 3, 5, 4, 0)  # and who more of it
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


def _state(shown: ClockLine) -> list[str]:
    if shown.off:
        return ["◌ switched off; r gives power again", "◌ switched off", "◌ off"]
    if shown.running and shown.in_dialog:
        return ["‖ paused while a dialog is open", "‖ paused"]
    if shown.running:
        return ["▶ running"]
    said = ["‖ paused: what you type arrives when time goes on"] * shown.is_typed_on
    said += [f"‖ paused at {shown.stopped_by}"] * bool(shown.stopped_by)
    return [*said, "‖ paused"]


def _stops(names: Sequence[str]) -> list[str]:
    """All names; else the first of them and how many more; else the number alone."""
    if not names:
        return []
    counted = (
        f"stops at {', '.join(names[:kept])} and {len(names) - kept} more"
        for kept in range(len(names) - 1, 0, -1)
    )
    return [f"stops at {', '.join(names)}", *counted, f"stops: {len(names)}"]
