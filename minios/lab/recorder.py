"""Turn what the machine does into events. This is the only witness of the lab.

The sources are faults that the CPU raises, records that the kernel writes to the
beacon, resets, and text on the console. When a fault happens, its picture is taken
here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from minios.lab import beacon, events, picture
from minios.lab.events import Event, Hex
from minios.lab.memory import Memory
from minios.lab.modules import KERNEL
from minios.lab.picture import FaultPicture
from minios.machine import events as machine_events
from minios.machine.machine import Machine
from minios.machine.traps import Cause

_PICTURES_KEPT: Final = 64
_RECORDS_KEPT: Final = 50_000  # with a kilobyte each
_CONSOLE_KEPT: Final = 1 << 20  # bytes


def led_to(fault: events.Faulted, event: Event) -> bool:
    """Whether a record tells of this fault, or of what came of it.

    Other processes may have faulted since.
    """
    return (
        isinstance(event, events.FaultRecord)
        and fault.instructions <= event.instructions
        and (fault.vector, fault.error_code, fault.address, fault.rip)
        == (event.vector, event.error_code, event.address, event.rip)
    )


class Recorder:
    """Listens to one machine, and calls `tell` with every event."""

    def __init__(
        self, machine: Machine, world: str, tell: Callable[[Event], None]
    ) -> None:
        self.memory = Memory()
        self._machine = machine
        self._world = world
        self._tell = tell
        machine.observe(machine_events.FaultRaised, self._on_fault)
        machine.observe(machine_events.BeaconRecord, self._on_beacon)
        machine.observe(machine_events.ResetHappened, self._on_reset)
        machine.observe(machine_events.ConsoleOutput, self._on_console)
        machine.observe(machine_events.PowerOffHappened, self._on_power_off)

    def record(self, event: Event) -> None:
        """Keep an event, and report it."""
        self.memory.events.append(event)
        self.memory.records += 1
        self._forget()
        self._tell(event)

    def _forget(self) -> None:
        """Drop the oldest half where a guest that never stops would fill the memory."""
        memory = self.memory
        is_long = len(memory.console) > 2 * _CONSOLE_KEPT
        if is_long or len(memory.events) > 2 * _RECORDS_KEPT:
            memory.forget(_RECORDS_KEPT, _CONSOLE_KEPT, _PICTURES_KEPT)

    def stamp(self) -> dict[str, Any]:
        """The world and the time, for an event that is made now."""
        return {
            "world": self._world,
            "t": self._machine.now,
            "instructions": self._machine.instructions,
        }

    def picture_of(self, event: Event) -> FaultPicture | None:
        """The picture that belongs to a fault, a death or a bugcheck.

        None if no fault caused it, or if it is too long ago (the latest 64 are kept).
        """
        faults = [it for it in reversed(self.memory.pictures) if led_to(it, event)]
        if isinstance(event, events.DeathEvent):  # two processes may fault at one place
            own = (it for it in faults if self.memory.was_in(event.process_id, it))
            faults = [*own, *faults]
        return self.memory.pictures[faults[0]] if faults else None

    def _on_fault(self, raised: machine_events.FaultRaised) -> None:
        fault = raised.fault
        if fault.during is not None and fault.during.cause is Cause.EXCEPTION:
            self._not_delivered()
        taken = picture.take(self._machine, self.memory.modules, fault)
        instruction, location = taken.instruction, taken.location
        event = events.Faulted(
            **self.stamp(),
            ring=fault.ring,
            vector=fault.vector,
            error_code=fault.error_code,
            address=None if fault.address is None else Hex(fault.address),
            rip=Hex(fault.rip),
            module=taken.module_name,
            offset=Hex(taken.offset),
            instruction=instruction.text if instruction else None,
            bytes=instruction.raw.hex() if instruction else None,
            function=location.function if location else "",
            source=taken.source,
            rule=str(fault.rule),
        )
        self.memory.pictures[event] = taken
        while len(self.memory.pictures) > _PICTURES_KEPT:
            self.memory.pictures.popitem(last=False)
        self.memory.faults.append(event)
        del self.memory.faults[:-_PICTURES_KEPT]
        self.record(event)

    def _not_delivered(self) -> None:
        """Note of the latest fault that the CPU could not call its handler."""
        pictures = self.memory.pictures
        latest = next(reversed(pictures), None)
        if latest is not None:
            pictures[latest] = replace(pictures[latest], is_delivered=False)

    def _on_beacon(self, handed_out: machine_events.BeaconRecord) -> None:
        if not KERNEL.contains(self._machine.registers()["rip"]):
            return  # a driver has written to the port by itself: it may say anything
        event = beacon.read(
            handed_out.data, self.stamp(), self.memory, self._machine.read_virtual
        )
        if event is not None:
            self.record(event)

    def _on_reset(self, reset: machine_events.ResetHappened) -> None:
        if reset.reason is machine_events.ResetReason.TRIPLE_FAULT:
            self._not_delivered()
        reason = reset.reason.value
        self.record(
            events.ResetEvent(**self.stamp(), reason=reason, boot=self.memory.boot)
        )
        self.memory.modules.forget()
        self.memory.faults.clear()
        self.memory.prompts.start(self.memory.console)

    def _on_console(self, output: machine_events.ConsoleOutput) -> None:
        self.memory.console += output.data
        self._forget()

    def _on_power_off(self, _off: machine_events.PowerOffHappened) -> None:
        self.record(events.PoweredOff(**self.stamp()))
