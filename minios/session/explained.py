"""Which explanation to show, on the screen and in plain mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from minios.lab import Explanation, events
from minios.lab.events import Event
from minios.lab.explain import Section, describe
from minios.lab.inputs import Push
from minios.lab.meanings import meaning
from minios.session.frames import Frame

DECISIVE: Final = (events.BugcheckEvent, events.DeathEvent)


def latest_explanation(frame: Frame) -> Explanation | None:
    """The explanation of the latest crash or death. None if there was none."""
    for index in range(len(frame.log) - 1, -1, -1):
        number = frame.log.number(index)
        if isinstance(frame.log[index], DECISIVE) and number in frame.explanations:
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


def brief(event: Event) -> Explanation:
    """Explain an event that no fault caused: what it means, and all its fields."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    lines = tuple(f"{name}: {it}" for name, it in fields.items() if it is not None)
    means = Section("What it means", (meaning(event),))
    return Explanation(
        describe(event), (means, Section("All fields of this event", lines))
    )
