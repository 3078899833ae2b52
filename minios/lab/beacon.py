"""Read what the guest writes to the beacon, with one function for each kind of record.

A record (`struct record`, minios/abi/structures.py) has a kind, six numbers, a name and
a text. Their meaning depends on the kind, and is described in minios/abi/events.py. A
driver runs in ring 0 and can write nonsense, so nothing here may fail because of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from minios.abi import enumerations, errors
from minios.abi.events import RECORD as _KIND
from minios.abi.structures import RECORD
from minios.lab import events, stop_words
from minios.lab.events import Event, Faulted, Hex
from minios.lab.memory import Memory

_ERRORS: Final = {number: words for _, number, words in errors.ERRORS}


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record, with the fields that every event has, and what is known so far."""

    name: str
    text: str
    values: tuple[int, ...]
    stamp: dict[str, Any]
    memory: Memory


def read(data: bytes, stamp: dict[str, Any], memory: Memory) -> Event | None:
    """The event that a record describes. None for an unknown kind."""
    fields = RECORD.unpack(data)
    name, text, values = fields["name"], fields["text"], fields["values"]
    assert isinstance(name, str)
    assert isinstance(text, str)
    assert isinstance(values, tuple)
    reader = _READERS.get(fields["kind"])
    return reader(RawRecord(name, text, values, stamp, memory)) if reader else None


def _boot(said: RawRecord) -> Event:
    said.memory.boot += 1
    return events.Booted(**said.stamp, boot=said.memory.boot, model=said.text)


def _boot_mode(said: RawRecord) -> Event:
    mode, failed_starts = said.values[:2]
    words = enumerations.BOOT_MODE.name(mode).replace("_", " ")
    return events.ModeChosen(**said.stamp, mode=words, failed_starts=failed_starts)


def _recovery(said: RawRecord) -> Event:
    return events.RecoveryEntered(**said.stamp, failed_starts=said.values[0])


def _recovery_choice(said: RawRecord) -> Event:
    return events.RecoveryChosen(**said.stamp, choice=said.text)


def _fix_applied(said: RawRecord) -> Event:
    return events.FixApplied(**said.stamp, name=said.name, step=said.text)


def _service_failed(said: RawRecord) -> Event:
    error, error_control = said.values[:2]
    return events.ServiceFailed(
        **said.stamp,
        name=said.name,
        error=_ERRORS.get(error, str(error)),
        error_control=enumerations.ERROR_CONTROL.name(error_control),
    )


def _services_restored(said: RawRecord) -> Event:
    return events.ServicesRestored(**said.stamp, path=said.text, lines=said.values[0])


def _start_settled(said: RawRecord) -> Event:
    return events.StartSettled(**said.stamp, boot=said.memory.boot)


def _update_asked(said: RawRecord) -> Event:
    return events.UpdateAsked(
        **said.stamp, file=said.name, checksum=Hex(said.values[0])
    )


def _ready(said: RawRecord) -> Event:
    return events.ReadyEvent(**said.stamp, boot=said.memory.boot)


def _module_loaded(said: RawRecord) -> Event:
    base, size = said.values[:2]
    said.memory.modules.add_driver(said.name, base, size)
    return events.ModuleLoaded(**said.stamp, name=said.name, base=Hex(base), size=size)


def _process_started(said: RawRecord) -> Event:
    process_id, cr3 = said.values[:2]
    said.memory.modules.add_program(said.name, cr3)
    return events.ProcessStarted(**said.stamp, name=said.name, process_id=process_id)


def _process_exited(said: RawRecord) -> Event:
    process_id, status = said.values[:2]
    return events.ProcessExited(
        **said.stamp, name=said.name, process_id=process_id, status=status
    )


_NO_FAULT: Final = {
    "ring": 0,
    "vector": None,
    "error_code": None,
    "address": None,
    "rip": None,
    "module": "kernel",
    "offset": None,
    "instruction": None,
    "bytes": None,
}
_FAULT_FIELDS: Final = tuple(
    name
    for name in events.Faulted.__struct_fields__
    if name not in {"world", "t", "instructions"}
)


def _fields_of(fault: Faulted) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in _FAULT_FIELDS}


def _take_fault(
    memory: Memory, belongs: Callable[[Faulted], bool]
) -> dict[str, Any] | None:
    """The latest fault that belongs to a report. Afterwards it belongs to no other."""
    for fault in reversed(memory.faults):
        if belongs(fault):
            memory.faults.remove(fault)
            return _fields_of(fault)
    return None


def _process_died(said: RawRecord) -> Event:
    _, *told = said.values[:5]
    fields = _take_fault(said.memory, lambda fault: _told_by(fault) == told)
    if fields is None:  # a software interrupt is no fault
        vector, error_code, address, rip = told
        fields = _NO_FAULT | {"ring": 3, "vector": vector, "error_code": error_code}
        fields |= {"address": Hex(address), "rip": Hex(rip), "module": said.name}
    return events.DeathEvent(
        **said.stamp,
        **fields,
        name=said.name,
        process_id=said.values[0],
    )


def _told_by(fault: Faulted) -> list[int]:
    """The kernel's report of a death by this fault.

    Several faults may wait for theirs.
    """
    return [
        fault.vector or 0,
        fault.error_code or 0,
        fault.address or 0,
        fault.rip or 0,
    ]


def _bugcheck(said: RawRecord) -> Event:
    fields = _take_fault(said.memory, lambda fault: fault.ring == 0) or _NO_FAULT
    if fields["module"] != said.name:  # the kernel names whoever called, or jumped
        fields = fields | {"module": said.name, "offset": None}
    first, second, third, fourth = (Hex(value) for value in said.values[1:5])
    return events.BugcheckEvent(
        **said.stamp,
        **fields,
        code=Hex(said.values[0]),
        name=stop_words.name_of(said.values[0]),
        params=(first, second, third, fourth),
        irql=said.values[5],
        boot=said.memory.boot,
    )


def _dump_written(said: RawRecord) -> Event:
    sector, sectors = said.values[:2]
    return events.DumpWritten(**said.stamp, sector=sector, sectors=sectors)


def _dump_saved(said: RawRecord) -> Event:
    return events.DumpSaved(**said.stamp, path=said.text, size=said.values[0])


def _content_loaded(said: RawRecord) -> Event:
    version, instances, ring = said.values[:3]
    return events.ContentLoaded(
        **said.stamp, file=said.name, version=version, instances=instances, ring=ring
    )


def _content_refused(said: RawRecord) -> Event:
    reason = enumerations.CONTENT_STATUS.name(said.values[0])
    return events.ContentRefused(
        **said.stamp, file=said.name, reason=reason, ring=said.values[1]
    )


def _update_stored(said: RawRecord) -> Event:
    return events.UpdateStored(**said.stamp, file=said.name, size=said.values[0])


def _update_refused(said: RawRecord) -> Event:
    reason = enumerations.CONTENT_STATUS.name(said.values[0])
    return events.UpdateRefused(**said.stamp, file=said.name, reason=reason)


def _update_failed(said: RawRecord) -> Event:
    error = said.values[0]
    return events.UpdateFailed(
        **said.stamp, file=said.name, error=_ERRORS.get(error, str(error))
    )


def _detection(said: RawRecord) -> Event:
    detection, ring = said.values[:2]
    return events.Detected(
        **said.stamp,
        plugin=said.name,
        text=said.text,
        detection=Hex(detection),
        ring=ring,
    )


def _value(said: RawRecord) -> Event:
    value, ring = said.values[:2]
    return events.ValueReported(
        **said.stamp, plugin=said.name, what=said.text, value=value, ring=ring
    )


def _restart_planned(said: RawRecord) -> Event:
    deaths, delay = said.values[:2]
    return events.RestartPlanned(
        **said.stamp, name=said.name, deaths=deaths, delay=delay
    )


def _restart(said: RawRecord) -> Event:
    attempt, delay, process_id = said.values[:3]
    return events.RestartEvent(
        **said.stamp,
        name=said.name,
        attempt=attempt,
        delay=delay,
        process_id=process_id,
    )


def _gave_up(said: RawRecord) -> Event:
    return events.GaveUp(**said.stamp, name=said.name, failures=said.values[0])


def _quarantine(said: RawRecord) -> Event:
    return events.Quarantined(**said.stamp, file=said.name, moved_to=said.text)


def _restored(said: RawRecord) -> Event:
    return events.Restored(**said.stamp, file=said.name, copied_from=said.text)


def _sensor_up(said: RawRecord) -> Event:
    return events.SensorUp(**said.stamp, plugin=said.name, ring=said.values[0])


def _refused(said: RawRecord) -> Event:
    return events.PluginRefused(**said.stamp, name=said.name)


_READERS: Final[dict[object, Callable[[RawRecord], Event]]] = {
    _KIND["BOOT"]: _boot,
    _KIND["BOOT_MODE"]: _boot_mode,
    _KIND["RECOVERY"]: _recovery,
    _KIND["RECOVERY_CHOICE"]: _recovery_choice,
    _KIND["FIX_APPLIED"]: _fix_applied,
    _KIND["SERVICE_FAILED"]: _service_failed,
    _KIND["SERVICES_RESTORED"]: _services_restored,
    _KIND["START_SETTLED"]: _start_settled,
    _KIND["UPDATE_ASKED"]: _update_asked,
    _KIND["READY"]: _ready,
    _KIND["MODULE_LOADED"]: _module_loaded,
    _KIND["PROCESS_STARTED"]: _process_started,
    _KIND["PROCESS_EXITED"]: _process_exited,
    _KIND["DEATH"]: _process_died,
    _KIND["BUGCHECK"]: _bugcheck,
    _KIND["DUMP_WRITTEN"]: _dump_written,
    _KIND["DUMP_SAVED"]: _dump_saved,
    _KIND["CONTENT_LOADED"]: _content_loaded,
    _KIND["CONTENT_REFUSED"]: _content_refused,
    _KIND["UPDATE_STORED"]: _update_stored,
    _KIND["UPDATE_REFUSED"]: _update_refused,
    _KIND["UPDATE_FAILED"]: _update_failed,
    _KIND["DETECTION"]: _detection,
    _KIND["VALUE"]: _value,
    _KIND["RESTART_PLANNED"]: _restart_planned,
    _KIND["RESTART"]: _restart,
    _KIND["GAVE_UP"]: _gave_up,
    _KIND["QUARANTINE"]: _quarantine,
    _KIND["RESTORED"]: _restored,
    _KIND["SENSOR_UP"]: _sensor_up,
    _KIND["PLUGIN_REFUSED"]: _refused,
}
