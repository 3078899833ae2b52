"""A machine at one moment, as a value that can go to another process.

RAM is kept as pages. Pages that are zero, or that have not changed since the last
snapshot of the same machine, are shared. So a series of snapshots costs only what
changed.

Left out: hardware breakpoints (the debug registers are saved, but not their effect),
and cached page walks. A guest that has changed a page table and has not yet told the
CPU (INVLPG, a write to CR3) may go on with the old page, but not after a restore.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import Final

from minios.machine.disk_image import DiskParts
from minios.machine.memory import PAGE, PhysicalMemory

ZERO_PAGE: Final = bytes(PAGE)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decides what a machine does next.

    Attributes:
        board: name of the board.
        cpu: the CPU's state; only an engine of the same build can read it.
        pages: RAM.
        devices: the state of each device, by name.
        clock: instructions, and skipped ns.
        processor: whether the CPU is halted, and whether an interrupt is pending.
        off: the code with which the guest switched the machine off; None if it is on.
        resets: resets since power on.
        kernel: the ELF file, which a reset loads again.
        command_line: the kernel's command line.
        disk: the arguments of a `DiskImage`; None without a disk.
        told: the breakpoint that was reported last (`breakpoints.py`).
    """

    board: str
    cpu: bytes
    pages: tuple[bytes, ...]
    devices: dict[str, object]
    clock: tuple[int, int]
    processor: tuple[bool, bool]
    off: int | None
    resets: int
    kernel: bytes
    command_line: str
    disk: DiskParts | None
    told: tuple[int, int] | None


def take_pages(memory: PhysicalMemory, known: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """RAM as pages. Pages that are equal to `known` are shared with it."""
    ram = memory.map
    pages = [ZERO_PAGE] * len(known)
    for number, old in compress(enumerate(known), memory.provided()):
        at = number * PAGE
        page = ram[at : at + PAGE]
        if page == old:
            pages[number] = old
        elif page != ZERO_PAGE:
            pages[number] = page
    return tuple(pages)


def put_pages(memory: PhysicalMemory, pages: tuple[bytes, ...]) -> int:
    """Make RAM equal to the pages. Returns how many had to be written.

    Only different pages are written, so unchanged code keeps its translations.
    """
    ram = memory.map
    changed = at = 0
    for page, is_provided in zip(pages, memory.provided(), strict=True):
        if page != (ram[at : at + PAGE] if is_provided else ZERO_PAGE):
            memory.write(at, page)
            changed += 1
        at += PAGE
    return changed


def to_pages(pieces: dict[int, bytes], ram_bytes: int) -> tuple[bytes, ...]:
    """A RAM image from pieces at their addresses; the rest is zero."""
    ram: dict[int, bytearray] = {}
    for address, data in pieces.items():
        done = 0
        while done < len(data):
            page, offset = divmod(address + done, PAGE)
            part = data[done : done + PAGE - offset]
            ram.setdefault(page, bytearray(PAGE))[offset : offset + len(part)] = part
            done += len(part)
    pages = [ZERO_PAGE] * (ram_bytes // PAGE)
    for number, content in ram.items():
        if any(content):
            pages[number] = bytes(content)
    return tuple(pages)
