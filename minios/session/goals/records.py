"""Records that goals wait for, told apart from those that look alike.

A machine stops by a faulty sensor, but also because somebody types `crash`. A vendor
sends a bad file, but also one that helps. These conditions see which it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from minios.abi.plugins import plugin_of
from minios.lab import events
from minios.lab.conditions import Bugcheck, Death, Happened, Ready, RecordCondition
from minios.lab.events import Event

_BAD: Final = frozenset({"channel-291-bad", "channel-291-bad-user-half"})
_BAD_VERSION: Final = 3  # of these alone, among the files that come with minios


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class When(RecordCondition[Event]):
    """A record of one of these kinds for which a function says so."""

    kinds: tuple[type[Any], ...]
    holds: Callable[[Any], bool]

    def __call__(self, event: Event) -> TypeGuard[Event]:
        """Whether this record is it."""
        return isinstance(event, self.kinds) and self.holds(event)


@dataclass(frozen=True, slots=True)
class OfSensor:
    """A record of a sensor of the machine, whatever this sensor is called."""

    condition: RecordCondition[Any]

    def __call__(self, event: Event, sensors: frozenset[str]) -> bool:
        """Whether this record is it, on a machine with these sensors."""
        return self.condition(event) and plugin_of(_whose(event)) in sensors


def _whose(event: Event) -> str:
    """The driver or the process that a record is about."""
    # The name of a stop or of an oops is that of its code.
    is_stop = isinstance(event, events.BugcheckEvent | events.Oops)
    return str(getattr(event, "module" if is_stop else "name"))


def stop(code: int | None = None) -> OfSensor:
    """The kernel stops the machine for a fault of the sensor, perhaps with this code.

    The stop that somebody asks for by `crash` has no fault.
    """
    by_code = Bugcheck(code)
    return OfSensor(
        When(
            (events.BugcheckEvent,),
            lambda event: event.vector is not None and by_code(event),
        )
    )


STOP: Final = stop()
DEATH: Final = OfSensor(Death())
OOPS: Final = OfSensor(Happened(events.Oops))
"""The kernel has faulted in the sensor, and goes on."""
RESTART: Final = OfSensor(Happened(events.RestartEvent))
SENSOR_UP: Final = Happened(events.SensorUp)
BACK: Final = (SENSOR_UP, Ready())
"""The machine runs, with its sensor."""
UPSET: Final = (Bugcheck(), Happened(events.ResetEvent, events.PoweredOff))
"""It runs no more."""
PUSHED: Final = Happened(events.Pushed)
BAD_FILE: Final = When((events.Pushed,), lambda event: event.name in _BAD)
"""The vendor sends a file that stops windows."""
BAD_LOADED: Final = When(
    (events.ContentLoaded,), lambda event: event.version == _BAD_VERSION
)
"""A sensor has loaded such a file, now or at a start after it was sent."""
HELP: Final = When(
    (events.Pushed, events.Withdrawn, events.FixApplied),
    lambda event: not BAD_FILE(event),
)
"""The vendor does something that may bring a machine back."""
