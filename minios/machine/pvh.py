"""Load a kernel as a PVH loader does (Xen's x86/HVM direct boot ABI).

The kernel is an ELF64 file. Its segments go to their *physical* addresses. A note of
type 18 names the 32-bit entry point. The CPU starts there in 32-bit protected mode,
with paging off, with flat segments, and with the address of this structure in EBX:

     0  magic 0x336ec578    4  version 1       8  flags         12  number of modules
    16  module list        24  command line   32  RSDP          40  memory map
    48  memory map entries 52  reserved

Left out: modules (an initial RAM disk), ACPI tables.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from minios.errors import ImageError

MAGIC: Final = 0x336EC578
START_INFO: Final = 0x6000
MEMORY_MAP: Final = 0x6040
COMMAND_LINE: Final = 0x6100
COMMAND_LINE_MAX: Final = 0xF00
LOW_MEMORY_END: Final = 0x9FC00
HIGH_MEMORY: Final = 0x100000

_PT_LOAD: Final = 1
_PT_NOTE: Final = 4
_PF_X: Final = 1
_NOTE_ENTRY: Final = 18
_NAME: Final = b"Xen\0"
_RAM: Final = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A loadable part of the kernel."""

    physical: int
    virtual: int
    data: bytes
    memory_size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """The parts of a kernel's file that a loader needs."""

    entry: int
    segments: tuple[Segment, ...]


def _bad(what: str) -> ImageError:
    return ImageError(
        what, where="kernel", advice="Build it again with `minios dev build`"
    )


def _notes(data: bytes) -> dict[tuple[bytes, int], bytes]:
    """The notes of one segment, by (name, type)."""
    found = {}
    at = 0
    while at + 12 <= len(data):
        name_size, size, kind = struct.unpack_from("<3I", data, at)
        name_at = at + 12
        desc_at = name_at + (name_size + 3 & ~3)
        found[data[name_at : name_at + name_size], kind] = data[
            desc_at : desc_at + size
        ]
        at = desc_at + (size + 3 & ~3)
    return found


def parse(image: bytes) -> Kernel:
    """Read the ELF64 file of a kernel.

    Raises:
        ImageError: the file is not one, or has no PVH entry.
    """
    if len(image) < 64 or image[:6] != b"\x7fELF\x02\x01":
        raise _bad("this is not an ELF64 file")
    (machine,) = struct.unpack_from("<H", image, 18)
    if machine != 62:
        raise _bad(f"this is a program for machine {machine}, not for x86-64")
    (headers,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<2H", image, 54)
    entry = None
    segments = []
    for number in range(count):
        header = struct.unpack_from("<2I6Q", image, headers + number * size)
        kind, flags, at, virtual, physical, in_file, in_memory, _ = header
        if at + in_file > len(image):
            raise _bad("the file ends before its last segment")
        data = image[at : at + in_file]
        if kind == _PT_LOAD and in_memory:
            segments.append(
                Segment(physical, virtual, data, in_memory, bool(flags & _PF_X))
            )
        elif kind == _PT_NOTE:
            note = _notes(data).get((_NAME, _NOTE_ENTRY))
            entry = None if note is None else int.from_bytes(note[:4], "little")
    if entry is None:
        raise _bad("there is no PVH entry note (Xen, type 18)")
    return Kernel(entry, tuple(segments))


def load(kernel: Kernel, command_line: str, ram_bytes: int) -> dict[int, bytes]:
    """The bytes to put at each physical address; the rest of RAM is zero.

    Raises:
        ImageError: a segment does not fit into RAM, or the command line is too long.
    """
    line = command_line.encode() + b"\0"
    if len(line) > COMMAND_LINE_MAX:
        raise ImageError(
            f"{len(line)} bytes are too many for the kernel's command line",
            advice=f"Use at most {COMMAND_LINE_MAX} bytes",
        )
    ranges = ((0, LOW_MEMORY_END), (HIGH_MEMORY, ram_bytes - HIGH_MEMORY))
    memory_map = b"".join(struct.pack("<2Q2I", *r, _RAM, 0) for r in ranges)
    start_info = struct.pack(
        "<4I4Q2I", MAGIC, 1, 0, 0, 0, COMMAND_LINE, 0, MEMORY_MAP, len(ranges), 0
    )
    pieces = {START_INFO: start_info, MEMORY_MAP: memory_map, COMMAND_LINE: line}
    for segment in kernel.segments:
        end = segment.physical + segment.memory_size
        if segment.physical < HIGH_MEMORY or end > ram_bytes:
            raise _bad(f"segment {segment.physical:#x}..{end:#x} does not fit into RAM")
        pieces[segment.physical] = segment.data
    return pieces
