"""Whether a machine is protected, and for how long it was not.

A sensor protects the machine from the moment at which it says that it sees events
(`SensorUp`), in either ring. It protects it no more when its process dies or ends, when
the kernel stops the machine (a bugcheck), at a reset, and when the power goes off. A
machine is protected while at least one sensor protects it. So the time from power on to
the first `SensorUp` is unprotected, and so is the time after a bugcheck.

No record tells of a driver that is unloaded, so nothing is known of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from minios.lab import events
from minios.lab.events import Event


@dataclass(frozen=True, slots=True)
class Protection:
    """Who protects a machine: the sensors that see events.

    `processes` has name and process id of the extensions that run, because another
    program can have the same name.
    """

    sensors: frozenset[str] = frozenset()
    processes: frozenset[tuple[str, int]] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether the machine is protected."""
        return bool(self.sensors)

    def after(self, event: Event) -> Protection:
        """Who protects the machine after a record."""
        match event:
            case events.SensorUp():
                return replace(self, sensors=self.sensors | {event.plugin})
            case events.ProcessStarted():
                others = {it for it in self.processes if it[0] != event.name}
                started = frozenset({(event.name, event.process_id)})
                return replace(self, processes=started | others)
            case events.DeathEvent() | events.ProcessExited():
                return self._without(event.name, event.process_id)
            case events.BugcheckEvent() | events.ResetEvent() | events.PoweredOff():
                return Protection()
        return self

    def _without(self, name: str, process_id: int) -> Protection:
        if (name, process_id) not in self.processes:
            return self
        return Protection(
            self.sensors - {name.removesuffix(".ext")},
            self.processes - {(name, process_id)},
        )


def now(recorded: Iterable[Event]) -> bool:
    """Whether a machine is protected, by all its records since power on."""
    protection = Protection()
    for event in recorded:
        protection = protection.after(event)
    return protection.holds


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
