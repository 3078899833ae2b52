"""What snapshots are called, by what happened there or came from outside."""

from __future__ import annotations

from minios.lab import Event, events, linux_words
from minios.lab.inputs import (
    CutPower,
    Input,
    OfferFix,
    PressReset,
    Publish,
    Push,
    SetOptions,
    Withdraw,
)


def at_record(event: Event) -> str:
    """The name of a snapshot that is taken where a record was made."""
    match event:
        case events.ReadyEvent():
            return f"boot {event.boot} is up"
        case events.BugcheckEvent():
            return linux_words.title(event, short=True)
        case events.Oops():
            return f"the kernel goes on without {event.ended}"
        case events.DeathEvent():
            return f"{event.name} died"
        case events.RecoveryEntered():
            return f"{event.what} begins"
    return type(event).__name__


def before(given: Input) -> str:
    """The name of a snapshot that is taken before an input."""
    match given:
        case Push():
            return f"before {given.file.name}"
        case PressReset():
            return "before the reset button"
        case CutPower():
            return "before the power was cut"
        case Publish() | Withdraw() | OfferFix():
            return "before the vendor acted"
        case SetOptions():
            return "before the options were changed"
    return "before typing"
