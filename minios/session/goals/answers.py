"""The right answers to the questions of goals. They are read off the machines.

First what an answer can be: numbers, times, a word. Then the functions that
read one from the newest frames. They return None while the machines do not show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from minios.abi.enumerations import taint_letters
from minios.abi.plugins import plugin_of
from minios.lab import quantities
from minios.lab.events import (
    BpfLoaded,
    BpfRefused,
    BugcheckEvent,
    DeadlineMissed,
    DeathEvent,
    Detected,
    Event,
    Faulted,
    GaveUp,
    Oops,
    ProcessStarted,
    RestartPlanned,
    RingAttached,
)
from minios.machine.events import Door
from minios.session.frames import Frame
from minios.session.goals.aims import Answer, Frames
from minios.session.goals.records import DEATH
from minios.session.panes.cpu import WALK_READ

_LONGEST: Final = 80  # characters of an answer that are read
_NUMBER: Final = re.compile(r"\d{1,12}")
_TIME: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|min)?(?![a-z0-9.])")
_UNITS: Final = {"ms": 10**6, "s": 10**9, "min": 60 * 10**9, "": 10**9}
_SIGNS: Final = re.compile(r"[`_' ]")
_LINE: Final = re.compile(r":(\d{1,6})\b")
_ADDRESS: Final = re.compile(r"[0-9a-f]{1,16}")
Named: TypeAlias = tuple[tuple[str, int], ...]
"""Numbers with the machine that each belongs to; "" if there is only one number."""
Read: TypeAlias = Callable[[Frames], Answer | None]
E = TypeVar("E")


# ---- What an answer can be.


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole numbers. `near` is said to somebody who is wrong by one."""

    values: Named
    near: str = ""

    @property
    def form(self) -> str:
        """What is to be typed."""
        return f"a whole number{_for_each(self.values)}"

    def judge(self, typed: str) -> str | None:
        """Compare each of them."""
        found = [int(it) for it in _NUMBER.findall(typed[:_LONGEST])]
        if len(found) != len(self.values):
            return None
        for (name, right), it in zip(self.values, found, strict=True):
            if it != right:
                near = self.near if abs(it - right) == 1 else ""
                return f"{_in(name)} it is not {it}. {near}".strip()
        return ""


@dataclass(frozen=True, slots=True)
class Times:
    """Spans of virtual time, in nanoseconds; a rounded one is right, too."""

    values: Named

    @property
    def form(self) -> str:
        """What is to be typed."""
        return f"a time in seconds{_for_each(self.values)}, such as 2.5 s"

    def judge(self, typed: str) -> str | None:
        """Compare each of them."""
        read = _TIME.findall(typed[:_LONGEST].lower())
        found = [round(float(number) * _UNITS[unit]) for number, unit in read]
        if len(found) != len(self.values):
            return None
        for (name, right), it in zip(self.values, found, strict=True):
            if abs(it - right) > _tolerance(right):
                much = "long" if it > right else "short"
                return f"{_in(name)} {quantities.short(it)} is too {much}."
        return ""


def _tolerance(time: int) -> int:
    """A fiftieth; or half a second, but no more than a tenth."""
    return max(time // 50, min(time // 10, 500_000_000))


def _in(name: str) -> str:
    return f"In {name}," if name else "No,"


def _for_each(values: Named) -> str:
    names = [name for name, _ in values]
    return f" for each machine: {', then '.join(names)}" if len(names) > 1 else ""


@dataclass(frozen=True, slots=True)
class Hexadecimal:
    """A number in hexadecimal. Signs that group its digits do not count."""

    value: int
    form: str

    def judge(self, typed: str) -> str | None:
        """Compare it, with or without 0x."""
        digits = _SIGNS.sub("", typed.lower()).removeprefix("0x")
        if not _ADDRESS.fullmatch(digits):
            return None
        return "" if int(digits, 16) == self.value else "No, it is another number."


@dataclass(frozen=True, slots=True)
class Word:
    """A word that the machine uses. Capital letters do not count, nor `_` or `-`."""

    value: str
    form: str = "the word that the machine uses"

    def judge(self, typed: str) -> str | None:
        """Compare it."""
        if not typed.strip():
            return None
        is_right = _letters(typed) == _letters(self.value)
        return "" if is_right else "No, it is another word."


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


# ---- Reading one off the machines.


def unprotected(*models: str) -> Read:
    """For how long no sensor has protected the first machine of each model.

    From power on until now, and only after a fault of the sensor in each of them.
    """

    def read(frames: Frames) -> Times | None:
        found = [_first(frames, model) for model in models]
        if not all(map(_fault, found)):
            return None
        times = [it.status.unprotected_until(it.t) for it in found]
        return Times(_named(models, times))

    return read


def least_unprotected(names: tuple[str, ...]) -> Read:
    """The name of the machine that was unprotected the shortest, of one name each.

    Only after a fault of the sensor in each of them.
    """

    def read(frames: Frames) -> Word | None:
        if not all(map(_fault, frames)):
            return None
        times = [it.status.unprotected_until(it.t) for it in frames]
        return Word(names[times.index(min(times))], f"one of {', '.join(names)}")

    return read


def detections_after_death(machine: int) -> Read:
    """How often a machine has detected something since its sensor died first."""

    def read(frames: Frames) -> Numbers | None:
        frame = frames[machine]
        log = tuple(frame.log)
        is_death = (DEATH(it, frame.status.sensors) for it in log)
        first = next((at for at, it in enumerate(is_death) if it), None)
        if first is None:
            return None
        return Numbers((("", sum(isinstance(it, Detected) for it in log[first:])),))

    return read


def rings(*models: str) -> Read:
    """In which ring the latest fault of the sensor of each model was."""

    def read(frames: Frames) -> Numbers | None:
        found = [_fault(_first(frames, it)) for it in models]
        numbers = [it.ring for it in found if it is not None]
        return Numbers(_named(models, numbers)) if len(numbers) == len(models) else None

    return read


def fault_address(model: str) -> Read:
    """The address that the instruction could not read at the latest fault."""
    form = "an address in hexadecimal, such as 0xffff800000001000"

    def read(frames: Frames) -> Hexadecimal | None:
        found = _fault(_first(frames, model))
        if found is None or found.address is None:
            return None
        return Hexadecimal(found.address, form)

    return read


def stop_code(model: str) -> Read:
    """The code of the latest stop."""

    def read(frames: Frames) -> Hexadecimal | None:
        found = _latest(_first(frames, model), BugcheckEvent)
        form = "a stop code in hexadecimal, such as 0x7e"
        return None if found is None else Hexadecimal(found.code, form)

    return read


def element(model: str) -> Read:
    """The index of the array element from which the latest bad pointer was loaded."""

    def read(frames: Frames) -> Numbers | None:
        origin = _first(frames, model).origin
        if origin is None:
            return None
        return Numbers((("", origin.index),), "Elements are counted from 0.")

    return read


def refusing_entry(model: str) -> Read:
    """The first page-table entry that forbids the access of a recent page fault."""

    def read(frames: Frames) -> Hexadecimal | None:
        walked = WALK_READ.of(_first(frames, model))
        walk = walked.walk if walked else None
        if walk is None or walk.refusing is None:
            return None
        form = "the entry in hexadecimal, such as 0x18b063"
        return Hexadecimal(walk.refusing.entry, form)

    return read


def interrupted_at(model: str) -> Read:
    """The next instruction of the program that an interrupt has just stopped."""

    def read(frames: Frames) -> Hexadecimal | None:
        frame = _first(frames, model)
        latest = [it.crossing for it in frame.crossings.latest[-1:]]
        if not latest or latest[0].door is not Door.INTERRUPT:
            return None
        return Hexadecimal(latest[0].rip, "an address in hexadecimal, such as 0x400ab0")

    return read


def field(
    model: str, kind: type[Event], name: str, *, after: type[Event] | None = None
) -> Read:
    """A number in the latest record of a kind, once there was one of another kind."""

    def read(frames: Frames) -> Numbers | None:
        frame = _first(frames, model)
        found = _latest(frame, kind)
        if found is None or (after is not None and _latest(frame, after) is None):
            return None
        return Numbers((("", getattr(found, name)),))

    return read


def word(model: str, kind: type[Event], name: str) -> Read:
    """A word in the latest record of a kind."""

    def read(frames: Frames) -> Word | None:
        found = _latest(_first(frames, model), kind)
        return None if found is None else Word(getattr(found, name))

    return read


def span(
    model: str, kind: type[Event], name: str, *, after: type[Event] | None = None
) -> Read:
    """A time in the latest record of a kind, once there was one of another kind."""

    def read(frames: Frames) -> Times | None:
        frame = _first(frames, model)
        found = _latest(frame, kind)
        if found is None or (after is not None and _latest(frame, after) is None):
            return None
        return Times((("", getattr(found, name)),))

    return read


def wait_for_verdict(model: str) -> Read:
    """How long somebody had to wait for the latest verdict that did not come."""
    return span(model, DeadlineMissed, "waited")


def latest_wait(model: str) -> Read:
    """How long the supervisor had waited before its last try, once it has given up."""
    return span(model, RestartPlanned, "delay", after=GaveUp)


def refused_line(model: str) -> Read:
    """The line of source for which the verifier has refused an eBPF program last."""

    def read(frames: Frames) -> Numbers | None:
        found = _latest(_first(frames, model), BpfRefused)
        line = None if found is None else _LINE.search(found.reason)
        return None if line is None else Numbers((("", int(line[1])),))

    return read


def silence(model: str) -> Read:
    """From the last detection before a death of the sensor to the first after it.

    If it has died several times without a detection, the deaths are taken together.
    """

    def read(frames: Frames) -> Times | None:
        end: Detected | None = None
        has_died = False
        frame = _first(frames, model)
        for event in _backwards(frame):
            if isinstance(event, Detected):
                if has_died and end is not None:
                    return Times((("", end.t - event.t),))
                end, has_died = event, False
            elif DEATH(event, frame.status.sensors):
                has_died = True
        return None

    return read


def unnoticed(model: str) -> Read:
    """How long the program that was started last before a stop did its harm unseen."""
    return between(model, ProcessStarted, BugcheckEvent)


def between(model: str, first: type[Event], last: type[Event]) -> Read:
    """The time from a record of one kind to the latest of another kind after it."""

    def read(frames: Frames) -> Times | None:
        end: Event | None = None
        for event in _backwards(_first(frames, model)):
            if end is None and isinstance(event, last):
                end = event
            elif end is not None and isinstance(event, first):
                return Times((("", end.t - event.t),))
        return None

    return read


# ---- What the model linux says.


def ended_by_oops(machine: int) -> Read:
    """Which process the kernel has ended in the latest oops of a machine."""

    def read(frames: Frames) -> Word | None:
        found = _latest(frames[machine], Oops)
        name = "" if found is None else found.ended.partition(" (")[0]
        return Word(name, "the name of a process") if name else None

    return read


def taint(machine: int) -> Read:
    """The taint letters of a machine after its latest oops."""

    def read(frames: Frames) -> Word | None:
        word = frames[machine].status.taint
        return Word(taint_letters(word), "the letters") if word else None

    return read


def line_of_source(machine: int, kind: type[BpfRefused | Oops]) -> Read:
    """The number of the line that the latest record of a refusal or an oops names."""

    def read(frames: Frames) -> Numbers | None:
        found = _latest(frames[machine], kind)
        if found is None:
            return None
        place = found.reason if isinstance(found, BpfRefused) else found.source
        line = _LINE.search(place)
        return None if line is None else Numbers((("", int(line[1])),))

    return read


def visits(machine: int) -> Read:
    """How many instructions the verifier has looked at before it loaded an object."""

    def read(frames: Frames) -> Numbers | None:
        found = _latest(frames[machine], BpfLoaded)
        return None if found is None else Numbers((("", found.visits),))

    return read


def records_in_ring(machine: int) -> Read:
    """How many records the ring buffer had got when its reader came back last."""

    def read(frames: Frames) -> Numbers | None:
        found = _latest(frames[machine], RingAttached)
        if found is None or _latest(frames[machine], DeathEvent) is None:
            return None
        return Numbers((("", found.submitted),))

    return read


def _named(models: tuple[str, ...], values: list[int]) -> Named:
    names = models if len(models) > 1 else ("",)
    return tuple(zip(names, values, strict=True))


def _first(frames: Frames, model: str) -> Frame:
    return next(frame for frame in frames if frame.world == model)


def _fault(frame: Frame) -> Faulted | DeathEvent | BugcheckEvent | None:
    """The latest record of a fault of the sensor."""
    sensors, faults = frame.status.sensors, (Faulted, DeathEvent, BugcheckEvent)
    found = (it for it in _backwards(frame) if isinstance(it, faults))
    return next((it for it in found if plugin_of(it.module) in sensors), None)


def _latest(frame: Frame, kind: type[E]) -> E | None:
    return next((it for it in _backwards(frame) if isinstance(it, kind)), None)


def _backwards(frame: Frame) -> Iterator[Event]:
    log = frame.log
    return (log[at] for at in range(len(log) - 1, -1, -1))
