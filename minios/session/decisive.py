"""The decisive moment of a lab, at which time waits once: a first crash or death."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final, get_args

from minios.lab import events
from minios.lab.events import Decisive, Event
from minios.session.frames import Log
from minios.session.slow_pass.steps import Pass

STOPS: Final = frozenset(str(it.__struct_config__.tag) for it in get_args(Decisive))
"""The kinds of records, by the names that JSON has for them."""


def was_in(found: Pass | None, log: Log[Event]) -> bool:
    """Whether a slow pass has shown such a moment."""
    if found is None or not found.steps:
        return False
    began = found.steps[0].spot.t
    latest = takewhile(lambda it: it.t >= began, reversed(log))
    return any(isinstance(it, Decisive) for it in latest)


def sentence(event: Decisive, name: str) -> str:
    """What has happened to the machine of this name, in one sentence."""
    if isinstance(event, events.DeathEvent):
        return (
            f"In {name} the kernel has ended the process {event.name}, and the machine "
            "runs on."
        )
    if isinstance(event, events.Oops):
        return f"The kernel of {name} has faulted, and goes on without {event.ended}."
    if event.panic:
        return f"{name} has stopped: kernel panic, {event.panic}."
    return f"{name} has stopped: its kernel could not go on, and shows {event.name}."


def notice(happened: Sequence[tuple[Decisive, str]]) -> str:
    """The same in fewer words, for a notice, with the key that explains it."""
    said = []
    for event, name in happened:
        stops = isinstance(event, events.BugcheckEvent)
        goes_on = ": its kernel cannot go on" if stops else "; the machine runs on"
        said.append(f"{_short(event, name)}{goes_on}.")
    return f"{' '.join(said)} Press w to ask why."


def clock_words(happened: Sequence[tuple[Decisive, str]]) -> tuple[str, ...]:
    """The same for the clock line, with the keys that go on; the longest first.

    Args:
        happened: what has happened at this instant, each with the machine's name.
    """
    short = " and ".join(_short(event, name) for event, name in happened)
    sentences = (sentence(event, name) for event, name in happened)
    long = "; ".join(it.removesuffix(".") for it in sentences)
    keys = "press w to ask why, space to go on"
    return (
        f"{long}; {keys}",
        f"{short}; {keys}",
        f"{short}; w: why? space: go on",
        f"{short}; w: why?",
    )


def _short(event: Decisive, name: str) -> str:
    if isinstance(event, events.DeathEvent):
        return f"{event.name} has died in {name}"
    if isinstance(event, events.Oops):
        return f"{name} has a fault in its kernel"
    return f"{name} has stopped"
