"""Where one can go back to: before a fault, before an event, to a snapshot.

A crash or a death is reported after its fault is over: by then the kernel has handled
the fault. So "before the fault" is the better moment to look at. There the machine
stands exactly before the instruction that the CPU refuses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minios.lab import events
from minios.lab.events import Decisive, Event
from minios.lab.explain import describe
from minios.lab.quantities import seconds
from minios.lab.recorder import led_to
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session.frames import Frame, Log
from minios.session.orders import Mark
from minios.session.timeline import Entry
from minios.visible import visible


@dataclass(frozen=True, slots=True)
class Target:
    """A moment to go back to.

    Attributes:
        words: what it is, for a list to choose from.
        arrival: what to say there.
        t: the moment, in virtual nanoseconds.
        mark: the snapshot to go back to, if it is one.
    """

    words: str
    arrival: str
    t: int
    mark: Mark | None = None

    @property
    def way(self) -> tuple[int, Mark | None, str]:
        """What `Conductor.go_back` takes."""
        return self.t, self.mark, self.arrival


def fault_of(log: Log[Event], event: Event) -> events.Faulted | None:
    """The fault that led to a crash or a death, or is this event; else None.

    A check of the kernel's own stops the machine without a fault.
    """
    if not isinstance(event, events.FaultRecord) or event.vector is None:
        return None
    faults = (it for it in reversed(log) if isinstance(it, events.Faulted))
    return next((it for it in faults if led_to(it, event)), None)


def targets(
    frames: Sequence[Frame], names: Sequence[str], chosen: Entry | None
) -> tuple[Target, ...]:
    """The moments that are offered, the most useful ones first.

    Of a chosen event: before its fault if it has one, and before the event itself. If
    nothing is chosen: before the fault of each machine's latest crash or death, and all
    snapshots, the newest first.
    """
    if chosen is None:
        return (*_latest_faults(frames, names), *_snapshots(frames, names))
    frame, name = frames[chosen.world], names[chosen.world]
    if chosen.is_mark:
        return (_to_snapshot(frame.mark(chosen.number)),)
    event = frame.log.by_number(chosen.number)
    assert event is not None  # an event that is dropped takes its entry along
    before = Target(
        f"before this event: {visible(describe(event))}",
        f"back before an event of {name}",
        max(0, event.t - NS_PER_INSTRUCTION),
    )
    fault = fault_of(frame.log, event)
    return (before,) if fault is None else _unique(_before_fault(fault, name), before)


def _unique(fault: Target, event: Target) -> tuple[Target, ...]:
    return (fault,) if fault.t == event.t else (fault, event)


def _before_fault(fault: events.Faulted, name: str) -> Target:
    instruction = fault.instruction or "an instruction that cannot be read"
    return Target(
        f"before the fault of {name}, at {seconds(fault.t)}: its next instruction is "
        f"the refused one, {visible(instruction)}",
        f"back before the fault of {name}: next is the refused instruction",
        max(0, fault.t - NS_PER_INSTRUCTION),
    )


def _latest_faults(frames: Sequence[Frame], names: Sequence[str]) -> Iterator[Target]:
    for frame, name in zip(frames, names, strict=True):
        ends = (it for it in reversed(frame.log) if isinstance(it, Decisive))
        fault = next(filter(None, (fault_of(frame.log, it) for it in ends)), None)
        if fault is not None:
            yield _before_fault(fault, name)


def _snapshots(frames: Sequence[Frame], names: Sequence[str]) -> Iterator[Target]:
    """Those of all machines; of one moment and one label, only one.

    What only one machine has is told with its name: "STOP 0x50 (windows)".
    """
    owners: dict[tuple[int, str], list[str]] = defaultdict(list)
    found: dict[tuple[int, str], Mark] = {}
    for frame, name in zip(frames, names, strict=True):
        for mark in frame.marks:
            owners[mark.t, mark.label].append(name)
            found[mark.t, mark.label] = mark
    for key in sorted(found, reverse=True):
        is_of_all = len(owners[key]) == len(frames)
        yield _to_snapshot(found[key], () if is_of_all else owners[key])


def _to_snapshot(mark: Mark, owners: Sequence[str] = ()) -> Target:
    label = visible(mark.label) + (f" ({', '.join(owners)})" if owners else "")
    return Target(
        f"to the snapshot at {seconds(mark.t)}: {label}",
        f"back at the snapshot: {label}",
        mark.t,
        mark,
    )
