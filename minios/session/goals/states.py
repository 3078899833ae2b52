"""States of the machines that goals ask for. Each function looks at the newest frames.

They are asked at every new frame, so they look at little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from minios.abi.plugins import plugin_of
from minios.lab import content_files, events, explainers
from minios.lab.conditions import Bugcheck, Death, RecordCondition, seconds
from minios.lab.inputs import Push, Type
from minios.lab.modules import KERNEL
from minios.machine.events import Door
from minios.session.frames import Frame, Reached
from minios.session.goals.aims import Frames
from minios.session.goals.records import DEATH, OOPS, STOP
from minios.session.slow_pass.steps import MOST_STEPS, Way

_PAGE_FAULT: Final = 14
_VILLAIN_DIES: Final = Death("villain")
_MANY: Final = 3
_ENTER: Final = re.compile("[\r\n]")  # a terminal sends the one, plain mode the other


def compares_a_pipe(frames: Frames) -> bool:
    """A machine has come to a chosen place where its sensor compares an event."""
    return any(
        isinstance(it.stop, Reached)
        and it.status.sensor is not None
        and it.code.module == it.status.sensor.name
        and it.code.place.startswith(explainers.of_image(it.code.module).compares)
        for it in frames
    )


def at_the_load(frames: Frames) -> bool:
    """A machine is at the instruction that loads the bad pointer, or just behind it."""
    return any(map(_is_at_the_load, frames))


def _is_at_the_load(frame: Frame) -> bool:
    origin, registers = frame.origin, frame.registers
    if origin is None:
        return False
    load = origin.instruction
    if registers["rip"] == load.address and load.memory is not None:
        return registers[load.memory.index] == origin.index
    is_behind = registers["rip"] == load.address + len(load.raw)
    return is_behind and registers[origin.register] == _bad_pointer(frame)


def _bad_pointer(frame: Frame) -> int | None:
    origin = frame.origin
    assert origin is not None
    return next((it.value for it in origin.slots if it.index == origin.index), None)


def in_fault_handler(frames: Frames) -> bool:
    """The kernel of a machine handles a page fault in the sensor's process."""
    return any(map(_handles_the_fault, frames))


def _handles_the_fault(frame: Frame) -> bool:
    """Whether the CPU has come from ring 3, and nothing was made of the fault yet."""
    fault, latest = (frame.log or (None,))[-1], frame.crossings.latest[-1:]
    return (
        isinstance(fault, events.Faulted)
        and (fault.ring, fault.vector) == (3, _PAGE_FAULT)
        and plugin_of(fault.module) in frame.status.sensors
        and frame.ring == 0
        and any(it.crossing.door is Door.EXCEPTION for it in latest)
    )


def stands_in(frame: Frame, place: str) -> bool:
    """Whether the next instruction of a machine is in this function.

    A place is named as elsewhere: "sentinel.sys!sentinel_event", or "syscall_entry" for
    a function of the kernel.
    """
    module, mark, function = place.rpartition("!")
    found, _, _ = frame.code.place.partition("+")
    return (frame.code.module, found) == (module if mark else KERNEL.name, function)


def pass_is_over(frames: Frames) -> bool:
    """Each machine has followed an event to its sensor, and on to the end."""
    return all(map(_is_through, frames))


def _is_through(frame: Frame) -> bool:
    """Whether the pass was not broken off, and no event without a sensor."""
    made = frame.slow_pass
    if made is None or not made.is_over or not made.steps:
        return False
    is_cut = made.steps[-1].way is Way.LIMIT or len(made.steps) >= MOST_STEPS
    sensors = frame.status.sensors
    return not is_cut and any(plugin_of(it.spot.module) in sensors for it in made.steps)


def only_windows_stopped(frames: Frames) -> bool:
    """The sensor's fault has stopped windows; in macos it has ended a process only."""
    return any(_stops(it) for it in frames if it.world == "windows") and any(
        not it.status.crashes and any(DEATH(e, it.status.sensors) for e in it.log)
        for it in frames
        if it.world == "macos"
    )


def three_ends(frames: Frames) -> bool:
    """The sensor's fault has stopped windows, and linux goes on after an oops."""
    return only_windows_stopped(frames) and any(
        not it.status.crashes and any(OOPS(e, it.status.sensors) for e in it.log)
        for it in frames
        if it.world == "linux"
    )


def _stops(frame: Frame) -> bool:
    """Whether the machine has stopped for a fault of its sensor."""
    sensors = frame.status.sensors
    return bool(frame.status.crashes) and any(STOP(it, sensors) for it in frame.log)


def unharmed_again(frames: Frames) -> bool:
    """A machine that has had a fault is as it was before it, and protected."""
    return any(
        it.origin is not None and not it.status.crashes and it.status.protected
        for it in frames
    )


def one_of_two_stopped(frames: Frames) -> bool:
    """Of two machines of the same model one has stopped; the other got no file."""
    stopped = {it.world for it in frames if _stops(it)}
    return any(
        it.world in stopped
        and it.status.protected
        and not it.status.crashes
        and not _pushes(it)
        for it in frames
    )


def two_reasons(frames: Frames) -> bool:
    """A machine has refused files for two reasons."""
    return any(
        len({e.reason for e in it.log if isinstance(e, events.UpdateRefused)}) > 1
        for it in frames
    )


def three_codes(frames: Frames) -> bool:
    """A windows machine has stopped with three different codes."""
    return any(
        it.world == "windows"
        and it.status.crashes >= _MANY
        and len({e.code for e in it.log if isinstance(e, events.BugcheckEvent)})
        >= _MANY
        for it in frames
    )


def one_crime_two_ends(frames: Frames) -> bool:
    """The same crime has stopped windows, and in macos it has ended one process."""
    windows, macos = (
        next((it for it in frames if it.world == model), None)
        for model in ("windows", "macos")
    )
    if windows is None or macos is None or not macos.status.deaths:
        return False
    spared = _led_to(_VILLAIN_DIES, macos) - _led_to(Bugcheck(), macos)
    return not spared.isdisjoint(_led_to(Bugcheck(), windows))


def _led_to(end: RecordCondition[Any], frame: Frame) -> set[str]:
    """The lines that were typed last before such a record."""
    ends, lines = [it.t for it in frame.log if end(it)], list(lines_typed(frame))
    latest = ([line for t, line in lines if t <= it][-1:] for it in ends)
    return {line for found in latest for line in found}


def lines_typed(frame: Frame) -> Iterator[tuple[int, str]]:
    """The lines that were typed on a console, and when they were ended."""
    begun = ""
    for t, given in frame.inputs:
        if isinstance(given, Type):
            *lines, begun = _ENTER.split(begun + given.text)
            yield from ((t, line.strip()) for line in lines)


# ---- Verdicts of the plugin `gate`.

_GATE: Final = "gate"
_LONG: Final = seconds(3)
_SLOW: Final = seconds(0.25)


def driver_keeps_waiting(frames: Frames) -> bool:
    """The gate of windows was told to hang, and has given no verdict for long."""
    return any(
        frame.t - told >= _LONG and not _verdicts(frame, told + seconds(1))
        for frame in frames
        if frame.world == "windows"
        for told in _told_to(frame, "hang")
    )


def driver_is_slow(frames: Frames) -> bool:
    """The gate of windows was told to be slow, and its verdicts come slowly."""
    for frame in frames:
        for told in _told_to(frame, "slow") if frame.world == "windows" else ():
            times = _verdicts(frame, told + seconds(1))
            if len(times) > 2 and times[-1] - times[0] >= _SLOW * (len(times) - 1):
                return True
    return False


def _told_to(frame: Frame, word: str) -> list[int]:
    """When the latest order that the gate heard in this start was this one."""
    booted = max((it.t for it in frame.log if isinstance(it, events.Booted)), default=0)
    orders = [
        (t, line.split()[-1])
        for t, line in lines_typed(frame)
        if line.startswith("tell gate.sys ") and t > booted
    ]
    return [t for t, last in orders[-1:] if last == word]


def _verdicts(frame: Frame, since: int) -> list[int]:
    """When the gate has given verdicts: it reports each."""
    return [
        it.t
        for it in frame.log
        if isinstance(it, events.ValueReported) and it.plugin == _GATE and it.t >= since
    ]


def own_file_stops(frames: Frames) -> bool:
    """A machine has stopped by a file that minios does not bring."""
    return any(
        bool(it.status.crashes) and bool(own := _own_push(it)) and _stops_after(it, own)
        for it in frames
    )


def _pushes(frame: Frame) -> list[tuple[int, Push]]:
    return [(t, it) for t, it in frame.inputs if isinstance(it, Push)]


def _own_push(frame: Frame) -> int:
    """When the latest file came, if it is none of ours."""
    t, latest = _pushes(frame)[-1] if _pushes(frame) else (0, None)
    return 0 if latest is None or latest.file.data in _shipped() else t


@cache
def _shipped() -> frozenset[bytes]:
    """The bytes of the files that minios brings."""
    return frozenset(content_files.find(it).data for it in content_files.shipped())


def _stops_after(frame: Frame, t: int) -> bool:
    """Whether the updater has stored a file since then, and the sensor fell over it."""
    new = [it for it in frame.log if it.t > t]
    stored = (it.t for it in new if isinstance(it, events.UpdateStored))
    at = next(stored, None)
    return at is not None and any(
        STOP(it, frame.status.sensors) for it in new if it.t > at
    )
