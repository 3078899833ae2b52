"""States of the machines that goals ask for. Each function looks at the newest frames.

They are asked at every new frame, so they look at little.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from minios.lab import content_files, events
from minios.lab.events import Event
from minios.lab.inputs import Push
from minios.machine.events import Door
from minios.session.frames import Frame, Reached
from minios.session.goals.aims import Frames

_PAGE_FAULT: Final = 14
_MANY: Final = 3


def pauses_in_sensor(frames: Frames) -> bool:
    """A machine has come to a chosen place in the code of its sensor."""
    return any(
        isinstance(it.stop, Reached) and it.code.module.startswith("sentinel")
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
    """A machine has just come from ring 3 into the kernel by a page fault."""
    return any(
        it.ring == 0
        and bool(it.crossings.latest)
        and it.crossings.latest[-1].crossing.door is Door.EXCEPTION
        and it.crossings.latest[-1].crossing.vector == _PAGE_FAULT
        for it in frames
    )


def pass_is_over(frames: Frames) -> bool:
    """All machines have come to the end of a slow pass."""
    return all(it.slow_pass is not None and it.slow_pass.is_over for it in frames)


def unharmed_again(frames: Frames) -> bool:
    """A machine that has had a fault is as it was before it, and protected."""
    return any(
        it.origin is not None and not it.status.crashes and it.status.protected
        for it in frames
    )


def one_of_two_stopped(frames: Frames) -> bool:
    """Of two machines of the same model one has stopped; the other got no file."""
    stopped = {it.world for it in frames if it.status.crashes}
    return any(
        it.world in stopped and it.status.protected and not _pushes(it) for it in frames
    )


def two_reasons(frames: Frames) -> bool:
    """A machine has refused files for two reasons."""
    return any(
        len({e.reason for e in it.log if isinstance(e, events.UpdateRefused)}) > 1
        for it in frames
    )


def three_codes(frames: Frames) -> bool:
    """A machine has stopped with three different codes."""
    return any(
        it.status.crashes >= _MANY
        and len({e.code for e in it.log if isinstance(e, events.BugcheckEvent)})
        >= _MANY
        for it in frames
    )


def own_file_stops(frames: Frames) -> bool:
    """A machine has stopped after a push of a file that minios does not bring."""
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
    log = frame.log
    return any(_is_stop(log[at], t) for at in range(len(log) - 1, -1, -1))


def _is_stop(event: Event, t: int) -> bool:
    return isinstance(event, events.BugcheckEvent) and event.t > t
