"""The state of a machine and its parts, as its events tell it.

`after(status, event)` gives the next status. Nothing is guessed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from minios.abi.plugins import kind_of, plugin_of
from minios.lab import events
from minios.lab.events import Event, FaultRecord
from minios.lab.protection import SENSOR_OBJECTS, Protection, driver_ended_by

_NOBODY: Final = Protection()


class State(enum.Enum):
    """The state of a part. The value is what a student reads."""

    RUNNING = "running"
    DIED = "died"
    GAVE_UP = "given up"
    REFUSED = "refused"
    ENDED = "ended"
    STOPPED = "stopped"


class Health(enum.Enum):
    """The state of a machine. The value is what a student reads."""

    STOPPED = "stopped"
    OFF = "off"
    RECOVERING = "in recovery"
    STARTING = "starting"
    PROTECTED = "protected"
    WITHOUT_CONTENT = "sensor runs without content"
    UNPROTECTED = "unprotected"


@dataclass(frozen=True, slots=True)
class MachinePart:
    """A driver, an extension or a service.

    `since` is the time at which it came into its state. `until` is the time at which it
    will be restarted, or None if that is not known. Both are virtual nanoseconds.
    `is_sensor` says whether this part protects the machine while it runs. `fault` is
    the latest fault of its own code since it was started, and `died_of` what ended it
    before that.
    """

    name: str
    ring: int
    state: State
    since: int
    until: int | None = None
    process_id: int = 0
    starts: int = 0
    is_sensor: bool = False
    fault: FaultRecord | None = None
    died_of: FaultRecord | None = None

    def words(self, now: int, width: int = 80) -> str:
        """The state in words, in several lengths. The longest that fits is shown."""
        if self.until is None or self.state is not State.DIED:
            return self.state.value
        left = f"{max(0, self.until - now) / 1e9:.0f} s"
        words = (f"restarting in {left}", f"restart in {left}", f"again in {left}")
        return next((it for it in words if len(it) <= width), left)


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a machine. Times are virtual nanoseconds.

    `mode` says how this start goes on, if not as usual: in a mode such as "safe", or
    with the words of an entry of the boot menu. `recovering` is true while the
    recovery environment waits for a choice. `sensors` are the plugins that are known to
    be sensors: their plugin.toml says so, or they have reported that they watch.
    `protection` says which of them watch now. `turned_at` is when the protection last
    began or ended, and `unprotected` for how long there was none before that. `fault`
    is the latest fault of the kernel's own code, and `stop` the bugcheck that has
    stopped the machine. `content_refused` is whether the sensor refused its content and
    has no other. `oopses` counts those of this start, and `taint` is the taint word
    after the latest.
    """

    parts: tuple[MachinePart, ...] = ()
    boot: int = 0
    booted_at: int = 0
    ready: bool = False
    crashes: int = 0
    deaths: int = 0
    content: str = ""
    content_refused: bool = False
    moved_away: str = ""
    stopped: bool = False
    off: bool = False
    recovering: bool = False
    mode: str = ""
    sensors: frozenset[str] = frozenset()
    protection: Protection = _NOBODY
    turned_at: int = 0
    unprotected: int = 0
    fault: FaultRecord | None = None
    stop: events.BugcheckEvent | None = None
    oopses: int = 0
    taint: int = 0

    @property
    def protected(self) -> bool:
        """Whether a sensor watches."""
        return self.protection.holds

    @property
    def sensor(self) -> MachinePart | None:
        """The sensor that runs, or else the one that ran last; None if none may run."""
        found = [it for it in self.parts if it.is_sensor]
        able = [it for it in found if it.state is not State.REFUSED]
        running = [it for it in able if it.state is State.RUNNING]
        return next(iter((*running, *able)), None)

    def unprotected_until(self, now: int) -> int:
        """For how many virtual nanoseconds no sensor has watched since power on."""
        return self.unprotected + (0 if self.protected else now - self.turned_at)

    @property
    def health(self) -> Health:
        """Whether the machine runs, and whether its sensor watches."""
        holds = (
            (self.stopped, Health.STOPPED),
            (self.off, Health.OFF),
            (self.recovering, Health.RECOVERING),
            (not self.boot, Health.STARTING),
            (self.protected and self.content_refused, Health.WITHOUT_CONTENT),
            (self.protected, Health.PROTECTED),
            (not self.ready, Health.STARTING),
        )
        return next((it for is_so, it in holds if is_so), Health.UNPROTECTED)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts."""
        return tuple(part.name for part in self.parts)

    def part(self, name: str) -> MachinePart | None:
        """The part with this name."""
        return next((part for part in self.parts if part.name == name), None)

    def put(self, part: MachinePart) -> Status:
        """The status with this part in place of the one with the same name."""
        is_sensor = plugin_of(part.name) in self.sensors or part.name in SENSOR_OBJECTS
        part = replace(part, is_sensor=is_sensor)
        if self.part(part.name) is None:
            return replace(self, parts=(*self.parts, part))
        parts = tuple(part if it.name == part.name else it for it in self.parts)
        return replace(self, parts=parts)


def after(status: Status, event: Event) -> Status:
    """The status after an event."""
    protection, new = status.protection.after(event), _after(status, event)
    if protection.holds == status.protected:
        return replace(new, protection=protection)
    unprotected, t = status.unprotected_until(event.t), event.t
    return replace(new, protection=protection, turned_at=t, unprotected=unprotected)


def _after(status: Status, event: Event) -> Status:  # noqa: PLR0911 - one a kind
    match event:
        case events.Booted():
            return replace(_anew(status), boot=event.boot, booted_at=event.t)
        case events.RecoveryEntered():
            return replace(status, recovering=True)
        case events.BootEntryChosen() | events.ModeChosen():
            return replace(status, recovering=False, mode=_mode(status, event))
        case events.ReadyEvent():
            return replace(status, ready=True)
        case events.ContentLoaded() | events.ContentRefused():
            return _content_after(status, event)
        case events.Quarantined():
            return replace(status, moved_away=event.moved_to.rpartition("/")[2])
        case events.PoweredOff():
            return replace(_halted(status, event.t), off=True)
        case events.ResetEvent():
            return _anew(status)
        case events.BugcheckEvent():
            return _stop(status, event)
        case _:
            return _part_after(status, event)


def _mode(status: Status, event: events.BootEntryChosen | events.ModeChosen) -> str:
    """How this start goes on. The entry of a boot menu is told before the mode."""
    if isinstance(event, events.BootEntryChosen):
        return f"boot entry {event.entry}" if event.words else ""
    return status.mode if event.mode == "normal" else event.mode


def _content_after(
    status: Status, event: events.ContentLoaded | events.ContentRefused
) -> Status:
    """The status with the content that the sensor has; a refused one replaces none."""
    if isinstance(event, events.ContentRefused):
        return replace(status, content_refused=not status.content)
    content = f"{event.file} version {event.version}"
    return replace(status, content=content, content_refused=False)


def _anew(status: Status) -> Status:
    return Status(
        crashes=status.crashes,
        deaths=status.deaths,
        sensors=status.sensors,
        turned_at=status.turned_at,
        unprotected=status.unprotected,
    )


def _stop(status: Status, event: events.BugcheckEvent) -> Status:
    status = status if event.vector is None else _faulted(status, event)
    status, crashes = _halted(status, event.t), status.crashes + 1
    return replace(status, crashes=crashes, stopped=True, stop=event)


def _halted(status: Status, t: int) -> Status:
    """The status of a machine on which nothing runs any more, and nothing restarts."""
    stopped = (
        replace(part, state=State.STOPPED, since=t)
        if part.state is State.RUNNING
        else replace(part, until=None)
        for part in status.parts
    )
    return replace(status, parts=tuple(stopped))


def _faulted(status: Status, event: FaultRecord) -> Status:
    """The status with a fault where the code is from that the CPU refused."""
    part = status.part(event.module)
    if part is not None and part.ring == event.ring:
        return status.put(replace(part, fault=event))
    return replace(status, fault=event) if event.ring == 0 else status


def _after_oops(status: Status, event: events.OopsReport | events.Oops) -> Status:
    """The status after the kernel has faulted, perhaps ended a driver, and goes on."""
    if isinstance(event, events.OopsReport):
        return replace(status, oopses=event.number, taint=event.taint)
    old = status.part(driver_ended_by(event))
    if old is None:
        return status
    return status.put(replace(old, state=State.DIED, since=event.t, fault=event))


def _part_after(  # noqa: PLR0911 - one a kind
    status: Status, event: Event
) -> Status:
    match event:
        case events.ModuleLoaded() | events.BpfLoaded():
            return status.put(MachinePart(event.name, 0, State.RUNNING, event.t))
        case events.ModuleBlocked() | events.BpfRefused():
            return _not_loaded(status, event)
        case events.PluginRefused():
            kind = kind_of(event.name)
            ring = 3 if kind is None else kind.row.ring
            return status.put(MachinePart(event.name, ring, State.REFUSED, event.t))
        case events.ProcessStarted():
            return _started(status, event)
        case events.SensorUp(plugin=plugin) if plugin in map(plugin_of, status.names):
            return _watched(status, plugin)
        case events.Faulted():
            return _faulted(status, event)
        case events.OopsReport() | events.Oops():
            return _after_oops(status, event)
        case events.DeathEvent() | events.ProcessExited() | events.ModuleUnloaded():
            return _ended(status, event)
        case events.RestartPlanned() | events.GaveUp():
            return _put_off(status, event)
    return status


def _not_loaded(
    status: Status, event: events.ModuleBlocked | events.BpfRefused
) -> Status:
    """The status with a part that may not run; one that runs already stays."""
    old = status.part(event.name)
    if old is not None and old.state is State.RUNNING:
        return status
    return status.put(MachinePart(event.name, 0, State.REFUSED, event.t))


def _put_off(status: Status, event: events.RestartPlanned | events.GaveUp) -> Status:
    """The status with a dead part that will be restarted later, or never."""
    old = status.part(event.name)
    if old is None:
        return status
    if isinstance(event, events.RestartPlanned):
        until = old.since + event.delay
        return status.put(replace(old, state=State.DIED, until=until))
    return status.put(replace(old, state=State.GAVE_UP, since=event.t, until=None))


def _started(status: Status, event: events.ProcessStarted) -> Status:
    old = status.part(event.name)
    starts = old.starts + 1 if old else 1
    now, pid = event.t, event.process_id
    part = MachinePart(event.name, 3, State.RUNNING, now, None, pid, starts)
    return status.put(replace(part, died_of=old.fault if old else None))


def _ended(
    status: Status,
    event: events.DeathEvent | events.ProcessExited | events.ModuleUnloaded,
) -> Status:
    """The status without a process, or without a driver that has been unloaded."""
    old = status.part(event.name)
    process_id = 0 if isinstance(event, events.ModuleUnloaded) else event.process_id
    if old is None or old.process_id != process_id:
        return status
    if isinstance(event, events.DeathEvent):
        status = replace(status, deaths=status.deaths + 1)
        old = replace(old, fault=old.fault or event)
        state = State.DIED
    else:
        state = State.ENDED
    return status.put(replace(old, state=state, since=event.t, until=None))


def _watched(status: Status, plugin: str) -> Status:
    """The status after a plugin has reported that it is a sensor, and watches."""
    known = replace(status, sensors=status.sensors | {plugin})
    for part in known.parts:
        known = known.put(part)
    return known
