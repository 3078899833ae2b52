"""A machine at a moment, as a value that can travel to another process.

RAM is kept as pages; pages that are zero, or unchanged since the last snapshot of the
same machine, are shared, so a series of snapshots costs what changed.

Left out: hardware breakpoints (the debug registers are saved, their effect is not).
And cached page walks: a guest that has changed a page table and has not yet told the
CPU (INVLPG, a write to CR3) may go on with the old page, but not behind a restore.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.machine.disk_image import DiskParts
from minios.machine.memory import PhysicalMemory

PAGE: Final = 0x1000
ZERO_PAGE: Final = bytes(PAGE)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decides what a machine does next.

    Attributes:
        board: name of the board it belongs to.
        cpu: the CPU's state; only an engine of the same build can read it.
        pages: RAM.
        devices: the state of each device by name.
        clock: instructions, skipped ns.
        processor: halted, an interrupt is pending.
        off: what the guest said when it switched the machine off, None if it is on.
        resets: since power on.
        kernel: the ELF file, which a reset loads again.
        command_line: of the kernel.
        disk: what a `DiskImage` is made of, None without a disk.
        told: the breakpoint that it was told to stand at (`breakpoints.py`).
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
    """RAM as pages; those equal to `known` are shared with it."""
    ram = memory.map
    pages = []
    at = 0
    for old in known:
        page = ram[at : at + PAGE]
        if page == old:
            page = old
        elif page == ZERO_PAGE:
            page = ZERO_PAGE
        pages.append(page)
        at += PAGE
    return tuple(pages)


def put_pages(memory: PhysicalMemory, pages: tuple[bytes, ...]) -> int:
    """Make RAM equal to the pages; returns how many had to be written.

    Only those are written, so code that did not change keeps its translations.
    """
    ram = memory.map
    changed = 0
    at = 0
    if memory.is_blank:  # the host need not even provide what is not written
        for number, page in enumerate(pages):
            if page is not ZERO_PAGE:
                memory.write(number * PAGE, page)
                changed += 1
        return changed
    for page in pages:
        if ram[at : at + PAGE] != page:
            memory.write(at, page)
            changed += 1
        at += PAGE
    return changed


def to_pages(pieces: dict[int, bytes], ram_bytes: int) -> tuple[bytes, ...]:
    """A RAM image from what lies where; the rest is zero."""
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
