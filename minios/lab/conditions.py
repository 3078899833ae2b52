"""What to wait for: `lab.run_until(Bugcheck(), within=seconds(5))`.

A condition looks at every record as it happens and says whether that was it. Any
callable that takes an event and returns a bool will do; these have words for the
message when it never comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from minios.lab import events
from minios.lab.events import Event

Condition: TypeAlias = Callable[[Event], bool]


def seconds(number: float) -> int:
    """Virtual seconds, in nanoseconds."""
    return round(number * 1_000_000_000)


def milliseconds(number: float) -> int:
    """Virtual milliseconds, in nanoseconds."""
    return round(number * 1_000_000)


@dataclass(frozen=True, slots=True)
class Ready:
    """The machine has come up."""

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, events.ReadyEvent)


@dataclass(frozen=True, slots=True)
class Bugcheck:
    """The kernel stops; with a code or a name, for that reason."""

    code: int | str | None = None

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, events.BugcheckEvent) and (
            self.code is None or self.code in (event.code, event.name)
        )


@dataclass(frozen=True, slots=True)
class Reset:
    """The machine starts again."""

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, events.ResetEvent)


@dataclass(frozen=True, slots=True)
class Death:
    """A process dies of a fault; with a name, that one."""

    name: str | None = None

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, events.DeathEvent) and self.name in (None, event.name)


@dataclass(frozen=True, slots=True)
class Restart:
    """The supervisor starts an extension again; with a number, for that time."""

    attempt: int | None = None

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, events.RestartEvent) and self.attempt in (
            None,
            event.attempt,
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """Any record of these kinds: `Happened(events.GaveUp, events.BugcheckEvent)`."""

    kinds: tuple[type, ...]

    def __init__(self, *kinds: type) -> None:
        object.__setattr__(self, "kinds", kinds)

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return isinstance(event, self.kinds)

    def __repr__(self) -> str:
        return " or ".join(kind.__name__ for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Either:
    """What comes first of two."""

    first: Condition
    second: Condition

    def __call__(self, event: Event) -> bool:
        """Whether this record is it."""
        return self.first(event) or self.second(event)

    def __repr__(self) -> str:
        return f"{self.first!r} or {self.second!r}"
