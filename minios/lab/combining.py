"""What a condition is, and how conditions combine: `a | b`, `a.count(3)`.

A condition describes what to wait for and never changes. For each wait it makes a
*watch*: a generator that is sent the news and returns when the condition is met. So it
can remember what it has seen, and two waits for one condition do not disturb each
other. News is what happens in the machine, in its order:

    a record             whatever the lab records
    a machine event      of the types that the condition `hears`
    a `Moment`           at the end; if `Moment` is in `hears`, while the CPU works;
                         after each access to a device or interrupt that it `hears`
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass
from inspect import iscoroutinefunction as is_async
from typing import Any, Generic, NoReturn, Protocol, TypeAlias, TypeVar, overload

from minios.lab.events import Event
from minios.lab.mistakes import (
    Advised,
    NoSuchNameError,
    WrongTypeError,
    WrongValueError,
    no_condition,
)
from minios.lab.setup import Setup
from minios.machine.events import MachineEvent
from minios.machine.machine import Machine


@dataclass(frozen=True, slots=True)
class Sighting(Advised):
    """Something that was waited for and is no record, and when it was seen.

    `t` is in virtual nanoseconds, and `instructions` is a count, as in a record.
    """

    t: int
    instructions: int


Result: TypeAlias = Event | Sighting
R = TypeVar("R", bound=Result)
A = TypeVar("A", bound=Result)
R_co = TypeVar("R_co", bound=Result, covariant=True)


@dataclass(frozen=True, slots=True)
class Moment:
    """The machine stands still and can be looked at.

    `after` is the machine event that it was stopped for, if it was. `is_last` is true
    when the time of the wait is over.
    """

    after: MachineEvent | None = None
    is_last: bool = False


News: TypeAlias = Event | MachineEvent | Moment
Watch: TypeAlias = Generator[None, News, R]


class Watched(Protocol):
    """What a condition may look at: a lab."""

    @property
    def machine(self) -> Machine:
        """The machine, which a condition must not run."""

    @property
    def setup(self) -> Setup:
        """All that the lab was made from."""

    @property
    def process_names(self) -> frozenset[str]:
        """The names that a process can have here."""

    @property
    def refused_names(self) -> frozenset[str]:
        """Those of them that this model refuses, unless somebody runs one by hand."""


class BrokenError(Exception):
    """A watch can never be met any more, because this has happened."""

    def __init__(self, what: object) -> None:
        super().__init__(what)
        self.what = what


class NeverError(BrokenError):
    """It cannot be met in this world, for the reason in this sentence."""


class Condition(ABC, Generic[R_co]):
    """Something to wait for; `run_until` then returns an `R_co`.

    Its repr stands in the message when it was not met in time.
    """

    __slots__ = ()

    @abstractmethod
    def watch(self, lab: Watched, /) -> Watch[R_co]:
        """Begin a wait: a generator that takes the news and returns the result.

        Raises BrokenError when the condition can never be met any more.
        """

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        """The news that it needs besides records and the last moment."""
        return frozenset()

    @overload
    def __or__(self, other: Condition[A]) -> Condition[R_co | A]: ...
    @overload
    def __or__(self, other: Callable[[Event], bool]) -> Condition[R_co | Event]: ...
    def __or__(self, other: object) -> Condition[Any]:
        """Whichever happens first: `Bugcheck() | Death()`."""
        return _Either(self, condition_of(other))

    def count(self, number: int) -> Condition[R_co]:
        """The so-manieth time, counted from the beginning of the wait.

        `Bugcheck().count(3)` is the third bugcheck. Raises WrongTypeError or
        WrongValueError for anything but a whole number of at least 1.
        """
        require_count(number, f"{self!r}.count(3)")
        return _Count(self, number)

    def __repr__(self) -> str:
        """As somebody would write it: without the arguments that were left out."""
        words = ", ".join(repr(it) for it in self._values() if it is not None)
        return f"{type(self).__name__}({words})"

    def _values(self) -> tuple[object, ...]:
        names = getattr(self, "__dataclass_fields__", ())
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        """`Bugcheck() in lab.events` would never hold, and nobody would know why."""
        if isinstance(other, Event):
            raise WrongTypeError(
                f"{self!r} is a condition, and no record is equal to one",
                advice=f"Ask lab.all({self!r}) for the records that meet it",
            )
        return type(other) is type(self) and other._values() == self._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __and__(self, other: object) -> NoReturn:
        raise WrongTypeError(
            f"`{self!r} & {other!r}` could mean one record or two",
            advice="For two, wait twice. For one, give its fields: "
            "Happened(events.ContentLoaded, ring=0)",
        )

    def __bool__(self) -> NoReturn:
        raise WrongTypeError(
            f"{self!r} is neither true nor false before it was waited for",
            advice="Write `a | b` for `a or b`, and `Not(a)` for `not a`",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Either(Condition[Any]):
    first: Condition[Any]
    second: Condition[Any]

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        return self.first.hears() | self.second.hears()

    def watch(self, lab: Watched, /) -> Watch[Any]:
        watches = [self.first.watch(lab), self.second.watch(lab)]
        news: News | None = None
        while True:
            for watch in tuple(watches):
                try:
                    watch.send(news)  # type: ignore[arg-type] # None begins it
                except StopIteration as met:
                    return met.value
                except BrokenError:
                    watches.remove(watch)
                    if not watches:
                        raise
            news = yield

    def __repr__(self) -> str:
        return f"{self.first!r} or {self.second!r}"


@dataclass(frozen=True, slots=True, eq=False)
class _Count(Condition[R_co]):
    condition: Condition[R_co]
    number: int

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        return self.condition.hears()

    def watch(self, lab: Watched, /) -> Watch[R_co]:
        for _ in range(self.number - 1):
            yield from self.condition.watch(lab)
        return (yield from self.condition.watch(lab))

    def __repr__(self) -> str:
        return f"{self.condition!r}.count({self.number})"


def require_count(number: object, right: str) -> None:
    """Raise WrongTypeError or WrongValueError for no whole number of at least 1."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise WrongTypeError(f"{number!r} is no whole number", advice=f"Write {right}")
    if number < 1:
        raise WrongValueError(
            f"the number {number} is too small",
            advice="Count from 1; `Not(...)` waits for what must not happen",
        )


def condition_of(what: object) -> Condition[Any]:
    """The condition itself, or one for a function that takes a record.

    Raises WrongTypeError for anything else, with what to write instead.
    """
    if isinstance(what, Condition):
        return what
    if callable(what) and not isinstance(what, type) and not is_async(what):
        return _Function(what)
    raise no_condition(what)


@dataclass(frozen=True, slots=True, eq=False)
class _Function(Condition[Event]):
    """Any function that takes a record and returns a bool."""

    function: Callable[[Event], object]

    def watch(self, _lab: Watched, /) -> Watch[Event]:
        while True:
            news = yield
            if isinstance(news, Event) and self._holds(news):
                return news

    def _holds(self, event: Event) -> bool:
        try:
            answer = self.function(event)
        except NoSuchNameError as error:
            raise NoSuchNameError(
                f"{self!r} is asked about every record, and {error.what}",
                advice="Write Happened(events.BugcheckEvent, code=0x50), or ask first "
                "for its kind: isinstance(event, events.BugcheckEvent)",
            ) from error
        if not isinstance(answer, bool):
            raise WrongTypeError(
                f"{self!r} has returned a {type(answer).__name__} "
                f"for the record {type(event).__name__}",
                advice="A condition returns True or False. Is a `return` missing?",
            )
        return answer

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", "")
        code = getattr(self.function, "__code__", None)
        if name == "<lambda>" and code is not None:
            return f"the lambda in line {code.co_firstlineno}"
        return f"{name}()" if name else repr(self.function)
