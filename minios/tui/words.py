"""Which explanation to show: the same choice on the screen and in plain mode."""

from __future__ import annotations

from typing import Final

from minios.lab import Explanation, events
from minios.lab.events import Event
from minios.lab.explain import Section, describe
from minios.lab.meanings import meaning
from minios.tui.frames import Frame

DECISIVE: Final = (events.Bugchecked, events.ProcessDied)


def latest_explanation(frame: Frame) -> Explanation | None:
    """Of the latest crash or death; None if there was none."""
    for index in range(len(frame.log) - 1, -1, -1):
        number = frame.log.number(index)
        if isinstance(frame.log[index], DECISIVE) and number in frame.explanations:
            return frame.explanations[number]
    return None


def brief(event: Event) -> Explanation:
    """A record that no fault led to: what it means, and all that it says."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    lines = tuple(f"{name}: {it}" for name, it in fields.items() if it is not None)
    means = Section("What it means", (meaning(event),))
    return Explanation(describe(event), (means, Section("The record", lines)))
