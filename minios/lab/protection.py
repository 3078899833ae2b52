"""Whether a machine is protected, and for how long it was not.

A sensor protects the machine from the moment at which it says that it sees events
(`SensorUp`), in either ring. It protects it no more when its process dies or ends, when
the kernel ends the driver after a fault (an oops), unloads it or stops the machine (a
bugcheck), at a reset, and when the power goes off. A machine is protected while at
least one sensor protects it. So the time from power on to the first `SensorUp` is
unprotected, and so is the time after a bugcheck.

A sensor that is an eBPF program alone reports nothing by itself: it protects the
machine from the moment at which it is loaded (`BpfLoaded`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from minios.abi.plugins import kind_of, plugin_of
from minios.lab import events
from minios.lab.events import Event

SENSOR_OBJECTS: Final = frozenset({"checked.bpf", "naive.bpf"})
"""eBPF objects that are a sensor without a process (`minios/image/variants.py`)."""


@dataclass(frozen=True, slots=True)
class Protection:
    """Which sensors protect a machine.

    `parts` has the drivers and processes that run, by the name of their image file and
    the process id, which is 0 for a driver. `sensors` has the names of those that
    protect it: the same plugin may run in both rings. A sensor that calls itself
    something else than its image file does not count: nobody would know when it ends.
    """

    sensors: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, int]] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether the machine is protected."""
        return bool(self.sensors)

    def after(self, event: Event) -> Protection:  # noqa: PLR0911 - one a kind
        """Who protects the machine after a record."""
        match event:
            case events.ModuleLoaded():
                return self._with(event.name, 0)
            case events.ProcessStarted():
                return self._with(event.name, event.process_id)
            case events.SensorUp():
                up = frozenset(name for name, _ in self.parts if _is_of(name, event))
                return replace(self, sensors=self.sensors | up)
            case events.BpfLoaded() if event.name in SENSOR_OBJECTS:
                loaded = self._with(event.name, 0)
                return replace(loaded, sensors=loaded.sensors | {event.name})
            case events.DeathEvent() | events.ProcessExited():
                return self._without(event.name, event.process_id)
            case events.ModuleUnloaded():
                return self._without(event.name, 0)
            case events.Oops():
                return self._without(driver_ended_by(event), 0)
            case events.BugcheckEvent() | events.ResetEvent() | events.PoweredOff():
                return Protection()
        return self

    def _with(self, name: str, process_id: int) -> Protection:
        """With a part in the place of any other of its name."""
        others = frozenset(it for it in self.parts if it[0] != name)
        return replace(self, parts=others | {(name, process_id)})

    def _without(self, name: str, process_id: int) -> Protection:
        part = name, process_id
        if part not in self.parts:  # another process of the same name
            return self
        return Protection(self.sensors - {name}, self.parts - {part})


def _is_of(name: str, up: events.SensorUp) -> bool:
    """Whether an image file of this name is the sensor that has come up."""
    kind = kind_of(name)
    is_there = kind is not None and kind.row.ring == up.ring
    return is_there and plugin_of(name) == up.plugin


def driver_ended_by(event: events.Oops) -> str:
    """The image file of the driver that has no thread any more, "" if it was none."""
    ended = event.ended.removeprefix("the thread of ")
    kind = kind_of(ended)
    return ended if kind is not None and kind.row.ring == 0 else ""


def after_all(recorded: Iterable[Event]) -> Protection:
    """What runs on a machine, by all its records since power on, the oldest first."""
    return reduce(Protection.after, recorded, Protection())


def unprotected_time(recorded: Iterable[Event], since: int, until: int) -> int:
    """Virtual nanoseconds between two moments in which no sensor protected a machine.

    Takes all its records since power on, the oldest first.
    """
    protection, at, total = Protection(), since, 0
    for event in recorded:
        moment = min(max(event.t, since), until)
        total += 0 if protection.holds else moment - at
        protection, at = protection.after(event), moment
    return total + (0 if protection.holds else until - at)
