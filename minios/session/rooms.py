"""The building: who is in which ring, what each does now, and what has failed there.

The rings are drawn and told as a building. Upstairs is ring 3: each process is a room.
In the basement is ring 0: the kernel, every driver, and what the kernel guards. A room
is made from the records of the machine, its latest crossings, and where its CPU is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi import vectors
from minios.lab import linux_words
from minios.lab.events import FaultRecord
from minios.lab.quantities import seconds
from minios.machine.events import Door
from minios.machine.paging import Access
from minios.session import doors
from minios.session.frames import Frame
from minios.session.status import MachinePart, State, Status

FLOORS: Final = {3: "ring 3, upstairs: programs", 0: "ring 0, basement: the kernel"}
KERNEL: Final = "kernel"
SENSOR: Final = "sensor"
_GONE: Final = (State.ENDED, State.REFUSED)
_EXECUTES: Final = ("executes", "executes")
_PAGING: Final = 1 << 31  # CR0.PG
_ACCESSED: Final = {
    Access.READ: "read",
    Access.WRITE: "wrote to",
    Access.FETCH: "jumped to",
}


@dataclass(frozen=True, slots=True)
class Room:
    """A process, a driver or the kernel, as it is now.

    `doing` is what it does or waits for, "" if that is not known, and `brief` the same
    in few words. `fault` is what the CPU refused here, and `notes` say more of the
    room. `is_here` is whether the CPU executes its code, and `is_sensor` whether it is
    the sensor of this machine.
    """

    name: str
    ring: int
    state: State
    doing: str = ""
    brief: str = ""
    fault: str = ""
    notes: tuple[str, ...] = ()
    is_here: bool = False
    is_sensor: bool = False
    is_off: bool = False


def rooms(frame: Frame, ring: int) -> tuple[Room, ...]:
    """The rooms of a floor: kernel and sensor first, and last what has ended."""
    found = [_room(frame, it) for it in frame.status.parts if it.ring == ring]
    found.sort(key=lambda it: (not it.is_sensor, is_empty(it)))
    return (_kernel(frame), *found) if ring == 0 else tuple(found)


def is_empty(room: Room) -> bool:
    """Whether nobody is in this room: its program has ended, or may not run at all."""
    return room.state in _GONE


def guarded(frame: Frame) -> tuple[str, ...]:
    """What only ring 0 may touch: the page tables, and the devices of the board."""
    tables = ("page tables",) if frame.registers.get("cr0", 0) & _PAGING else ()
    return (*tables, *doors.DEVICES)


def _kernel(frame: Frame) -> Room:
    status, stop = frame.status, frame.status.stop
    is_here = frame.ring == 0 and frame.code.module == KERNEL and not status.off
    doing = ("", "")
    if stop is not None:
        doing = linux_words.title(stop), linux_words.title(stop, short=True)
    elif is_here:
        doing = ("waits for an interrupt", "waits") if frame.halted else _EXECUTES
    fault = _fault(status.fault) if status.fault else ""
    return Room(
        KERNEL,
        0,
        State.RUNNING if stop is None else State.STOPPED,
        *doing,
        fault=f"{fault}; the kernel went on" if fault and stop is None else fault,
        notes=(f"boot {status.boot}",) if status.boot else (),
        is_here=is_here and stop is None,
        is_off=status.off,
    )


def _room(frame: Frame, part: MachinePart) -> Room:
    is_off = frame.status.off
    runs = part.state is State.RUNNING and not is_off
    is_here = runs and frame.ring == part.ring and frame.code.module == part.name
    is_sensor = part.is_sensor and part.state is not State.REFUSED
    return Room(
        part.name,
        part.ring,
        part.state,
        *_doing(frame, part, runs=runs, is_here=is_here),
        fault=_fault(part.fault) if part.fault else "",
        notes=(*_before(part), *(_of_sensor(frame.status, part) if is_sensor else ())),
        is_here=is_here,
        is_sensor=is_sensor,
        is_off=is_off,
    )


def _doing(
    frame: Frame, part: MachinePart, *, runs: bool, is_here: bool
) -> tuple[str, str]:
    """What a driver or a process does or waits for, by its latest crossing."""
    if frame.status.off:
        return "switched off", "off"
    if not runs:
        return part.words(frame.t), part.words(frame.t, 1)
    if is_here:
        return _EXECUTES
    if part.ring == 0:
        return "the kernel calls it", ""
    passage = frame.crossings.told.by_program.get(part.name)
    door = None if passage is None else passage.crossing.door
    if passage is not None and door is Door.SYSCALL:
        return f"asked: {passage.asks}", "waits"
    return ("ready to go on", "ready") if door is Door.INTERRUPT else ("", "")


def _before(part: MachinePart) -> tuple[str, ...]:
    """A fault before it was started again."""
    fault = part.died_of
    if fault is None:
        return ()
    return (f"{_named(fault)} at {seconds(fault.t)}, then started again",)


def _of_sensor(status: Status, part: MachinePart) -> tuple[str, ...]:
    """What it reads its rules from, and what was taken away from it."""
    verb = "reads" if part.state is State.RUNNING else "had read"
    content = (f"{verb} {status.content}",) if status.content else ()
    moved = (f"quarantined: {status.moved_away}",) if status.moved_away else ()
    return (*moved, *content)


def _fault(fault: FaultRecord) -> str:
    """What the CPU refused: "page fault here: it read 0x10"."""
    name = _named(fault)
    if fault.address is not None:
        verb = _ACCESSED[Access.of(fault.error_code or 0)]
        return f"{name} here: it {verb} {fault.address}"
    return f"{name} here: {fault.instruction}" if fault.instruction else f"{name} here"


def _named(fault: FaultRecord) -> str:
    known = vectors.BY_NUMBER.get(-1 if fault.vector is None else fault.vector)
    return known.name if known else "fault"
