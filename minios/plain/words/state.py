"""The state of a machine and its parts, and who is in which ring."""

from __future__ import annotations

from minios.lab.quantities import short
from minios.plain.words import doors
from minios.plain.words.text import counted, listed
from minios.session.frames import Frame


def machine(frame: Frame, name: str) -> list[str]:
    """The state of a machine and its parts, as the screen shows it."""
    status = frame.status
    mode = f" in {status.mode} mode" if status.mode else ""
    up = short(max(0, frame.t - status.booted_at))
    deaths = counted(status.deaths, "death")
    crashes = counted(status.crashes, "crash", "crashes")
    return [
        f"{name}: {status.health.value}.",
        f"Boot {status.boot}{mode}, up {up}, {crashes}, {deaths}; {_where(frame)}.",
        *_parts(frame),
        *_content(frame),
    ]


def rings(frame: Frame, name: str) -> list[str]:
    """Who runs in which ring, and the doors between the rings."""
    apps, drivers = (_runners(frame, ring) for ring in (3, 0))
    return [
        f"{name}: {_where(frame)}.",
        f"Ring 3, apps: {apps or 'nobody'}.",
        f"Ring 0: the kernel{f'; {drivers}' if drivers else ', and no driver'}.",
        *doors.in_short(frame.crossings),
    ]


def _where(frame: Frame) -> str:
    verb = "waits for an interrupt" if frame.halted else "executes"
    who = frame.code.module.replace("?", "code of no known module")
    return f"the CPU is in ring {frame.ring}, where {who} {verb}"


def _runners(frame: Frame, ring: int) -> str:
    return "; ".join(
        f"{part.name} {part.words(frame.t)}"
        for part in frame.status.parts
        if part.ring == ring
    )


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
