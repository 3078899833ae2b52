"""Which explanation to show, on the screen and in plain mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args

from minios.lab import Event, Explanation, events
from minios.lab.events import Decisive
from minios.lab.inputs import Push
from minios.lab.skipped import skipped
from minios.session.frames import Frame

_ARRIVED: Final = (events.UpdateStored, events.UpdateRefused)
_READ: Final = (events.ContentLoaded, events.ContentRefused)


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
    told = {said: frame.world for frame in frames if (said := _of_push(frame))}
    if not told:
        return f"Nothing has gone wrong yet. Push a content file{key or '.'}"
    if len(told) == 1:
        return next(iter(told))
    return " ".join(f"In {world}: {said}" for said, world in told.items())


def _of_push(frame: Frame) -> str:
    """What has become of the file that was pushed last; "" if none was."""
    pushed = [t for t, given in frame.inputs if isinstance(given, Push)]
    if not pushed:
        return ""
    if why := skipped(frame.inputs, frame.log):
        return f"Nothing has gone wrong: {why}."
    latest: Event | None = None
    for event in (it for it in frame.log if it.t >= pushed[-1]):
        if isinstance(event, _ARRIVED) or (latest and isinstance(event, _READ)):
            latest = event
    if not frame.status.protected:
        yet = "" if frame.status.ready else " yet"
        more = f"A file has been pushed, but no sensor runs{yet}."
    elif latest is None or isinstance(latest, events.UpdateStored):
        more = "A file has been pushed. The sensor uses it at the next pipe event."
    elif isinstance(latest, events.ContentLoaded):
        more = "The sensor has loaded the file, and uses it at each pipe event."
    else:
        more = "The sensor has refused the file."
    return f"Nothing has gone wrong yet. {more}"
