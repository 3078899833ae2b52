"""What a kernel holds, counted in its own memory: to find what is left over.

    before = holdings(lab)
    ...
    assert holdings(lab) == before

Frames that the kernel's heap and stacks are made of are not counted: they stay with
the kernel when a block is free again. What they hold is counted in the others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from minios import paths
from minios.abi.memory_map import KERNEL_HEAP, KERNEL_STACKS
from minios.image import layouts
from minios.lab import Lab
from minios.lab.guest_values import Piece, at
from minios.machine.paging import PRESENT

_FRAME: Final = (1 << 52) - 0x1000
_PAGE_LEVEL: Final = 4


@dataclass(frozen=True, slots=True)
class Holdings:
    """Equal before a process starts and after it has ended."""

    heap_bytes: int
    frames: int
    stacks: int
    processes: int
    ports: int
    pipes: int
    open_files: int
    pending_calls: int

    def difference(self, other: Holdings) -> str:
        """Every member that differs, in words; nothing if none does."""
        before, after = asdict(self), asdict(other)
        return ", ".join(
            f"{name.replace('_', ' ')} {before[name]}, then {after[name]}"
            for name in before
            if before[name] != after[name]
        )


def holdings(lab: Lab) -> Holdings:
    """Count. Raises ImageError if the kernel's structures are not known."""
    frames = variable(lab, "memory/frames.c", "untouched").number
    frames -= variable(lab, "memory/frames.c", "returned_count").number
    processes = variable(lab, "tasks/process.c", "processes").items()
    return Holdings(
        heap_bytes=variable(lab, "memory/heap.c", "bytes_in_use").number,
        frames=frames - _own_frames(lab),
        stacks=variable(lab, "tasks/thread.c", "stack_slots").number.bit_count(),
        processes=sum(bool(it.number) for it in processes),
        ports=_length(lab, "ipc/port.c", "ports"),
        pipes=_length(lab, "ipc/pipe.c", "pipes"),
        open_files=_length(lab, "disk/open_files.c", "open_files"),
        pending_calls=_length(lab, "ipc/port.c", "calls"),
    )


def variable(lab: Lab, unit: str, name: str) -> Piece:
    """A variable of the kernel's, as it is now."""
    found = layouts.load(paths.KERNEL).variable(unit, name)
    return at(lab.machine.read_virtual, found.address, found.type)


def _length(lab: Lab, unit: str, name: str) -> int:
    return sum(1 for _ in variable(lab, unit, name).chain("next"))


def _own_frames(lab: Lab) -> int:
    """Pages of the kernel's heap and stacks, and the tables that lead to them."""
    words = lab.machine.ram.cast("Q")
    top = lab.machine.registers()["cr3"] & _FRAME
    regions = (KERNEL_HEAP, KERNEL_STACKS)
    return sum(
        _frames_below(words, words[top // 8 + (region >> 39 & 511)], level=1)
        for region in regions
    )


def _frames_below(words: memoryview, entry: int, level: int) -> int:
    """The frame that an entry leads to, and those that it leads to in turn."""
    if not entry & PRESENT:
        return 0
    if level == _PAGE_LEVEL:
        return 1
    first = (entry & _FRAME) // 8
    entries = words[first : first + 512].tolist()
    return 1 + sum(_frames_below(words, it, level + 1) for it in entries if it)
