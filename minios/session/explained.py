"""Which explanation to show, on the screen and in plain mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from minios.lab import Event, Explanation, events
from minios.lab.events import Decisive
from minios.lab.inputs import Push
from minios.session.frames import Frame


def latest_explanation(frame: Frame) -> Explanation | None:
    """The explanation of the latest crash or death.

    If there was none, of the latest verdict that did not come in time, or of eBPF
    programs that were refused. None if there was none of these, either.
    """
    found = _latest(frame, get_args(Decisive))
    return found or _latest(frame, (events.DeadlineMissed, events.BpfRefused))


def _latest(frame: Frame, kinds: tuple[type[Event], ...]) -> Explanation | None:
    for index in range(len(frame.log) - 1, -1, -1):
        number = frame.log.number(index)
        if isinstance(frame.log[index], kinds) and number in frame.explanations:
            return frame.explanations[number]
    return None


def nothing_wrong(frames: Iterable[Frame], *, key: str = "") -> str:
    """What to say while there is nothing to explain, and how to change that.

    Args:
        frames: the newest frame of each machine.
        key: which key pushes a content file; "" if no key does.
    """
    is_pushed = any(
        isinstance(given, Push) for frame in frames for _, given in frame.inputs
    )
    more = (
        "A file has been pushed. The sensor uses it at the next pipe event."
        if is_pushed
        else f"Push a content file{key or '.'}"
    )
    return f"Nothing has gone wrong yet. {more}"
