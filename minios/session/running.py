"""Run a machine until something happens at which the run should stop.

A run can stop at kinds of events, at crossings of the rings, and at places in the code.
A place in a driver that is not loaded yet counts from the moment when it is loaded.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from minios.errors import ScenarioError
from minios.lab import Event, Lab, events, milliseconds
from minios.lab.places import Place
from minios.machine import events as machine_events
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.machine.events import MachineEvent, RingCrossing
from minios.machine.stops import BreakpointReached, ConditionMet
from minios.session.frames import Reached
from minios.session.orders import RunTo, types_of

Stopped: TypeAlias = Event | MachineEvent | Reached | None
_TOLD: Final = (
    machine_events.FaultRaised,
    machine_events.BeaconRecord,
    machine_events.ResetHappened,
    machine_events.PowerOffHappened,
)


_SHORTEST: Final = milliseconds(10)


class Runner:
    """Runs the machine of one lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._kinds: tuple[type, ...] = ()
        self._met: Event | None = None
        self._before = 0
        lab.listen(self._hear)

    def run(self, order: RunTo, kinds: tuple[type, ...]) -> Stopped:
        """Run as the order says, or to a record of these kinds, too.

        Returns what the run stopped at, or None if nothing came.
        """
        machine, places = self._lab.machine, order.places
        last = machine.instructions + order.work
        kinds = (*kinds, *types_of(order.stops))
        while machine.now < order.t:
            limit = order.t - machine.now
            if order.work:  # idle time is no work
                left = last - machine.instructions
                if left <= 0:
                    break
                limit = min(limit, max(left * NS_PER_INSTRUCTION, _SHORTEST))
            known = self._known(places)
            stop = self._once(limit, kinds, list(known.values()), len(places))
            if isinstance(stop, BreakpointReached):
                for name, place in known.items():
                    if self._lab.stands_at(place):
                        return Reached(name, stop.instructions)
                continue  # at that address, but in the process of another program
            if isinstance(stop, events.ModuleLoaded) and type(stop) not in kinds:
                continue  # a place in it may have become known
            if stop is not None or machine.now == self._before:
                return stop
        return None

    def _once(
        self, limit: int, kinds: tuple[type, ...], known: list[Place], wanted: int
    ) -> Event | MachineEvent | BreakpointReached | None:
        machine = self._lab.machine
        self._met, self._before = None, machine.now
        self._kinds = (*kinds, events.ModuleLoaded) if len(known) < wanted else kinds
        crossing = (RingCrossing,) if RingCrossing in kinds else ()
        try:
            stop = machine.run_until(
                lambda event: self._met is not None or isinstance(event, crossing),
                limit_ns=limit,
                events=(*_TOLD, *crossing),
                breakpoints=[place.breakpoint for place in known],
            )
        finally:
            self._kinds = ()
        heard = self._heard()
        if heard is None and isinstance(stop, BreakpointReached):
            return stop
        return stop.event if heard is None and isinstance(stop, ConditionMet) else heard

    def _known(self, places: tuple[str, ...]) -> dict[str, Place]:
        """The places that lead to code which is loaded now."""
        found: dict[str, Place] = {}
        for name in places:
            try:
                found[name] = self._lab.place_of(name)
            except ScenarioError:
                continue
        return found

    def _heard(self) -> Event | None:
        return self._met

    def _hear(self, event: Event) -> None:
        if self._met is None and isinstance(event, self._kinds):
            self._met = event
