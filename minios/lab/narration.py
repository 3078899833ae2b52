"""How a run is told: one line for each event that a reader needs, without colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from minios.lab import events
from minios.lab.events import Event
from minios.lab.explain import describe

_QUIET: Final = (
    events.ProcessStarted,
    events.ProcessExited,
    events.Faulted,
    events.UpdateAsked,
    events.RestartPlanned,
)
_OUTSIDE: Final = (
    events.Pushed,
    events.Withdrawn,
    events.UpdateSent,
    events.FixOffered,
    events.Typed,
    events.Rescued,
    events.Ended,
    events.ResetEvent,
)
_KERNEL: Final = (
    events.Booted,
    events.ModeChosen,
    events.RecoveryEntered,
    events.StartSettled,
    events.ModuleLoaded,
    events.DumpWritten,
    events.DumpSaved,
    events.PluginRefused,
)


def ring_of(event: Event) -> str:
    """Where an event happens: "ring 0", "ring 3", or "outside" of the machine."""
    if isinstance(event, _OUTSIDE):
        return "outside"
    if isinstance(event, _KERNEL):
        return "ring 0"
    ring = getattr(event, "ring", 3)
    return f"ring {ring}"


def is_worth_a_line(event: Event) -> bool:
    """Whether to print an event. A fault is not printed: its consequence is."""
    if isinstance(event, events.ModeChosen):
        return event.mode != "normal" or event.failed_starts > 0
    return not isinstance(event, _QUIET)


def line(event: Event, *, paint: Callable[[str], str] = str) -> str:
    """One event: its virtual time, its ring, and what happened. It is safe to print.

    `paint` may put a colour round the words for the ring.
    """
    ring = paint(f"{ring_of(event):7}")
    return f"{event.t / 1e9:10.6f} s  {ring}  {describe(event)}"
