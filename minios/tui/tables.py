"""What the machine's own tables say: page tables, descriptors, a piece of memory.

Read from the guest's memory whenever it is asked for, so it shows also what a guest has
broken. Left out: global and accessed bits; descriptors beyond the first ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi import memory_map, vectors
from minios.lab import Lab
from minios.machine.paging import LARGE, NO_EXECUTE, PRESENT, USER, WRITE
from minios.machine.segments import Gate, descriptor_base

_FRAME: Final = (1 << 40) - 0x1000
_MEMORY_SHOWN: Final = 512
_GDT_ENTRIES: Final = 10
_SEGMENT_TYPES: Final = {0x9: "TSS", 0xB: "TSS in use", 0x2: "LDT"}
_REGIONS: Final = (
    (memory_map.DEVICE_REGION, "devices"),
    (memory_map.DRIVER_REGION, "drivers"),
    (memory_map.KERNEL_BASE, "kernel"),
    (memory_map.KERNEL_STACKS, "kernel stacks"),
    (memory_map.KERNEL_HEAP, "kernel heap"),
    (memory_map.DIRECT_MAP, "all of RAM"),
    (memory_map.USER_TOP, "nobody's"),
    (memory_map.USER_STACK_TOP - (1 << 30), "user stack"),
    (memory_map.USER_HEAP, "user heap"),
    (memory_map.USER_IMAGE, "program"),
    (0, "low memory"),
)


@dataclass(frozen=True, slots=True)
class Range:
    """Neighbouring pages with the same rights. `end` is the first byte behind it."""

    start: int
    end: int
    rights: str
    region: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything of one moment. `memory` is None where nothing is mapped."""

    pages: tuple[Range, ...]
    gdt: tuple[str, ...]
    idt: tuple[str, ...]
    tss: tuple[str, ...]
    memory_at: int
    memory: bytes | None


def look(lab: Lab, address: int | None) -> Tables:
    """Read them all; memory at an address, or at RSP."""
    registers = lab.machine.registers()
    at = registers["rsp"] if address is None else address
    at &= ~15
    return Tables(
        pages=tuple(_ranges(lab.machine.ram, registers["cr3"])),
        gdt=_gdt(lab, registers["gdtr"]),
        idt=_idt(lab, registers["idtr"]),
        tss=_tss(lab, registers),
        memory_at=at,
        memory=_memory(lab, at),
    )


def _memory(lab: Lab, at: int) -> bytes | None:
    whole = lab.machine.read_virtual(at, _MEMORY_SHOWN)
    return whole or lab.machine.read_virtual(at, min(_MEMORY_SHOWN, 4096 - at % 4096))


# ---- Page tables.


def _ranges(ram: memoryview, cr3: int) -> Iterator[Range]:
    """Neighbours that are mapped alike, together."""
    current: Range | None = None
    for start, size, bits in _leaves(ram.cast("Q"), cr3 & _FRAME, 39, 0, 7):
        rights = "".join(
            letter if there else "-"
            for letter, there in (
                ("r", True),
                ("w", bits & WRITE),
                ("x", not bits & NO_EXECUTE),
                ("u", bits & USER),
            )
        )
        region = next(name for base, name in _REGIONS if start >= base)
        if (
            current is not None
            and current.end == start
            and (current.rights, current.region) == (rights, region)
        ):
            current = Range(current.start, start + size, rights, region)
            continue
        if current is not None:
            yield current
        current = Range(start, start + size, rights, region)
    if current is not None:
        yield current


def _leaves(
    words: memoryview, table: int, shift: int, base: int, above: int
) -> Iterator[tuple[int, int, int]]:
    """Address, size and combined rights of each page below a table."""
    first = table >> 3
    if first + 512 > len(words):
        return
    for index, entry in enumerate(words[first : first + 512].tolist()):
        if not entry & PRESENT:
            continue
        address = base | index << shift
        if shift == 39 and index >= 256:
            address |= 0xFFFF << 48
        bits = above & entry & (PRESENT | WRITE | USER)
        bits |= (above | entry) & NO_EXECUTE
        if shift == 12 or (entry & LARGE and shift in (30, 21)):
            yield address, 1 << shift, bits
        else:
            yield from _leaves(words, entry & _FRAME, shift - 9, address, bits)


# ---- Descriptors.


def _words(lab: Lab, address: int, count: int) -> list[int]:
    data = lab.machine.read_virtual(address, 8 * count) or b""
    return [int.from_bytes(data[n : n + 8], "little") for n in range(0, len(data), 8)]


def _gdt(lab: Lab, base: int) -> tuple[str, ...]:
    lines, words = [], _words(lab, base, _GDT_ENTRIES)
    number = 0
    while number < len(words):
        entry = words[number]
        system = not entry >> 44 & 1
        if entry >> 47 & 1:
            lines.append(f"{number * 8:#04x} {_segment(entry, system=system)}")
        number += 2 if system and entry else 1
    return tuple(lines)


def _segment(entry: int, *, system: bool) -> str:
    ring = entry >> 45 & 3
    if system:
        kind = _SEGMENT_TYPES.get(entry >> 40 & 15, "system")
        return f"{kind}, DPL {ring}, base {descriptor_base(entry):#x}"
    if entry >> 43 & 1:
        width = "64-bit" if entry >> 53 & 1 else "32-bit"
        return f"code {width}, DPL {ring}"
    return f"data, DPL {ring}, {'writable' if entry >> 41 & 1 else 'read only'}"


def _idt(lab: Lab, base: int) -> tuple[str, ...]:
    words = _words(lab, base, 512)
    lines = []
    for vector in range(len(words) // 2):
        gate = Gate.decode(words[2 * vector], words[2 * vector + 1])
        if gate.present:
            place = _symbol(lab, gate.offset)
            ist = f", IST {gate.ist}" if gate.ist else ""
            name = vectors.mnemonic(vector)
            lines.append(f"{vector:3} {name:8} DPL {gate.dpl}{ist}  {place}")
    return tuple(lines)


def _symbol(lab: Lab, address: int) -> str:
    module = lab.module_at(address)
    location = module.locate(address) if module else None
    return f"{location.function}+{location.offset:#x}" if location else f"{address:#x}"


def _tss(lab: Lab, registers: dict[str, int]) -> tuple[str, ...]:
    """The stacks that the CPU takes by itself (SDM vol. 3A, figure 9-11)."""
    selector = registers["tr"] & ~7
    low, high = (*_words(lab, registers["gdtr"] + selector, 2), 0, 0)[:2]
    if not selector or not low >> 47 & 1:
        return ("no task register",)
    base = descriptor_base(low) | (high & 0xFFFFFFFF) << 32
    data = lab.machine.read_virtual(base, 104)
    if data is None:
        return (f"at {base:#x}: not mapped",)

    def word(at: int) -> int:
        return int.from_bytes(data[at : at + 8], "little")

    stacks = [f"RSP{ring} {word(4 + 8 * ring):#x}" for ring in range(3)]
    ists = [f"IST{n} {word(28 + 8 * n):#x}" for n in range(1, 8)]
    used = [it for it in (*stacks, *ists) if not it.endswith(" 0x0")]
    return (f"at {base:#x}", *used)
