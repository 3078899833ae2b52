"""One wait of a lab for one condition: run, send the news, and say how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic

from minios.errors import ScenarioError
from minios.lab.combining import (
    BrokenError,
    Condition,
    Moment,
    NeverError,
    News,
    R,
    Watched,
)
from minios.lab.events import Event
from minios.lab.mistakes import WrongTypeError, WrongValueError
from minios.machine import events as machine_events
from minios.machine import stops
from minios.machine.cpu_state import FLAG_IF
from minios.machine.events import MachineEvent
from minios.machine.machine import Machine
from minios.visible import visible

_HEARD: Final = (
    machine_events.FaultRaised,
    machine_events.BeaconRecord,
    machine_events.ResetHappened,
    machine_events.PowerOffHappened,
)
"""What records are made from."""
_SHORTEST: Final = 1000  # virtual nanoseconds: about a hundred instructions
_LOOK: Final = 100_000  # virtual nanoseconds from one moment to the next
_LOOKED_AT: Final = (machine_events.MmioAccess, machine_events.InterruptDelivered)
"""After these the condition has a moment, if it hears them."""
_LATEST: Final = 4


class ConditionNotMetError(ScenarioError):
    """What was waited for has not happened within the virtual time given."""


class Wait(Generic[R]):
    """A wait, from its beginning to its end.

    Attributes:
        hears: the news that the condition needs besides records.
        is_met: whether the condition was met; `value` is then what it returns.
        stop: how the machine stopped last.
    """

    def __init__(self, lab: Watched, condition: Condition[R], within: int) -> None:
        self.condition = condition
        self.is_met = False
        self.value: R | None = None
        self.stop: stops.Stop | None = None
        self._lab = lab
        self._within = within
        self.hears = condition.hears()
        self._watch = condition.watch(lab)
        self._error: Exception | None = None
        self.hear(None)

    def hear(self, news: News | None) -> None:
        """Send news to the condition. What it raises is kept until the machine stands.

        Nothing may be raised while the CPU is in the middle of an instruction.
        """
        if self._is_over():
            return
        try:
            self._watch.send(news)  # type: ignore[arg-type] # None begins a generator
        except StopIteration as met:
            self.is_met, self.value = True, met.value
        except Exception as error:  # noqa: BLE001 - raised again by `run`
            self._error = error

    def _is_over(self) -> bool:
        return self.is_met or self._error is not None

    def run(self) -> None:
        """Run the machine until the condition is met, or cannot be met any more.

        Raises what the condition raises, except for BrokenError.
        """
        machine = self._lab.machine
        end = machine.now + self._within
        heard = (it for it in self.hears if issubclass(it, MachineEvent))
        kinds = (*_HEARD, *heard)
        while not self._is_over():
            rest = end - machine.now
            looks = Moment in self.hears and not machine.is_halted
            self.stop = stop = machine.run_until(
                self._ask, limit_ns=min(rest, _LOOK) if looks else rest, events=kinds
            )
            if isinstance(stop, stops.PoweredOff | stops.Deadlock):
                break
            after = stop.event if isinstance(stop, stops.ConditionMet) else None
            self.hear(Moment(after, is_last=machine.now >= end))
            if machine.now >= end:
                break
        if self._error is not None and not isinstance(self._error, BrokenError):
            raise self._error

    def _ask(self, event: MachineEvent) -> bool:
        """Whether to stop: the wait is over, or the machine is to be looked at.

        The lab has heard the records already.
        """
        if type(event) in self.hears:
            self.hear(event)
        return self._is_over() or isinstance(event, _LOOKED_AT)

    def story(self) -> str:
        """Why the condition was not met, as the sentence of an error."""
        name = visible(repr(self.condition))
        if isinstance(self._error, NeverError):
            return f"{name} cannot happen: {self._error.what}"
        if isinstance(self._error, BrokenError):
            what = self._error.what
            return f"{name} does not hold: {_brief(what)} has happened"
        if isinstance(self.stop, stops.PoweredOff):
            return f"the machine is off (cut_power starts it), so {name} cannot be met"
        if isinstance(self.stop, stops.Deadlock):
            return (
                f"the CPU is halted and nothing will wake it, so {name} cannot be met"
            )
        if _stands_still(self._lab.machine):
            return (
                "the machine stands still: its CPU is halted with interrupts off "
                f"(reset starts it again), so {name} cannot be met"
            )
        return f"{name} has not happened within {words_for(self._within)}"


def _stands_still(machine: Machine) -> bool:
    """Whether nothing but a reset can go on: Linux ends so after a panic."""
    return machine.is_halted and not machine.registers()["rflags"] & FLAG_IF


def latest(recorded: Sequence[Event]) -> str:
    """The latest records, as an error names them."""
    return f"The latest records: {'; '.join(map(_brief, recorded[-_LATEST:]))}"


def require_time(time: object, name: str = "within", *, or_none: bool = False) -> int:
    """Virtual nanoseconds as a person has given them.

    Raises WrongTypeError or WrongValueError for what is no whole number of them, is
    negative, or is so short that a number of seconds must be meant. `or_none` allows 0.
    """
    if not isinstance(time, int) or isinstance(time, bool):
        is_short = isinstance(time, float) and 0 < time < _SHORTEST
        right = f"seconds({time})" if is_short else "seconds(5)"
        raise WrongTypeError(
            f"{name} is virtual time in whole nanoseconds, not {time!r}",
            advice=f"Write {name}={right}",
        )
    if time < 0:
        raise WrongValueError(
            f"{name}={time} lies in the past",
            advice="Give a time to come; `restore` goes back to a snapshot",
        )
    if time < _SHORTEST and not (or_none and time == 0):
        raise WrongValueError(
            f"{name}={time} is {time} ns of virtual time: too short for anything",
            advice=f"Write {name}=seconds({time}), or milliseconds({time})",
        )
    return time


def words_for(nanoseconds: int) -> str:
    """A virtual time in words."""
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1e3:g} microseconds of virtual time"
    return f"{nanoseconds / 1e9:g} s of virtual time"


def _brief(what: object) -> str:
    """A record in a few words: its kind, whom it is about, and when it was."""
    if not isinstance(what, Event):
        return visible(repr(what))
    names = (str(getattr(what, it)) for it in _NAMES if it in what.__struct_fields__)
    said = " ".join((type(what).__name__, *names))
    return visible(f"{said} at {what.t / 1e9:.6f} s")


_NAMES: Final = (
    "name",
    "plugin",
    "file",
    "model",
    "mode",
    "choice",
    "reason",
    "what",
    "value",
)
