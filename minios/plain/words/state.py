"""The state of a machine and its parts, and who is in which ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi.enumerations import taint_letters
from minios.lab import linux_words
from minios.lab.quantities import listed, seconds, short
from minios.session.frames import Frame
from minios.session.rooms import Room, guarded, is_empty, rooms
from minios.session.spoken import counted
from minios.session.status import Health, State, Status

_BEFORE: Final = 4  # crossings that are told before the latest
_OFF: Final = "switched off"


def machine(frame: Frame, name: str) -> list[str]:
    """The state of a machine and its parts, as the screen shows it."""
    status = frame.status
    deaths = counted(status.deaths, "death")
    ends = f"{counted(status.crashes, 'crash', 'crashes')}, {deaths}"
    bare = f"Unprotected in all: {short(status.unprotected_until(frame.t))}."
    if status.off:
        return [f"{name}: {_OFF}; {ends}.", bare]
    mode = f" in {status.mode} mode" if status.mode else ""
    up = short(max(0, frame.t - status.booted_at))
    return [
        f"{name}: {status.health.value}{_since(frame)}; {_sensor(frame)}.",
        f"Boot {status.boot}{mode}, up {up}, {ends}; {_where(frame)}.",
        bare,
        *_oopses(status),
        *_parts(frame),
        *_content(frame),
    ]


def rings(frame: Frame, name: str) -> list[str]:
    """Who runs in which ring, what each does, and who went from one to the other."""
    if frame.status.off:
        return [f"{name}: {_OFF}, so nothing runs in any ring."]
    return [
        f"{name}: {_where(frame)}.",
        *_floor("Ring 3, upstairs", rooms(frame, 3)),
        *_floor("Ring 0, basement", rooms(frame, 0)),
        f"Only ring 0 may touch {listed(guarded(frame))}.",
        *_crossings(frame),
    ]


def _floor(name: str, found: tuple[Room, ...]) -> Iterator[str]:
    here = [it for it in found if not is_empty(it)]
    yield f"{name}: {listed([it.name for it in here], 'nobody')}."
    for room in here:
        said = [it for it in (room.fault, room.doing, *room.notes) if it]
        mark = ", the sensor" if room.is_sensor else ""
        if said or mark:
            yield f"{room.name}{mark}: {'; '.join(said) or room.state.value}."
    for room in found:
        if is_empty(room):
            yield f"{room.name}: {room.doing}."


def _crossings(frame: Frame) -> Iterator[str]:
    if not frame.crossings.latest:
        yield "No crossing of the rings has been seen yet."
        return
    newest, *before = list(reversed(frame.crossings.latest))[: 1 + _BEFORE]
    which = "latest" if frame.crossings.is_whole else "latest that was seen"
    yield f"The {which} crossing, at {seconds(newest.crossing.now)}: {newest}."
    if before:
        yield f"Before it, the newest first: {'; '.join(map(str, before))}."


def _oopses(status: Status) -> list[str]:
    """How often the kernel has faulted and gone on, and what taints it."""
    if not status.oopses:
        return []
    _, *letters = linux_words.taint_lines(status.taint)
    return [
        f"The kernel had {counted(status.oopses, 'oops', 'oopses')} since its start.",
        f"Taint {taint_letters(status.taint)}: {'; '.join(letters)}.",
    ]


def _since(frame: Frame) -> str:
    if frame.status.health is not Health.UNPROTECTED:
        return ""
    return f" for {short(frame.t - frame.status.turned_at)}"


def _sensor(frame: Frame) -> str:
    sensor = frame.status.sensor
    if sensor is None:
        kept_out = [it.name for it in frame.status.parts if it.is_sensor]
        return f"{kept_out[0]} was refused" if kept_out else "no sensor runs"
    if sensor.state is State.RUNNING:
        return f"its sensor runs in ring {sensor.ring}"
    words = sensor.words(frame.t)
    return f"its sensor in ring {sensor.ring} does not run: {words}"


def _where(frame: Frame) -> str:
    verb = "waits for an interrupt" if frame.halted else "executes"
    who = frame.code.module.replace("?", "code of no known module")
    return f"the CPU is in ring {frame.ring}, where {who} {verb}"


def _parts(frame: Frame) -> list[str]:
    """A line for the sensor. Other parts with the same state share a line."""
    sensors = [it for it in frame.status.parts if it.is_sensor]
    said = [f"{it.name}, ring {it.ring}: {it.words(frame.t)}." for it in sensors]
    alike: dict[tuple[int, str], list[str]] = {}
    for part in frame.status.parts:
        if not part.is_sensor:
            key = part.ring, part.words(frame.t)
            alike.setdefault(key, []).append(part.name)
    return said + [
        f"{listed(names)}, ring {ring}: {words}."
        for (ring, words), names in alike.items()
    ]


def _content(frame: Frame) -> list[str]:
    status = frame.status
    said = [f"Content: {status.content}."] if status.content else []
    if status.moved_away:
        said.append(f"Quarantined as {status.moved_away}.")
    return said
