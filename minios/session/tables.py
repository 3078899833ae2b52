"""What the machine's tables contain: page tables, descriptors, a piece of memory.

They are read from the guest's memory when somebody looks at them, so they also show
what a guest has broken. Global and accessed bits are left out, and so are descriptors
after the first ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi import memory_map, vectors
from minios.lab import Lab, page_tables
from minios.lab.page_tables import Row
from minios.machine.segments import Gate, descriptor_base

_PAGE: Final = memory_map.PAGE_SIZE
_MEMORY_SHOWN: Final = 1024
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
class Bytes:
    """Memory within one page. `data` is None if nothing is mapped there.

    `rights` are the rights of the page. `changed` are the offsets at which the memory
    has changed since it was last read.
    """

    address: int
    rights: str
    data: bytes | None
    changed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class IdtRow:
    """A present gate: its vector, which ring may use it, and where it leads."""

    vector: int
    dpl: int
    ist: int
    place: str

    def __str__(self) -> str:
        ist = f", IST {self.ist}" if self.ist else ""
        name = vectors.mnemonic(self.vector)
        return f"{self.vector:3} {name:8} DPL {self.dpl}{ist}  {self.place}"


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables at one moment."""

    tree: tuple[Row, ...]
    gdt: tuple[str, ...]
    gates: tuple[IdtRow, ...]
    tss: tuple[str, ...]
    memory: tuple[Bytes, ...]


def region(address: int) -> str:
    """What is at an address, by the kernel's map of addresses."""
    return next(name for base, name in _REGIONS if address >= base)


def look(lab: Lab, address: int | None, before: object = None) -> Tables:
    """Read all tables, and the memory at an address, or at RSP if none is given.

    If `before` are tables, too, what has changed in the memory since is marked.
    """
    registers = lab.machine.registers()
    at = registers["rsp"] if address is None else address
    shown = before.memory if isinstance(before, Tables) else ()
    known = {it.address: it.data for it in shown}
    return Tables(
        tree=page_tables.tree(lab.machine.ram, registers["cr3"]),
        gdt=_gdt(lab, registers["gdtr"]),
        gates=_idt(lab, registers["idtr"]),
        tss=_tss(lab, registers),
        memory=tuple(_memory(lab, at & ~15, known)),
    )


def _memory(lab: Lab, at: int, known: dict[int, bytes | None]) -> Iterator[Bytes]:
    end = min(at + _MEMORY_SHOWN, 1 << 64)
    while at < end:
        size = min(end - at, _PAGE - at % _PAGE)
        data = lab.machine.read_virtual(at, size)
        rights = ""
        if data is not None:
            levels = lab.machine.walk(at, ring=0).levels
            rights = page_tables.combined(level.entry for level in levels)
        yield Bytes(at, rights, data, _changes(known.get(at), data))
        at += size


def _changes(before: bytes | None, now: bytes | None) -> frozenset[int]:
    if before is None or now is None or before == now:
        return frozenset()
    pairs = zip(before, now, strict=False)
    return frozenset(n for n, (old, new) in enumerate(pairs) if old != new)


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
            above = words[number + 1] if system and number + 1 < len(words) else 0
            described = _segment(entry, above, system=system)
            lines.append(f"{number * 8:#04x} {described}")
        number += 2 if system and entry else 1
    return tuple(lines)


def _segment(entry: int, above: int, *, system: bool) -> str:
    """Describe a segment. `above` is the second half of a system descriptor."""
    ring = entry >> 45 & 3
    if system:
        kind = _SEGMENT_TYPES.get(entry >> 40 & 15, "system")
        return f"{kind}, DPL {ring}, base {_base(entry, above):#x}"
    if entry >> 43 & 1:
        width = "64-bit" if entry >> 53 & 1 else "32-bit"
        return f"code {width}, DPL {ring}"
    return f"data, DPL {ring}, {'writable' if entry >> 41 & 1 else 'read only'}"


def _base(low: int, high: int) -> int:
    return descriptor_base(low) | (high & 0xFFFFFFFF) << 32


def _idt(lab: Lab, base: int) -> tuple[IdtRow, ...]:
    words = _words(lab, base, 512)
    rows = []
    for vector in range(len(words) // 2):
        gate = Gate.decode(words[2 * vector], words[2 * vector + 1])
        if gate.present:
            place = _symbol(lab, gate.offset)
            rows.append(IdtRow(vector, gate.dpl, gate.ist, place))
    return tuple(rows)


def _symbol(lab: Lab, address: int) -> str:
    module = lab.module_at(address)
    location = module.locate(address) if module else None
    return f"{location.function}+{location.offset:#x}" if location else f"{address:#x}"


def _tss(lab: Lab, registers: dict[str, int]) -> tuple[str, ...]:
    """The stacks that the CPU switches to by itself.

    See Intel SDM vol. 3A, "Task Management in 64-bit Mode".
    """
    selector = registers["tr"] & ~7
    low, high = (*_words(lab, registers["gdtr"] + selector, 2), 0, 0)[:2]
    if not selector or not low >> 47 & 1:
        return ("no task register",)
    base = _base(low, high)
    data = lab.machine.read_virtual(base, 104)
    if data is None:
        return (f"at {base:#x}: not mapped",)

    def word(at: int) -> int:
        return int.from_bytes(data[at : at + 8], "little")

    stacks = [f"RSP{ring} {word(4 + 8 * ring):#x}" for ring in range(3)]
    ists = [f"IST{n} {word(28 + 8 * n):#x}" for n in range(1, 8)]
    used = [it for it in (*stacks, *ists) if not it.endswith(" 0x0")]
    return (f"at {base:#x}", *used)
