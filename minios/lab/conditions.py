"""What to wait for: `lab.run_until(Bugcheck(), within=seconds(5))`.

A condition looks at every record as it happens, and says whether this is the one that
was waited for. It also promises what type this record has, and `run_until` returns that
type: `Bugcheck()` promises a `BugcheckEvent`, and `Bugcheck() | Death()` one of two.

Any function that takes a record and returns a bool is accepted, too. It promises
nothing, so the result is an `Event`.

`combining.py` says what a condition is. What is waited for without a record (text on
the console or the screen, a write to the disk) is in `sightings.py`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, TypeVar, overload

from minios.abi import stop_codes
from minios.lab import events
from minios.lab.combining import Condition, Watch, Watched
from minios.lab.events import Event
from minios.lab.mistakes import WrongTypeError, WrongValueError, nearest
from minios.lab.services import is_called, require_possible

A = TypeVar("A", bound=Event)
B = TypeVar("B", bound=Event)
C = TypeVar("C", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


def seconds(number: float) -> int:
    """So many virtual seconds, in nanoseconds: what `within=` takes.

    Raises WrongTypeError or WrongValueError if it is no number, or no finite one.
    """
    return _nanoseconds(number, 1_000_000_000, "seconds(5)")


def milliseconds(number: float) -> int:
    """So many virtual milliseconds, in nanoseconds: what `within=` takes.

    Raises WrongTypeError or WrongValueError if it is no number, or no finite one.
    """
    return _nanoseconds(number, 1_000_000, "milliseconds(5)")


def _nanoseconds(number: float, unit: int, right: str) -> int:
    if not isinstance(number, int | float):
        raise WrongTypeError(
            f"{number!r} is no number", advice=f"Write it without quotes: {right}"
        )
    if not math.isfinite(number):
        raise WrongValueError(
            f"{number} is no time", advice=f"Give a number that ends: {right}"
        )
    return round(number * unit)


class RecordCondition(Condition[E_co]):
    """Waits for a record of the type `E_co`.

    A condition of your own derives from it, and says in `__call__` which records it
    means. What cannot be right in this lab is refused in `check`.
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, event: Event) -> TypeGuard[E_co]:
        """Whether this record meets the condition."""

    def check(self, lab: Watched) -> None:
        """Called when a wait begins. Raises ScenarioError for what can never be.

        For what can be in another world only, raises NeverError: then `Not(...)` holds,
        and of two conditions the other one is waited for.
        """

    def watch(self, lab: Watched, /) -> Watch[E_co]:
        """Wait for the first such record."""
        self.check(lab)
        while True:
            news = yield
            if isinstance(news, Event) and self(news):
                return news


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ready(RecordCondition[events.ReadyEvent]):
    """The machine has come up: every automatic service runs."""

    def __call__(self, event: Event) -> TypeGuard[events.ReadyEvent]:
        """Whether this record is it."""
        return isinstance(event, events.ReadyEvent)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Bugcheck(RecordCondition[events.BugcheckEvent]):
    """The kernel stops the machine; with a stop code or its name, for that reason.

    `Bugcheck()`, `Bugcheck(0x50)`, `Bugcheck("PAGE_FAULT_IN_NONPAGED_AREA")`. Raises
    WrongValueError if there is no such stop code (`minios/abi/stop_codes.py`).
    """

    code: int | str | None = None

    def __post_init__(self) -> None:
        if self.code is None:
            return
        known = stop_codes.BY_NAME if isinstance(self.code, str) else stop_codes.BY_CODE
        if self.code not in known:
            raise WrongValueError(
                f"there is no stop code {self.code!r}", advice=_stop_code(self.code)
            )
        if isinstance(self.code, int):  # shown in hexadecimal
            object.__setattr__(self, "code", events.Hex(self.code))

    def __call__(self, event: Event) -> TypeGuard[events.BugcheckEvent]:
        """Whether this record is it."""
        return isinstance(event, events.BugcheckEvent) and (
            self.code is None or self.code in (event.code, event.name)
        )


def _stop_code(code: int | str) -> str:
    """Advice for a wrong one: 50 and "0x50" are 0x50, a name is the nearest name."""
    try:
        meant = int(str(code), 16)
    except ValueError:
        return nearest(code, stop_codes.BY_NAME) or "`minios limits` does not know it"
    if meant in stop_codes.BY_CODE:
        return f"Write {meant:#x}"
    return f"There are {', '.join(hex(it) for it in stop_codes.BY_CODE)}"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Reset(RecordCondition[events.ResetEvent]):
    """The machine starts again: after a crash, on purpose, or by its reset button."""

    def __call__(self, event: Event) -> TypeGuard[events.ResetEvent]:
        """Whether this record is it."""
        return isinstance(event, events.ResetEvent)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Death(RecordCondition[events.DeathEvent]):
    """The kernel ends a process for a fault; with a name, that process.

    A process has the name of its image file: `Death("sentinel.ext")`. The ending of an
    extension may be left out: `Death("sentinel")` is the same. When the wait begins, it
    raises WrongValueError if no program on the machine's disk has this name, and fails
    at once for an extension in a model that allows none.
    """

    name: str | None = None

    def check(self, lab: Watched) -> None:
        """Refuse a name that no process can have."""
        if self.name is not None:
            require_possible(lab, self.name)

    def __call__(self, event: Event) -> TypeGuard[events.DeathEvent]:
        """Whether this record is it."""
        return isinstance(event, events.DeathEvent) and (
            self.name is None or is_called(event.name, self.name)
        )


OF_PROCESSES: Final = (
    events.ProcessStarted,
    events.ProcessExited,
    events.DeathEvent,
    events.RestartPlanned,
    events.RestartEvent,
    events.Unresponsive,
    events.BackAgain,
    events.GaveUp,
)
"""Records whose `name` is that of a process."""


def field_is(event: Event, field: str, value: object) -> bool:
    """Whether a field has a value; a process may be called without its `.ext`."""
    found = getattr(event, field)
    if field == "name" and isinstance(event, OF_PROCESSES) and isinstance(value, str):
        return is_called(found, value)
    return bool(found == value)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Restart(RecordCondition[events.RestartEvent]):
    """The supervisor starts an extension again; with a number, for that time.

    The first restart after a failure has the number 1; a run of a minute without one
    clears the count. A restart that no failure led to has the number 0.
    """

    attempt: int | None = None

    def __post_init__(self) -> None:
        if self.attempt is not None and not isinstance(self.attempt, int):
            raise WrongTypeError(
                f"Restart takes the number of the restart, not {self.attempt!r}",
                advice="For one extension, write "
                f"Happened(events.RestartEvent, name={self.attempt!r})",
            )

    def __call__(self, event: Event) -> TypeGuard[events.RestartEvent]:
        """Whether this record is it."""
        return isinstance(event, events.RestartEvent) and self.attempt in (
            None,
            event.attempt,
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Happened(RecordCondition[E_co]):
    """Any record of these kinds: `Happened(events.GaveUp, events.Restored)`.

    With fields, only a record that has these values:
    `Happened(events.ContentLoaded, ring=0)`. Of up to three kinds the result has just
    these types; of more it is an `Event`.

    Raises WrongTypeError if something is no kind of record or a value has the wrong
    type, and NoSuchNameError if a kind has no such field; WrongValueError for a wrong
    stop code, and when the wait begins for a process that this machine cannot have.
    """

    kinds: tuple[type[E_co], ...]
    fields: tuple[tuple[str, object], ...]

    @overload
    def __init__(self: Happened[A], first: type[A], /, **fields: object) -> None: ...
    @overload
    def __init__(
        self: Happened[A | B], first: type[A], second: type[B], /, **fields: object
    ) -> None: ...
    @overload
    def __init__(
        self: Happened[A | B | C],
        first: type[A],
        second: type[B],
        third: type[C],
        /,
        **fields: object,
    ) -> None: ...
    @overload
    def __init__(
        self: Happened[Event], /, *kinds: type[Event], **fields: object
    ) -> None: ...
    def __init__(self, /, *kinds: type[Any], **fields: object) -> None:
        if not kinds:
            raise WrongTypeError(
                "Happened needs a kind of record",
                advice="Write Happened(events.GaveUp)",
            )
        for kind in kinds:
            events.require_kind(kind)
            for name, value in fields.items():
                events.require_field(kind, name, value)
        if events.BugcheckEvent in kinds:
            for name in fields.keys() & {"code", "name"}:
                Bugcheck(fields[name])  # type: ignore[arg-type] # it has been checked
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "fields", tuple(fields.items()))

    def check(self, lab: Watched) -> None:
        """Refuse a name that no process can have."""
        name = dict(self.fields).get("name")
        if isinstance(name, str) and set(self.kinds) <= set(OF_PROCESSES):
            require_possible(lab, name)

    def __call__(self, event: Event) -> TypeGuard[E_co]:
        """Whether this record is it."""
        return isinstance(event, self.kinds) and all(
            field_is(event, name, value) for name, value in self.fields
        )

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields)
        words = " or ".join(kind.__name__ for kind in self.kinds)
        return f"{words} with {fields}" if fields else words
