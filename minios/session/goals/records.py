"""Records that goals wait for, told apart from those that look alike.

A machine stops by a faulty sensor, but also because somebody types `crash`. A vendor
sends a bad file, but also one that helps. These conditions see which it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from minios.lab import events
from minios.lab.conditions import Bugcheck, Death, Happened, Ready, RecordCondition
from minios.lab.events import Event
from minios.lab.protection import plugin_of

_SENSOR: Final = "sentinel"
_BAD: Final = frozenset({"channel-291-bad", "channel-291-bad-user-half"})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SensorStop(RecordCondition[events.BugcheckEvent]):
    """The kernel stops the machine for a fault of the sensor, perhaps with this code.

    The stop that somebody asks for by `crash` has no fault.
    """

    code: int | None = None

    def __call__(self, event: Event) -> TypeGuard[events.BugcheckEvent]:
        """Whether this record is it."""
        return (
            isinstance(event, events.BugcheckEvent)
            and event.vector is not None
            and plugin_of(event.module) == _SENSOR
            and self.code in (None, event.code)
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class When(RecordCondition[Event]):
    """A record of one of these kinds for which a function says so."""

    kinds: tuple[type[Any], ...]
    holds: Callable[[Any], bool]

    def __call__(self, event: Event) -> TypeGuard[Event]:
        """Whether this record is it."""
        return isinstance(event, self.kinds) and self.holds(event)


STOP: Final = SensorStop()
DEATH: Final = Death(_SENSOR)
SENSOR_UP: Final = Happened(events.SensorUp)
BACK: Final = (SENSOR_UP, Ready())
"""The machine runs, with its sensor."""
UPSET: Final = (Bugcheck(), Happened(events.ResetEvent, events.PoweredOff))
"""It runs no more."""
PUSHED: Final = Happened(events.Pushed)
BAD_FILE: Final = When((events.Pushed,), lambda event: event.name in _BAD)
"""The vendor sends a file that stops windows."""
HELP: Final = When(
    (events.Pushed, events.Withdrawn, events.FixApplied),
    lambda event: not BAD_FILE(event),
)
"""The vendor does something that may bring a machine back."""
