r"""Conditions that need no record: text that appears, a write to the disk, or nothing.

    lab.run_until(Console("sentinel: runs in ring 0"), within=seconds(5))
    lab.run_until(Screen(re.compile(r"STOP 0x\w+")), within=seconds(5))
    lab.run_until(DiskWrite(sectors=2), within=seconds(5))
    lab.run_until(Not(Bugcheck()), within=seconds(3))

`run_until` returns what was seen, with the moment: virtual nanoseconds `t` and the
count of `instructions`, as in a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from minios.devices.text_screen import TextScreen
from minios.lab.combining import (
    BrokenError,
    Condition,
    Moment,
    News,
    Sighting,
    Watch,
    Watched,
    condition_of,
    require_count,
)
from minios.lab.events import Event
from minios.lab.mistakes import WrongTypeError, WrongValueError
from minios.machine.events import (
    ConsoleOutput,
    InterruptDelivered,
    MachineEvent,
    MmioAccess,
)

_LONGEST_LINE: Final = 1000  # characters of a line in which a text is looked for
_QUEUE_NOTIFY: Final = 0x050  # devices/virtio_mmio.py
_REGISTERS: Final = 0x1FF


@dataclass(frozen=True, slots=True)
class TextSeen(Sighting):
    """A text has appeared: `text` is what matched, `line` the line as it was then."""

    text: str
    line: str


@dataclass(frozen=True, slots=True)
class WriteSeen(Sighting):
    """A write to the disk is in flight: the numbers of its sectors, in their order.

    `lab.cut_power(kept_sectors=n)` now keeps only the first n of them.
    """

    sectors: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Console(Condition[TextSeen]):
    """A text appears on the console; a compiled pattern may stand for the text.

    Only what is written from the beginning of the wait on counts. The wait ends at the
    instruction that sends the last character of the text. The text is looked for in one
    line at a time, in its last 1000 characters.
    """

    text: str | re.Pattern[str]

    def __post_init__(self) -> None:
        _require_text(self)

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        """What leaves the serial port."""
        return frozenset({ConsoleOutput})

    def watch(self, lab: Watched, /) -> Watch[TextSeen]:
        """Wait for the text."""
        line = ""
        while True:
            news = yield
            if not isinstance(news, ConsoleOutput):
                continue
            for character in news.data.decode("latin-1"):
                line = (line + character)[-_LONGEST_LINE:]
                found = _found(self.text, line)
                if found is not None:
                    machine = lab.machine
                    return TextSeen(machine.now, machine.instructions, found, line)
                if character == "\n":
                    line = ""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Screen(Condition[TextSeen]):
    """A text stands in one of the 25 lines of the text screen.

    A compiled pattern may stand for the text. The wait ends at once if the text is
    there already. The screen is RAM, and no event tells of a change. So the lab looks
    after every 10,000 instructions (0.1 virtual milliseconds), and not while the CPU
    sleeps: it stops at most so much later, and may miss what stands for a shorter time.
    """

    text: str | re.Pattern[str]

    def __post_init__(self) -> None:
        _require_text(self)

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        """Moments at which to look: while the CPU works, and when it wakes up."""
        return frozenset({Moment, InterruptDelivered})

    def watch(self, lab: Watched, /) -> Watch[TextSeen]:
        """Wait for the text."""
        machine = lab.machine
        screen = machine.devices["screen"]
        assert isinstance(screen, TextScreen)
        seen = b""
        news: News | None = Moment()
        while True:
            if isinstance(news, Moment) and (raw := screen.raw()) != seen:
                seen = raw
                for line in screen.lines():
                    found = _found(self.text, line)
                    if found is not None:
                        return TextSeen(machine.now, machine.instructions, found, line)
            news = yield

    def count(self, number: int) -> NoReturn:
        """Refused: what stands on the screen does not happen. Raises WrongTypeError."""
        raise WrongTypeError(
            f"{self!r} cannot be counted {number} times: the text stands there",
            advice="Count what is written: Console(...).count(3)",
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DiskWrite(Condition[WriteSeen]):
    """The guest begins a write to the disk, of at least so many sectors.

    The wait ends at the instruction that hands the write to the disk. Until the guest's
    driver has acknowledged it, a power cut can tear it: try
    `lab.cut_power(kept_sectors=n)`. A write that was in flight before does not count.
    """

    sectors: int = 1

    def __post_init__(self) -> None:
        require_count(self.sectors, "DiskWrite(sectors=2)")

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        """Stores to registers of devices, and the moment after each."""
        return frozenset({MmioAccess})

    def watch(self, lab: Watched, /) -> Watch[WriteSeen]:
        """Wait for the store that tells the disk of a request."""
        machine = lab.machine
        while True:
            news = yield
            if isinstance(news, Moment) and _is_request(news.after):
                assert machine.disk is not None
                numbers = tuple(number for number, _ in machine.disk.replaced)
                if len(numbers) >= self.sectors:
                    return WriteSeen(machine.now, machine.instructions, numbers)


def _is_request(event: MachineEvent | None) -> bool:
    return (
        isinstance(event, MmioAccess)
        and event.device == "disk"
        and event.is_write
        and event.address & _REGISTERS == _QUEUE_NOTIFY
    )


def _require_text(condition: Console | Screen) -> None:
    """Raises WrongTypeError or WrongValueError for what can never appear in a line."""
    name, text = type(condition).__name__, condition.text
    if isinstance(text, re.Pattern) and isinstance(text.pattern, str):
        return
    if not isinstance(text, str):
        raise WrongTypeError(
            f"{name} takes a text, not {text!r}",
            advice=f'Write {name}("..."), or {name}(re.compile("...")) for a pattern',
        )
    if not text:
        raise WrongValueError(
            f"{name} cannot look for an empty text", advice="Write what shall appear"
        )
    if "\n" in text or "\r" in text:
        raise WrongValueError(
            f"{name} looks at one line at a time, and {text!r} has a line end",
            advice="Give a part of one line",
        )


def _found(text: str | re.Pattern[str], line: str) -> str | None:
    """The part of the line that matches; None if there is none."""
    if isinstance(text, str):
        return text if text in line else None
    match = text.search(line)
    return None if match is None else match[0]


@dataclass(frozen=True, slots=True)
class TimePassed(Sighting):
    """The time of the wait is over, and what `Not` names has not happened."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Not(Condition[TimePassed]):
    """The whole time passes without it: `run_until(Not(Bugcheck()), within=...)`.

    The wait fails at the moment at which it happens. It also fails if the machine stops
    for ever, because then no time passes.
    """

    condition: Condition[Any] | Callable[[Event], bool]

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition", condition_of(self.condition))

    def hears(self) -> frozenset[type[MachineEvent | Moment]]:
        """What its condition needs."""
        return condition_of(self.condition).hears()

    def watch(self, lab: Watched, /) -> Watch[TimePassed]:
        """Wait for the last moment."""
        watch = condition_of(self.condition).watch(lab)
        news: News | None = None
        may_come = True
        while True:
            may_come = may_come and _may_still_come(watch, news)
            if isinstance(news, Moment) and news.is_last:
                return TimePassed(lab.machine.now, lab.machine.instructions)
            news = yield

    def count(self, number: int) -> NoReturn:
        """Refused: time passes once. Raises WrongTypeError."""
        raise WrongTypeError(
            f"{self!r} cannot happen {number} times",
            advice="Write Not(Bugcheck().count(3)): fewer than three of them",
        )


def _may_still_come(watch: Watch[Any], news: News | None) -> bool:
    """Whether what must not happen is still possible; raises BrokenError if it has."""
    try:
        watch.send(news)  # type: ignore[arg-type] # None begins a generator
    except StopIteration as met:
        raise BrokenError(met.value) from None
    except BrokenError:
        return False
    return True
