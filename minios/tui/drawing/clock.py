"""The clock line on top of a lab: the time, whether it runs, its speed, its pauses.

If there is little room, items are left out or made shorter. No word is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.lab.quantities import seconds, short

_GAP: Final = "   "
_TITLE, _TIME, _REPLAY, _STATE, _SKIP, _SPEED, _STOPS, _GOALS = range(8)
# Which item gets room next: for its shortest words, or for longer ones (True). Why time
# is paused, and what goes on from there, comes before all that is always there.
_ORDER: Final = (
    *((at, False) for at in (_TIME, _STATE, _REPLAY, _SKIP)),
    *((at, True) for at in (_STATE, _SKIP)),
    *((at, False) for at in (_GOALS, _SPEED, _STOPS, _TITLE)),
    *((at, True) for at in (_STOPS, _SPEED, _TITLE)),
)


@dataclass(frozen=True, slots=True)
class ClockLine:
    """What the clock line shows.

    Attributes:
        title: the title of the lab.
        reason: why the test of this title has failed; its first words are shown.
        now: the virtual time in nanoseconds.
        running: whether time runs (while a dialog is open it is paused in any case).
        pace: the speed, in long and in short words.
        because: why time is paused, in words of several lengths, the longest first.
        stops: the events and places at which time will pause.
        in_dialog: whether a dialog is open.
        off: whether all machines are switched off, so that nothing can happen.
        is_typed_on: whether the user types on a machine (which waits during a pause).
        is_replay: whether a recording is played.
        skipped: the wait that can be skipped, in virtual nanoseconds; 0 if none can.
        is_k_typed: whether k is typed somewhere, so that esc must come before it.
        is_skipping: whether a wait is being skipped.
        goals: how many goals were reached, where no other line says it: "2/5".
    """

    title: str
    now: int
    running: bool
    pace: tuple[str, str]
    because: tuple[str, ...] = ("paused",)
    stops: tuple[str, ...] = ()
    in_dialog: bool = False
    off: bool = False
    is_typed_on: bool = False
    is_replay: bool = False
    reason: str = ""
    skipped: int = 0
    is_k_typed: bool = False
    is_skipping: bool = False
    goals: str = ""


def clock(shown: ClockLine, width: int) -> str:
    """The items in their order; for each item the longest words that fit."""
    pace, short = shown.pace
    items = (  # the words of each, longest first
        _title(shown),
        [seconds(shown.now)],
        ["replay"] * shown.is_replay,
        _state(shown),
        _skip(shown.skipped, "esc, then k" if shown.is_k_typed else "k"),
        [f"speed: {pace}", f"speed: {short}", short],
        _stops(shown.stops),
        [f"goals {shown.goals} (G)"] * bool(shown.goals),
    )
    chosen = [""] * len(items)

    def fits(at: int, words: str) -> bool:
        wanted = [*chosen[:at], words, *chosen[at + 1 :]]
        return len(_GAP.join(filter(None, wanted))) <= width

    for at, may_be_long in _ORDER:
        tried = items[at] if may_be_long else items[at][-1:]
        chosen[at] = next((it for it in tried if fits(at, it)), chosen[at])
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
    if shown.running and shown.is_skipping:
        return ["▶ skipping the waiting; space pauses", "▶ skipping the waiting"]
    if shown.running:
        return ["▶ running"]
    said = ["‖ paused: what you type arrives when time goes on"] * shown.is_typed_on
    return [*said, *(f"‖ {it}" for it in shown.because), "‖ paused"]


def _skip(wait: int, keys: str) -> list[str]:
    if not wait:
        return []
    left = short(wait)
    return [
        f"{keys} skips the waiting, up to {left}",
        f"{keys} skips up to {left}",
        f"{keys} skips {left}",
    ]


def _stops(names: Sequence[str]) -> list[str]:
    """All names; or the first of them and how many more; or only their number."""
    if not names:
        return []
    counted = (
        f"pauses at {', '.join(names[:kept])} and {len(names) - kept} more"
        for kept in range(len(names) - 1, 0, -1)
    )
    return [f"pauses at {', '.join(names)}", *counted, f"pauses: {len(names)}"]
