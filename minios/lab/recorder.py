"""Turns what the machine lets out into records: the only witness that the lab calls.

Sources: the faults that the CPU raises, the beacon that the guest writes to, resets, and
the text on the console. What the recorder keeps besides the records is what it needs to
read them: which modules are where, and pictures of the latest faults.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from minios.abi import enumerations, stop_codes
from minios.abi.structures import RECORD
from minios.lab import events, picture
from minios.lab.events import Event, Hex
from minios.lab.modules import Modules
from minios.lab.picture import FaultPicture
from minios.machine import machine as machines

_PICTURES_KEPT: Final = 64
_KIND: Final = enumerations.RECORD
_VALUES = tuple[int, ...]


@dataclass(slots=True)
class Memory:
    """What the recorder remembers; copied into snapshots."""

    boot: int = 0
    ready: bool = False
    events: list[Event] = field(default_factory=list)
    console: bytearray = field(default_factory=bytearray)
    modules: Modules = field(default_factory=Modules)
    pictures: OrderedDict[int, FaultPicture] = field(default_factory=OrderedDict)
    last_fault: events.Faulted | None = None

    def copy(self) -> Memory:
        """A copy that does not change any more."""
        return replace(
            self,
            events=list(self.events),
            console=bytearray(self.console),
            modules=self.modules.copy(),
            pictures=OrderedDict(self.pictures),
        )


class Recorder:
    """Listens to one machine and calls `tell` with every record."""

    def __init__(
        self,
        machine: machines.Machine,
        world: str,
        tell: Callable[[Event], None],
    ) -> None:
        self.memory = Memory()
        self._machine = machine
        self._world = world
        self._tell = tell
        machine.observe(machines.FaultRaised, self._on_fault)
        machine.observe(machines.BeaconRecord, self._on_beacon)
        machine.observe(machines.ResetHappened, self._on_reset)
        machine.observe(machines.ConsoleOutput, self._on_console)
        machine.observe(machines.PoweredOff, self._on_power_off)

    def record(self, event: Event) -> None:
        """Keep a record and tell it."""
        self.memory.events.append(event)
        self._tell(event)

    def stamp(self) -> dict[str, Any]:
        """World and time, for a record that is made now."""
        return {
            "world": self._world,
            "t": self._machine.now,
            "instructions": self._machine.instructions,
        }

    def picture_of(self, event: Event) -> FaultPicture | None:
        """The picture that belongs to a fault, a death or a bugcheck."""
        if isinstance(event, events.Faulted):
            return self.memory.pictures.get(event.instructions)
        earlier = [
            it
            for it in self.memory.events
            if isinstance(it, events.Faulted) and it.instructions <= event.instructions
        ]
        return self.memory.pictures.get(earlier[-1].instructions) if earlier else None

    # ---- What the machine says.

    def _on_fault(self, raised: machines.FaultRaised) -> None:
        taken = picture.take(self._machine, self.memory.modules, raised.fault)
        fault, instruction = raised.fault, taken.instruction
        location = taken.location
        event = events.Faulted(
            **self.stamp(),
            ring=fault.ring,
            vector=fault.vector,
            error_code=fault.error_code or 0,
            address=Hex(fault.address or 0),
            rip=Hex(fault.rip),
            module=taken.module_name,
            offset=Hex(taken.offset),
            instruction=instruction.text if instruction else "",
            bytes=instruction.raw.hex() if instruction else "",
            function=location.function if location else "",
            source=taken.source,
            rule=str(fault.rule),
        )
        self.memory.pictures[event.instructions] = taken
        while len(self.memory.pictures) > _PICTURES_KEPT:
            self.memory.pictures.popitem(last=False)
        self.memory.last_fault = event
        self.record(event)

    def _on_reset(self, reset: machines.ResetHappened) -> None:
        self.record(
            events.WasReset(**self.stamp(), reason=reset.reason, boot=self.memory.boot)
        )
        self.memory.modules.forget()
        self.memory.ready = False
        self.memory.last_fault = None

    def _on_console(self, output: machines.ConsoleOutput) -> None:
        self.memory.console += output.data

    def _on_power_off(self, _off: machines.PoweredOff) -> None:
        self.record(events.PoweredOff(**self.stamp()))

    def _on_beacon(self, beacon: machines.BeaconRecord) -> None:
        fields = RECORD.unpack(beacon.data)
        kind, values = fields["kind"], fields["values"]
        name, text = fields["name"], fields["text"]
        assert isinstance(kind, int)
        assert isinstance(values, tuple)
        assert isinstance(name, str)
        assert isinstance(text, str)
        handler = _HANDLERS.get(kind)
        event = handler(self, name, text, values) if handler else None
        if event is not None:
            self.record(event)

    # ---- What the guest says: one method a kind of beacon record.

    def _boot(self, _name: str, text: str, _values: _VALUES) -> Event:
        self.memory.boot += 1
        return events.Booted(**self.stamp(), boot=self.memory.boot, model=text)

    def _ready(self, _name: str, _text: str, _values: _VALUES) -> Event:
        self.memory.ready = True
        return events.Ready(**self.stamp(), boot=self.memory.boot)

    def _module_loaded(self, name: str, _text: str, values: _VALUES) -> Event:
        self.memory.modules.add_driver(name, values[0], values[1])
        return events.ModuleLoaded(
            **self.stamp(), name=name, base=Hex(values[0]), size=values[1]
        )

    def _process_started(self, name: str, _text: str, values: _VALUES) -> Event:
        self.memory.modules.add_program(name, values[1])
        return events.ProcessStarted(**self.stamp(), name=name, process_id=values[0])

    def _process_exited(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.ProcessExited(
            **self.stamp(), name=name, process_id=values[0], status=values[1]
        )

    def _fault_fields(self) -> dict[str, Any]:
        """The fields of the fault that led to a death or a bugcheck."""
        fault = self.memory.last_fault
        if fault is None:  # a stop that no fault led to
            return {
                "ring": 0,
                "vector": 0,
                "error_code": 0,
                "address": Hex(0),
                "rip": Hex(0),
                "module": "kernel",
                "offset": Hex(0),
                "instruction": "",
                "bytes": "",
            }
        names = set(events.Faulted.__struct_fields__) - set(self.stamp())
        return {name: getattr(fault, name) for name in names}

    def _process_died(self, name: str, _text: str, values: _VALUES) -> Event:
        event = events.ProcessDied(
            **self.stamp(), **self._fault_fields(), name=name, process_id=values[0]
        )
        self.memory.last_fault = None
        return event

    def _bugcheck(self, _name: str, _text: str, values: _VALUES) -> Event:
        code = stop_codes.BY_CODE.get(values[0])
        first, second, third, fourth = (Hex(value) for value in values[1:5])
        return events.Bugchecked(
            **self.stamp(),
            **self._fault_fields(),
            code=Hex(values[0]),
            name=code.name if code else "UNKNOWN",
            params=(first, second, third, fourth),
            irql=values[5],
            boot=self.memory.boot,
        )

    def _content_loaded(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.ContentLoaded(
            **self.stamp(),
            name=name,
            version=values[0],
            instances=values[1],
            ring=values[2],
        )

    def _content_refused(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.ContentRefused(
            **self.stamp(),
            name=name,
            reason=enumerations.CONTENT_STATUS.name(values[0]),
            ring=values[1],
        )

    def _update_stored(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.UpdateStored(**self.stamp(), name=name, size=values[0])

    def _update_refused(self, name: str, _text: str, values: _VALUES) -> Event:
        reason = enumerations.CONTENT_STATUS.name(values[0])
        return events.UpdateRefused(**self.stamp(), name=name, reason=reason)

    def _detection(self, _name: str, text: str, values: _VALUES) -> Event:
        return events.Detected(
            **self.stamp(), text=text, detection=Hex(values[0]), ring=values[1]
        )

    def _restart(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.Restarted(
            **self.stamp(),
            name=name,
            attempt=values[0],
            delay=values[1],
            process_id=values[2],
        )

    def _gave_up(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.GaveUp(**self.stamp(), name=name, failures=values[0])

    def _quarantine(self, name: str, text: str, _values: _VALUES) -> Event:
        return events.Quarantined(**self.stamp(), name=name, moved_to=text)

    def _restored(self, name: str, text: str, _values: _VALUES) -> Event:
        return events.Restored(**self.stamp(), name=name, source=text)

    def _sensor_up(self, name: str, _text: str, values: _VALUES) -> Event:
        return events.SensorUp(**self.stamp(), name=name, ring=values[0])

    def _refused(self, name: str, _text: str, _values: _VALUES) -> Event:
        return events.PluginRefused(**self.stamp(), name=name)

    def _dump_written(self, _name: str, _text: str, values: _VALUES) -> Event:
        return events.DumpWritten(**self.stamp(), sector=values[0], sectors=values[1])


_Handler = Callable[[Recorder, str, str, _VALUES], Event]
_HANDLERS: Final[dict[int, _Handler]] = {
    _KIND["BOOT"]: Recorder._boot,
    _KIND["READY"]: Recorder._ready,
    _KIND["MODULE_LOADED"]: Recorder._module_loaded,
    _KIND["PROCESS_STARTED"]: Recorder._process_started,
    _KIND["PROCESS_EXITED"]: Recorder._process_exited,
    _KIND["PROCESS_DIED"]: Recorder._process_died,
    _KIND["BUGCHECK"]: Recorder._bugcheck,
    _KIND["CONTENT_LOADED"]: Recorder._content_loaded,
    _KIND["CONTENT_REFUSED"]: Recorder._content_refused,
    _KIND["UPDATE_STORED"]: Recorder._update_stored,
    _KIND["UPDATE_REFUSED"]: Recorder._update_refused,
    _KIND["DETECTION"]: Recorder._detection,
    _KIND["RESTART"]: Recorder._restart,
    _KIND["GAVE_UP"]: Recorder._gave_up,
    _KIND["QUARANTINE"]: Recorder._quarantine,
    _KIND["RESTORED"]: Recorder._restored,
    _KIND["SENSOR_UP"]: Recorder._sensor_up,
    _KIND["REFUSED"]: Recorder._refused,
    _KIND["DUMP_WRITTEN"]: Recorder._dump_written,
}
