"""The decisive moment of a lab, at which time waits once: a first crash or death."""

from __future__ import annotations

from typing import Final, TypeAlias

from minios.lab import events
from minios.session.explained import DECISIVE

Decisive: TypeAlias = events.BugcheckEvent | events.DeathEvent
STOPS: Final = frozenset(str(it.__struct_config__.tag) for it in DECISIVE)
"""The kinds of records, by the names that JSON has for them."""


def sentence(event: Decisive, name: str) -> str:
    """What has happened to the machine of this name, in one sentence."""
    if isinstance(event, events.DeathEvent):
        return (
            f"In {name} the kernel has ended the process {event.name}, and the machine "
            "runs on."
        )
    return f"{name} has stopped: its kernel could not go on, and shows {event.name}."


def notice(event: Decisive, name: str) -> str:
    """The same in fewer words, for a notice, with the key that explains it."""
    dies = isinstance(event, events.DeathEvent)
    goes_on = "; the machine runs on" if dies else ": its kernel cannot go on"
    return f"{_short(event, name)}{goes_on}. Press w to ask why."


def clock_words(event: Decisive, name: str) -> tuple[str, ...]:
    """The same for the clock line, with the keys that go on; the longest first."""
    short = _short(event, name)
    long = sentence(event, name).removesuffix(".")
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
    return f"{name} has stopped"
