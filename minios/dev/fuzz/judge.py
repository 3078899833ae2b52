"""What must be true of a machine after a case, whatever the case was.

- Each record belongs to this machine, and none is older than the one before it.
- A process dies in ring 3, and the kernel stops in ring 0.
- Every record has words, and every fault an explanation. Neither raises.
- A dump can be explained, and has the stop code that the kernel told.
- The disk is sound. Clusters that belong to no file are allowed after a crash.
- Code in ring 3 has changed nothing of the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import msgspec

from minios import paths
from minios.abi.disk_layout import DUMP_SECTOR, DUMP_SECTORS
from minios.abi.memory_map import KERNEL_BASE
from minios.disk import find_damage
from minios.dump import parts, post_mortem, records, report
from minios.image import elf
from minios.lab import Event, Lab, events, explain, to_json
from minios.lab.explain import describe

_LOST: Final = "belong to no file"


def problems(lab: Lab, first: int) -> Iterator[str]:
    """What is wrong after the records from number `first` on."""
    seen = lab.events[first:]
    yield from _of_records(lab, seen)
    yield from _of_words(lab, seen)
    yield from _of_dump(lab, seen)
    yield from _of_disk(lab)
    if all(kind.row.ring for kind in lab.setup.plugin_kinds):
        yield from _of_kernel(lab, seen)


def _of_records(lab: Lab, seen: Sequence[Event]) -> Iterator[str]:
    before = (0, 0)
    for event in seen:
        if event.world != lab.model:
            yield f"a record of {event.world}: {event}"
        if (event.t, event.instructions) < before:
            yield f"a record is older than the one before it: {event}"
        before = (event.t, event.instructions)
        if isinstance(event, events.DeathEvent) and event.ring != 3:
            yield f"a process died in ring {event.ring}: {event}"
        if isinstance(event, events.BugcheckEvent):
            if event.ring != 0:
                yield f"the kernel stopped in ring {event.ring}: {event}"
            if event.boot > lab.boots:
                yield f"a bugcheck of boot {event.boot}, but there were {lab.boots}"


def _of_words(lab: Lab, seen: Sequence[Event]) -> Iterator[str]:
    for event in seen:
        msgspec.json.decode(to_json(event))
        if not describe(event) or not str(explain(lab, event)):
            yield f"no words for {event}"


def _of_dump(lab: Lab, seen: Sequence[Event]) -> Iterator[str]:
    written = [it for it in seen if isinstance(it, events.DumpWritten)]
    if not written:
        return
    finding = post_mortem.examine(
        parts.parse(lab.disk().read(DUMP_SECTOR, DUMP_SECTORS))
    )
    msgspec.json.decode(records.to_json(records.record(lab.model, finding)))
    stops = lab.all(events.BugcheckEvent)
    told = [it.code for it in stops if it.t <= written[-1].t][-1:]
    stop = finding.dump.stop
    if not str(report.explanation(finding)) or stop is None or [stop.code] != told:
        yield f"the dump says {stop}, the kernel {told}"


def _of_disk(lab: Lab) -> Iterator[str]:
    for sentence in find_damage(lab.disk()):
        if _LOST not in sentence:
            yield f"the disk is damaged: {sentence}"


def _of_kernel(lab: Lab, seen: Sequence[Event]) -> Iterator[str]:
    """Ring 3 has neither changed the kernel's code and constants nor stopped it."""
    for event in seen:
        if isinstance(event, events.BugcheckEvent | events.ResetEvent):
            yield f"ring 3 has stopped the machine: {describe(event)}"
        if isinstance(event, events.Faulted) and event.ring == 0:
            yield f"ring 3 has made the kernel fault: {describe(event)}"
    for address, data in _constant():
        if lab.machine.ram[address : address + len(data)] != data:
            yield f"the kernel's memory from {address:#x} on has changed"


@cache
def _constant() -> tuple[tuple[int, bytes], ...]:
    """What of the kernel never changes: the physical address, and the bytes."""
    segments = elf.read(paths.KERNEL).segments
    return tuple(
        (it.physical, it.data)
        for it in segments
        if not it.writable and it.virtual >= KERNEL_BASE  # below: only for the boot
    )
