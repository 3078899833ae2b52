"""How a run is told: one line for each event that a reader needs, without colours."""

from __future__ import annotations

from collections.abc import Callable

from minios.abi.event_columns import Told
from minios.lab import events
from minios.lab.events import Event
from minios.lab.explain import describe


def ring_of(event: Event) -> str:
    """Where an event happens: "ring 0", "ring 3", or "outside" of the machine."""
    ring = getattr(event, "ring", None)
    return events.row_of(event).place.value if ring is None else f"ring {ring}"


def is_worth_a_line(event: Event) -> bool:
    """Whether to print an event. A fault is not printed: its consequence is."""
    return events.row_of(event).told is Told.BY_ALL and not _is_usual(event)


def is_quiet(event: Event) -> bool:
    """Whether a reader can understand the story without this event."""
    return events.row_of(event).told is Told.BY_FULL_LISTS or _is_usual(event)


def _is_usual(event: Event) -> bool:
    """Whether it says only that a start goes on as every start does."""
    return (
        isinstance(event, events.ModeChosen)
        and event.mode == "normal"
        and not event.failed_starts
    )


def line(event: Event, *, paint: Callable[[str], str] = str) -> str:
    """One event: its virtual time, its ring, and what happened. It is safe to print.

    `paint` may put a colour round the words for the ring.
    """
    ring = paint(f"{ring_of(event):7}")
    return f"{event.t / 1e9:10.6f} s  {ring}  {describe(event)}"
