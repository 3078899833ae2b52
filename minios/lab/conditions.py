"""What to wait for: `lab.run_until(Bugcheck(), within=seconds(5))`.

A condition looks at every record as it happens, and says whether this is the one that
was waited for. It also promises what type this record has, and `run_until` returns that
type: `Bugcheck()` promises a `BugcheckEvent`, and `Bugcheck() | Death()` one of two.

Any function that takes a record and returns a bool is accepted, too. It promises
nothing, so the result is an `Event`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar, overload

from minios.lab import events
from minios.lab.events import Event

E = TypeVar("E", bound=Event)
A = TypeVar("A", bound=Event)
B = TypeVar("B", bound=Event)
C = TypeVar("C", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


class Condition(ABC, Generic[E_co]):
    """Waits for a record of the type `E_co`.

    A condition of your own derives from it and says in `__call__` which records it
    means; its repr stands in the message when none has come in time.
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, event: Event) -> TypeGuard[E_co]:
        """Whether this record meets the condition."""

    @overload
    def __or__(self, other: Condition[A]) -> Condition[E_co | A]: ...
    @overload
    def __or__(self, other: Callable[[Event], bool]) -> Condition[Event]: ...
    def __or__(self, other: Callable[[Event], bool]) -> Condition[Any]:
        """Whichever happens first: `Bugcheck() | Death()`."""
        return _Either(self, other)


def seconds(number: float) -> int:
    """So many virtual seconds, in nanoseconds: what `within=` takes."""
    return round(number * 1_000_000_000)


def milliseconds(number: float) -> int:
    """So many virtual milliseconds, in nanoseconds: what `within=` takes."""
    return round(number * 1_000_000)


@dataclass(frozen=True, slots=True)
class Ready(Condition[events.ReadyEvent]):
    """The machine has come up: every automatic service runs."""

    def __call__(self, event: Event) -> TypeGuard[events.ReadyEvent]:
        """Whether this record is it."""
        return isinstance(event, events.ReadyEvent)


@dataclass(frozen=True, slots=True)
class Bugcheck(Condition[events.BugcheckEvent]):
    """The kernel stops the machine; with a stop code or its name, for that reason.

    `Bugcheck()`, `Bugcheck(0x50)`, `Bugcheck("PAGE_FAULT_IN_NONPAGED_AREA")`.
    """

    code: int | str | None = None

    def __call__(self, event: Event) -> TypeGuard[events.BugcheckEvent]:
        """Whether this record is it."""
        return isinstance(event, events.BugcheckEvent) and (
            self.code is None or self.code in (event.code, event.name)
        )


@dataclass(frozen=True, slots=True)
class Reset(Condition[events.ResetEvent]):
    """The machine starts again: after a crash, on purpose, or by its reset button."""

    def __call__(self, event: Event) -> TypeGuard[events.ResetEvent]:
        """Whether this record is it."""
        return isinstance(event, events.ResetEvent)


@dataclass(frozen=True, slots=True)
class Death(Condition[events.DeathEvent]):
    """The kernel ends a process for a fault; with a name, that process.

    A process has the name of its image file: `Death("sentinel.ext")`. The ending of an
    extension may be left out: `Death("sentinel")` is the same.
    """

    name: str | None = None

    def __call__(self, event: Event) -> TypeGuard[events.DeathEvent]:
        """Whether this record is it."""
        return isinstance(event, events.DeathEvent) and self.name in (
            None,
            event.name,
            event.name.removesuffix(".ext"),
        )


@dataclass(frozen=True, slots=True)
class Restart(Condition[events.RestartEvent]):
    """The supervisor starts an extension again; with a number, for that time.

    The first restart after a failure has the number 1; a run of a minute without one
    clears the count. A restart that no failure led to has the number 0.
    """

    attempt: int | None = None

    def __call__(self, event: Event) -> TypeGuard[events.RestartEvent]:
        """Whether this record is it."""
        return isinstance(event, events.RestartEvent) and self.attempt in (
            None,
            event.attempt,
        )


@dataclass(frozen=True, slots=True)
class Happened(Condition[E_co]):
    """Any record of these kinds: `Happened(events.GaveUp, events.Restored)`.

    Of up to three kinds the result has just these types; of more it is an `Event`.
    """

    kinds: tuple[type[E_co], ...]

    @overload
    def __init__(self: Happened[A], first: type[A], /) -> None: ...
    @overload
    def __init__(self: Happened[A | B], first: type[A], second: type[B], /) -> None: ...
    @overload
    def __init__(
        self: Happened[A | B | C], first: type[A], second: type[B], third: type[C], /
    ) -> None: ...
    @overload
    def __init__(self: Happened[Event], *kinds: type[Event]) -> None: ...
    def __init__(self, *kinds: type[Any]) -> None:
        object.__setattr__(self, "kinds", kinds)

    def __call__(self, event: Event) -> TypeGuard[E_co]:
        """Whether this record is it."""
        return isinstance(event, self.kinds)

    def __repr__(self) -> str:
        return " or ".join(kind.__name__ for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class _Either(Condition[Event]):
    first: Callable[[Event], bool]
    second: Callable[[Event], bool]

    def __call__(self, event: Event) -> TypeGuard[Event]:
        return self.first(event) or self.second(event)

    def __repr__(self) -> str:
        return f"{self.first!r} or {self.second!r}"
