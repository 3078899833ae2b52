"""How the starts of a machine went, read from its events: why recovery starts.

A start has failed if nobody has said that it went well: it did not settle, and it was
not ended on purpose. The kernel's boot status says the same
(`kernel/disk/boot_status.c`). Here it is read from what was seen from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from minios.lab import events, linux_words
from minios.lab.events import Event


@dataclass(frozen=True, slots=True)
class Start:
    """One start: when it began, whether it became ready and settled, and how it ended.

    Times are virtual nanoseconds. `ended` is "" for the current start.
    """

    boot: int
    began: int
    ready: int | None = None
    settled: bool = False
    recovering: bool = False
    ended: str = ""

    def __str__(self) -> str:
        words = [f"start {self.boot}, at {_seconds(self.began)}"]
        if self.recovering:
            words.append("in recovery")
        if self.ready is not None:
            words.append(f"ready after {_seconds(self.ready - self.began)}")
        if self.settled:
            words.append("settled")
        words.append(self.ended or "goes on")
        return ", ".join(words)


def starts(records: Iterable[Event]) -> tuple[Start, ...]:
    """Every start in the events, in order."""
    found: list[Start] = []
    for event in records:
        if isinstance(event, events.Booted):
            found.append(Start(event.boot, event.t))
        elif found:
            found[-1] = _after(found[-1], event)
    return tuple(found)


def _after(start: Start, event: Event) -> Start:
    """What is known about a start after one more event."""
    if isinstance(event, events.RecoveryEntered | events.ModeChosen):
        recovering = isinstance(event, events.RecoveryEntered)
        return replace(start, recovering=recovering)
    if isinstance(event, events.ReadyEvent):
        return replace(start, ready=event.t)
    if isinstance(event, events.StartSettled):
        return replace(start, settled=True)
    ended = start.ended or _end(event)
    return replace(start, ended=ended) if ended else start


def _end(event: Event) -> str:
    """How a start ends with this event; "" if it does not end."""
    if isinstance(event, events.BugcheckEvent):
        return linux_words.title(event)
    if isinstance(event, events.ResetEvent):
        return event.reason
    return "switched off" if isinstance(event, events.PoweredOff) else ""


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.3f} s"
