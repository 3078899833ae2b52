"""What happened in a world, as typed records: the one vocabulary of the whole product.

Scenario tests, lessons, the screen and `minios demo --json` all see these. Each record
came from the machine: from a fault that the CPU raised, a reset, or a line that the
guest wrote to the beacon. `to_json` gives one object a line, `json_schema` its schema.

The fields that hold a name hold the same kind of name in every record:

    name      of what the record tells of. Of a process, a driver or a service: the name
              of its image file ("init", "sentinel.sys", "sentinel.ext"). Of content or
              of a fix: what its sender calls it ("channel-291-bad"). Of a bugcheck:
              that of its stop code
    module    the image file whose code it was, or "kernel"
    plugin    what a plugin calls itself, the same in both rings: "sentinel"
    file      a content file on the guest's disk: "C-000291.SYS"
    path      any file on the guest's disk, with its folders

Numbers that a person reads in hexadecimal (addresses, stop codes) are of the type
`Hex`: integers here, strings like "0x50" in JSON, where numbers above 2**53 are not
safe.
"""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    NoReturn,
    TypeAlias,
    get_args,
    get_origin,
)

import msgspec

from minios.abi import events as abi_events
from minios.abi.event_columns import EventKind
from minios.lab.mistakes import NoSuchNameError, WrongTypeError, nearest, no_name
from minios.visible import visible_json


class Hex(int):
    """An integer that is shown in hexadecimal."""

    def __str__(self) -> str:
        return hex(self)

    __repr__ = __str__


Nanoseconds: TypeAlias = Annotated[int, "virtual ns"]
"""A moment or a span of time. A scenario file may write it with a unit: "1.5s"."""


class _Record(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=False
):
    """What every record has.

    `world` is the model, `t` virtual nanoseconds and `instructions` executed
    instructions, both since power on and over all resets.
    """

    world: str
    t: Nanoseconds
    instructions: int

    if not TYPE_CHECKING:  # a checker knows the fields, and shall not forget them

        def __getattr__(self, name: str) -> NoReturn:
            """Asked for what the record does not have."""
            raise _no_field(type(self), name)


class _FaultRecord(_Record, frozen=True, kw_only=True):
    """Which instruction the CPU refused, its place, and the reason.

    `ring` is the CPU's privilege level at the instruction. `module` and `offset` say
    where it is, `function` and `source` from what it was compiled. `bytes` are the
    bytes of the instruction, in hexadecimal.

    A value that does not exist is null: `error_code` of an exception without one,
    `address` of an exception that is no page fault, the instruction if it cannot be
    read. A bugcheck without a fault has only the ring and the module that stopped.
    """

    ring: int
    vector: int | None
    error_code: int | None
    address: Hex | None
    rip: Hex | None
    module: str
    offset: Hex | None
    instruction: str | None
    bytes: str | None
    function: str = ""
    source: str = ""
    rule: str = ""

    @property
    def place(self) -> str:
        """`module+offset`, or the module alone."""
        return self.module if self.offset is None else f"{self.module}+{self.offset}"


# [made from minios/abi/events.py by `minios dev gen`]
class Booted(_Record, tag="boot", frozen=True, kw_only=True):
    """The kernel has set itself up; `boot` counts from 1."""

    boot: int
    model: str


class ModeChosen(_Record, tag="boot_mode", frozen=True, kw_only=True):
    """How this start goes on: "normal", "safe" or "last good".

    `failed_starts` is how many starts in a row have failed before it.
    """

    mode: str
    failed_starts: int


class RecoveryEntered(_Record, tag="recovery", frozen=True, kw_only=True):
    """The recovery environment begins, before any driver and any service.

    `failed_starts` is how many starts in a row have failed before it. `what` is
    "recovery environment", or "boot menu" where the model has that.
    """

    failed_starts: int
    what: str


class RecoveryChosen(_Record, tag="recovery_choice", frozen=True, kw_only=True):
    """What was chosen in the menu of the recovery environment.

    `choice` is "continue" where nobody has chosen in time.
    """

    choice: str


class FixOffered(_Record, tag="fix_offered", frozen=True, kw_only=True):
    """The vendor offers a fix to machines that ask for one, from outside."""

    name: str


class FixApplied(_Record, tag="fix_applied", frozen=True, kw_only=True):
    """One step of a fix that came over the update link; `step` is its line."""

    name: str
    step: str


class ServiceFailed(_Record, tag="service_failed", frozen=True, kw_only=True):
    """A service would not start; `error` says why, `error_control` what follows."""

    name: str
    error: str
    error_control: str


class ServicesRestored(_Record, tag="services_restored", frozen=True, kw_only=True):
    """The service list is again that of the last good start.

    `path` is the list, `lines` how many of its lines differed.
    """

    path: str
    lines: int


class StartSettled(_Record, tag="start_settled", frozen=True, kw_only=True):
    """Two minutes have passed since it was ready: this start counts as a good one."""

    boot: int


class ReadyEvent(_Record, tag="ready", frozen=True, kw_only=True):
    """Every automatic service is running."""

    boot: int


class Pushed(_Record, tag="push", frozen=True, kw_only=True):
    """A content file of `size` bytes was sent to the update link, from outside."""

    name: str
    size: int


class Withdrawn(_Record, tag="withdrawn", frozen=True, kw_only=True):
    """The vendor has withdrawn a content file, from outside."""

    name: str


class UpdateAsked(_Record, tag="update_asked", frozen=True, kw_only=True):
    """The updater has told the vendor which content it has, and waits for newer.

    `checksum` is what the header of its content file says.
    """

    file: str
    checksum: Hex


class UpdateSent(_Record, tag="update_sent", frozen=True, kw_only=True):
    """The vendor has answered the updater with the file that it offers, from outside.

    `again` is whether the last file that it had sent to this machine was the same.
    """

    name: str
    size: int
    again: bool


class UpdateStored(_Record, tag="update_stored", frozen=True, kw_only=True):
    """The updater has put the pushed file, of `size` bytes, on the disk."""

    file: str
    size: int


class UpdateRefused(_Record, tag="update_refused", frozen=True, kw_only=True):
    """The updater has not kept the pushed file, because the sensor refuses it.

    `reason` is a name of `CONTENT_STATUS` (`minios/abi/enumerations.py`).
    """

    file: str
    reason: str


class UpdateFailed(_Record, tag="update_failed", frozen=True, kw_only=True):
    """A file has arrived over the update link, but could not be stored."""

    file: str
    error: str


class ContentLoaded(_Record, tag="content_loaded", frozen=True, kw_only=True):
    """The sensor in this ring has loaded a content file. This alone harms nobody.

    `version` is the content's own number, `instances` how many rules the file has.
    """

    file: str
    version: int
    instances: int
    ring: int


class ContentRefused(_Record, tag="content_refused", frozen=True, kw_only=True):
    """The sensor in this ring would not take a content file.

    `reason` is a name of `CONTENT_STATUS` (`minios/abi/enumerations.py`).
    """

    file: str
    reason: str
    ring: int


class Detected(_Record, tag="detection", frozen=True, kw_only=True):
    """An instance of the content matched an event; `plugin` is the sensor.

    `text` says what matched, and `detection` is the id that the instance gives it.
    """

    plugin: str
    text: str
    detection: Hex
    ring: int


class ValueReported(_Record, tag="value", frozen=True, kw_only=True):
    """A plugin in this ring has told a number; `what` says what the number is.

    `value` is 0 to 2**64 - 1. Some JSON readers round numbers above 2**53.
    """

    plugin: str
    what: str
    value: int
    ring: int


class ModuleLoaded(_Record, tag="module_loaded", frozen=True, kw_only=True):
    """A plugin became part of the kernel, in ring 0: `size` bytes at `base`."""

    name: str
    base: Hex
    size: int


class PluginRefused(_Record, tag="plugin_refused", frozen=True, kw_only=True):
    """The policy of the model does not allow this plugin."""

    name: str


class ModuleBlocked(_Record, tag="module_blocked", frozen=True, kw_only=True):
    """The command line of this start names this module as one not to load."""

    name: str


class UnloadRefused(_Record, tag="unload_refused", frozen=True, kw_only=True):
    """A module was not unloaded, because it is in use.

    `users` is its use count. `dead` says how many of these were ended in its code: they
    never leave, so the count never comes back to 0.
    """

    name: str
    users: int
    dead: int


class ModuleUnloaded(_Record, tag="module_unloaded", frozen=True, kw_only=True):
    """A module or driver was unloaded: its memory is free again.

    `forced` is "yes" if somebody was in its code, and it was taken away all the same
    (`rmmod -f`), else "no".
    """

    name: str
    forced: str


class BootEntryChosen(_Record, tag="boot_entry", frozen=True, kw_only=True):
    """A command line of the boot menu was chosen for this start.

    `words` are the boot options that it adds.
    """

    entry: str
    words: str


class PluginLimited(_Record, tag="plugin_limited", frozen=True, kw_only=True):
    """A plugin wanted more than its plugin.toml names, and did not get it.

    A right that an extension lacks may also be missing in the service list. The same is
    told once for each start of the plugin.
    """

    name: str
    what: str


class ApprovalChanged(_Record, tag="approval", frozen=True, kw_only=True):
    """A plugin that needs the user's approval is in another state.

    `sees_events` is 1 if it may subscribe to security events. An empty `image`: it is
    no longer activated.
    """

    name: str
    state: str
    sees_events: int
    image: str


class KextWarned(_Record, tag="kext_warned", frozen=True, kw_only=True):
    """A driver was loaded, with a warning that a later system will not do so."""

    name: str


class BpfLoaded(_Record, tag="bpf_loaded", frozen=True, kw_only=True):
    """The kernel has verified an eBPF object, and calls its programs now.

    `visits` is how many instructions the verifier has looked at.
    """

    name: str
    programs: int
    visits: int


class BpfRefused(_Record, tag="bpf_refused", frozen=True, kw_only=True):
    """The kernel did not load an eBPF object. `reason` is in words."""

    name: str
    error: int
    reason: str


class RingAttached(_Record, tag="ring_attached", frozen=True, kw_only=True):
    """A program of ring 3 has become the reader of an eBPF ring buffer.

    `map` is the ring buffer. `submitted` is how many records it had been given until
    then, `waiting` how many bytes of them nobody has read, and `dropped` how many
    records found no room.
    """

    name: str
    process_id: int
    submitted: int
    waiting: int
    dropped: int
    map: str


class Denied(_Record, tag="denied", frozen=True, kw_only=True):
    """A client of the security events has denied what somebody wanted to do.

    `client` has denied it, `process_id` wanted to do it, to `target`. `operation` is
    the type of the event: "auth_open", for example.
    """

    client: str
    process_id: int
    operation: str
    target: str


class DeadlineMissed(_Record, tag="deadline_missed", frozen=True, kw_only=True):
    """A client of the security events has given no verdict in time.

    `waited` is how long the kernel has waited, `asker` the program that had to wait
    with it. `mode` says what follows.
    """

    client: str
    operation: str
    mode: str
    waited: Nanoseconds
    asker: str


class EventDropped(_Record, tag="event_dropped", frozen=True, kw_only=True):
    """A client of the security events has missed a message: no room for it.

    `dropped` is how many it has missed so far. The first is reported, and then each
    hundredth.
    """

    client: str
    operation: str
    dropped: int


class SensorUp(_Record, tag="sensor_up", frozen=True, kw_only=True):
    """A sensor has started, in this ring, and sees events from now on."""

    plugin: str
    ring: int


class ProcessStarted(_Record, tag="process_started", frozen=True, kw_only=True):
    """A program has become a process in ring 3."""

    name: str
    process_id: int


class ProcessExited(_Record, tag="process_exited", frozen=True, kw_only=True):
    """A process has ended, and no fault of its own was the reason.

    `cause` is why it has ended, a name of `DEATH` (`minios/abi/enumerations.py`). Only
    "exit" has a `status`.
    """

    name: str
    process_id: int
    status: int
    cause: str


class Faulted(_FaultRecord, tag="fault", frozen=True, kw_only=True):
    """The CPU raised an exception."""


class DeathEvent(_FaultRecord, tag="death", frozen=True, kw_only=True):
    """The kernel ended a process for a fault of the process's own."""

    name: str
    process_id: int


class BugcheckEvent(_FaultRecord, tag="bugcheck", frozen=True, kw_only=True):
    """The kernel could not go on, and stopped the machine.

    `code` and `name` are the stop code, `params` its four parameters, `irql` how urgent
    the work was that it did, `boot` the number of the boot. `panic` is why it stopped
    in the words of Linux, "" in any other model.
    """

    code: Hex
    name: str
    params: tuple[Hex, Hex, Hex, Hex]
    irql: int
    boot: int
    panic: str


class Oops(_FaultRecord, tag="oops", frozen=True, kw_only=True):
    """The kernel has faulted, and goes on without what it has `ended`.

    The other fields are those of a bugcheck: it would have been the same stop code.
    Linux calls such a fault an oops.
    """

    code: Hex
    name: str
    params: tuple[Hex, Hex, Hex, Hex]
    irql: int
    boot: int
    ended: str


class OopsReport(_Record, tag="oops_report", frozen=True, kw_only=True):
    """What the report of an oops says: the `number` of the oops, and where.

    It comes before the oops, or before the bugcheck if nothing can be ended alone.
    `task` is what was running, `taint` the taint word
    (`minios.abi.enumerations.TAINT`), `error_code` that of the CPU, `locks` how many
    locks the task held, and `symbol` the function of the fault.
    """

    task: str
    process_id: int
    number: int
    taint: Hex
    error_code: Hex
    locks: int
    symbol: str


class KernelPanic(_Record, tag="panic", frozen=True, kw_only=True):
    """The kernel has stopped the machine in Linux' way, and says `why`.

    It follows a bugcheck, which has the stop code. `then` is what comes next by the
    boot option `panic`: "stay", "reset_later" (after so many `seconds`) or
    "reset_at_once".
    """

    then: str
    seconds: int
    why: str


class HungTask(_Record, tag="hung_task", frozen=True, kw_only=True):
    """A task has waited for a lock for more than `seconds`, and waits on."""

    name: str
    process_id: int
    seconds: int


class DumpWritten(_Record, tag="dump_written", frozen=True, kw_only=True):
    """The dying kernel has saved a small dump in the disk's reserved sectors.

    It takes `sectors` sectors of 512 bytes, from `sector` on.
    """

    sector: int
    sectors: int


class DumpSaved(_Record, tag="dump_saved", frozen=True, kw_only=True):
    """The dump of the last crash has become a file of `size` bytes."""

    path: str
    size: int


class ResetEvent(_Record, tag="reset", frozen=True, kw_only=True):
    """The machine starts again: `reason` says why, `boot` which boot has ended."""

    reason: str
    boot: int


class Unresponsive(_Record, tag="unresponsive", frozen=True, kw_only=True):
    """An extension lives, but has not answered for `silence` virtual ns.

    The supervisor ends it, and then starts it again as after a death.
    """

    name: str
    process_id: int
    silence: Nanoseconds


class RestartPlanned(_Record, tag="restart_planned", frozen=True, kw_only=True):
    """The supervisor waits `delay` virtual ns before it starts an extension again.

    `deaths` is how often it has died in a row.
    """

    name: str
    deaths: int
    delay: Nanoseconds


class DeviceQuiesced(_Record, tag="device_quiesced", frozen=True, kw_only=True):
    """The driver of a device in ring 3 has ended; the kernel has quiesced it.

    `device` is what it drove. `process_id` is the driver's.
    """

    name: str
    device: str
    process_id: int


class RestartEvent(_Record, tag="restart", frozen=True, kw_only=True):
    """The supervisor has started an extension again, after `delay` virtual ns.

    `attempt` is how often it has died in a row; 0 if no death led to the restart.
    """

    name: str
    attempt: int
    delay: Nanoseconds
    process_id: int


class BackAgain(_Record, tag="back", frozen=True, kw_only=True):
    """An extension is ready again, `gap` virtual ns after it was lost.

    `total` is how long it was away all in all, since this boot. One that hung is lost
    from the ping on that it did not answer.
    """

    name: str
    gap: Nanoseconds
    total: Nanoseconds


class GaveUp(_Record, tag="gave_up", frozen=True, kw_only=True):
    """The supervisor starts an extension no more with this content.

    `failures` is how often it has died in a row.
    """

    name: str
    failures: int


class Quarantined(_Record, tag="quarantine", frozen=True, kw_only=True):
    """The supervisor has moved a content file away, to the path `moved_to`."""

    file: str
    moved_to: str


class Restored(_Record, tag="restored", frozen=True, kw_only=True):
    """The supervisor has put the last good content back, from a path on the disk."""

    file: str
    copied_from: str


class Typed(_Record, tag="typed", frozen=True, kw_only=True):
    """Somebody has typed a line on the console. Only `minios recover` records this."""

    text: str


class Rescued(_Record, tag="rescued", frozen=True, kw_only=True):
    """How a way out of the crash loop came out, and after how many boots."""

    way: str
    recovered: bool
    outcome: str
    boots: int


class PoweredOff(_Record, tag="powered_off", frozen=True, kw_only=True):
    """The machine has switched itself off."""


class Ended(_Record, tag="end", frozen=True, kw_only=True):
    """How a demonstration ended, counted from the events before it.

    `outcome` is one of "crash loop", "crash", "switched off", "reset loop", "went on",
    "isolated", "never ran", "refused", "not updated", "unharmed".  `deaths` are
    processes that a fault of their own has ended, `restarts` those that the supervisor
    has started again. `oopses` are faults of ring 0 after which the kernel went on,
    `tasks_ended` the processes that it has ended for them, and `init_restarts` says how
    often init has started such a process again. `panics` are bugchecks that were told
    in Linux' way.
    """

    outcome: str
    boots: int
    bugchecks: int
    deaths: int
    restarts: int
    oopses: int
    panics: int
    tasks_ended: int
    init_restarts: int
    sensor_running: bool
    console_alive: bool
    content: str


Event: TypeAlias = (
    Booted
    | ModeChosen
    | RecoveryEntered
    | RecoveryChosen
    | FixOffered
    | FixApplied
    | ServiceFailed
    | ServicesRestored
    | StartSettled
    | ReadyEvent
    | Pushed
    | Withdrawn
    | UpdateAsked
    | UpdateSent
    | UpdateStored
    | UpdateRefused
    | UpdateFailed
    | ContentLoaded
    | ContentRefused
    | Detected
    | ValueReported
    | ModuleLoaded
    | PluginRefused
    | ModuleBlocked
    | UnloadRefused
    | ModuleUnloaded
    | BootEntryChosen
    | PluginLimited
    | ApprovalChanged
    | KextWarned
    | BpfLoaded
    | BpfRefused
    | RingAttached
    | Denied
    | DeadlineMissed
    | EventDropped
    | SensorUp
    | ProcessStarted
    | ProcessExited
    | Faulted
    | DeathEvent
    | BugcheckEvent
    | Oops
    | OopsReport
    | KernelPanic
    | HungTask
    | DumpWritten
    | DumpSaved
    | ResetEvent
    | Unresponsive
    | RestartPlanned
    | DeviceQuiesced
    | RestartEvent
    | BackAgain
    | GaveUp
    | Quarantined
    | Restored
    | Typed
    | Rescued
    | PoweredOff
    | Ended
)
FaultRecord: TypeAlias = Faulted | DeathEvent | BugcheckEvent | Oops
Decisive: TypeAlias = DeathEvent | BugcheckEvent | Oops
# [/made]


KINDS: Final = {kind.__name__: kind for kind in get_args(Event)}
"""The classes of all records, by name."""

_ROWS: Final = {row.class_name: row for row in abi_events.EVENTS}


def row_of(event: Event) -> EventKind:
    """The row of the table of events (`minios/abi/events.py`) for this event."""
    return _ROWS[type(event).__name__]


def _kind_for(name: str) -> str:
    """Advice for a name that is no kind of record."""
    if f"{name}Event" in KINDS:
        return f"Write events.{name}Event"
    return nearest(name, KINDS) or "minios/lab/events.py has all kinds of records"


def require_kind(kind: object) -> None:
    """Raise WrongTypeError if this is not the class of a record."""
    if isinstance(kind, type) and kind in KINDS.values():
        return
    name = kind.__name__ if isinstance(kind, type) else str(kind)
    raise WrongTypeError(f"{name} is no kind of record", advice=_kind_for(name))


def require_field(kind: type[Event], name: str, value: object) -> None:
    """Check that a record of this kind can have a field with this value.

    Raises NoSuchNameError if it has no such field, and WrongTypeError if the values of
    the field are of another type.
    """
    field = next((it for it in msgspec.structs.fields(kind) if it.name == name), None)
    if field is None:
        raise _no_field(kind, name)
    known = int if field.type is Nanoseconds else field.type
    types = tuple(int if it is Hex else it for it in get_args(known) or (known,))
    if get_origin(known) is tuple:
        types = (tuple,)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        words = " or ".join(getattr(it, "__name__", str(it)) for it in types)
        raise WrongTypeError(
            f"{name} of {kind.__name__} is of the type {words}, and {value!r} is not",
            advice="Give a value of this type",
        )


def _no_field(kind: type, name: str) -> NoSuchNameError:
    if name.startswith("_"):  # how Python and its tools ask what an object can do
        return NoSuchNameError(f"{kind.__name__} has no {name}")
    fields: tuple[str, ...] = kind.__struct_fields__  # type: ignore[attr-defined]
    return NoSuchNameError(
        f"{kind.__name__} has no field {name!r}",
        advice=f"{nearest(name, fields)} It has: {', '.join(fields)}".strip(),
    )


if not TYPE_CHECKING:  # a checker knows the names, and shall not forget them

    def __getattr__(name: str) -> NoReturn:
        """Asked for what this module does not have: `events.Bugcheck`."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise no_name(name, where=__name__, advice=_kind_for(name))


def encode_hex(value: Any) -> str:  # noqa: ANN401 - the signature that msgspec asks for
    """For msgspec's encoder: make a string of a `Hex`."""
    if isinstance(value, Hex):
        return hex(value)
    raise NotImplementedError(type(value))


def describe_hex(kind: type) -> dict[str, Any]:
    """For msgspec's schema: describe the string of a `Hex`."""
    if kind is Hex:
        return {"type": "string", "pattern": "^0x[0-9a-f]+$"}
    raise NotImplementedError(kind)


_ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_hex)


def to_json(event: Event) -> str:
    """One line of JSON, without the line feed; the same event gives the same text."""
    return visible_json(_ENCODER.encode(event).decode())


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line."""
    return msgspec.json.schema(Event, schema_hook=describe_hex)
