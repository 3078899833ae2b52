"""Page tables, descriptors and memory: a summary first, then a part in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from minios.abi import vectors
from minios.lab.page_tables import Row
from minios.lab.quantities import listed, size
from minios.machine.paging import LEVELS
from minios.session import tables
from minios.session.frames import Frame
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import counted, letters_in, page_rights
from minios.session.tables import Bytes, IdtRow, Tables, region

TABLES_READ: Final = Reading(
    "tables", lambda it: tables.look(it.lab, it.address, it.before)
)
_PER_ROW: Final = 8
_VECTORS: Final = 256


# ---- Page tables.


def _pages(frame: Frame, _: str) -> Told:
    """What is mapped, by regions; then any region, or the tables that lead there."""
    found = TABLES_READ.found(frame)
    regions = _regions(found)
    if not regions:
        return Told(["No page tables are in use yet."])
    parts = [(words, _runs(found, name)) for name, words in regions.items()]
    return Told(parts=[*parts, ("the tables that lead there", _tree(found))])


def _regions(found: Tables) -> dict[str, str]:
    """A line for each region of the kernel's map of addresses: what is mapped there."""
    said = {}
    for name, rows in _by_region(found).items():
        total = size(sum(row.size for row in rows))
        rights = dict.fromkeys(page_rights(row.rights) for row in rows)
        runs = counted(len(rows), "run of pages", "runs of pages")
        said[name] = (
            f"{name}, {total} from {rows[0].start:#x} in {runs}: {'; '.join(rights)}"
        )
    return said


def _runs(found: Tables, name: str) -> list[str]:
    """A line for every run of pages in a region."""
    return [
        f"{row.start:#x}, {size(row.size)}: {page_rights(row.rights)}, "
        f"physical {row.physical:#x}, {_entries(row)}."
        for row in _by_region(found)[name]
    ]


def _tree(found: Tables) -> list[str]:
    """A line for every entry that leads to another table."""
    return [
        f"{_entries(row)}, for {row.start:#x} and above: leads to the "
        f"{LEVELS[row.level + 1]} at {row.table:#x}, {page_rights(row.rights)}."
        for row in found.tree
        if row.table is not None
    ]


def _by_region(found: Tables) -> dict[str, list[Row]]:
    places: dict[str, list[Row]] = {}
    for row in found.tree:
        if row.table is None:
            places.setdefault(region(row.start), []).append(row)
    return places


def _entries(row: Row) -> str:
    if row.first == row.last:
        return f"{LEVELS[row.level]} entry {row.first}"
    return f"{LEVELS[row.level]} entries {row.first} to {row.last}"


# ---- Descriptors.


def _descriptors(frame: Frame, _: str) -> Told:
    """GDT, TSS and IDT, then any gate by its vector."""
    found = TABLES_READ.found(frame)
    gates = [_gate(found, vector) for vector in range(_VECTORS)]
    return Told(_tables(found), question="Which vector?", answers=gates)


def _tables(found: Tables) -> list[str]:
    """GDT and TSS in full; for the IDT, which vectors have the same kind of gate."""
    said = [
        f"GDT, selector {selector}: {words}."
        for selector, words in (row.split(maxsplit=1) for row in found.gdt)
    ]
    said.append(f"TSS: {', '.join(found.tss)}.")
    said.append(f"IDT: {counted(len(found.gates), 'gate')}.")
    return said + [f"{place}: {kind}." for place, kind in _kinds(found.gates)]


def _gate(found: Tables, vector: int) -> str:
    """One gate of the IDT."""
    row = next((it for it in found.gates if it.vector == vector), None)
    if row is None:
        return f"Vector {vector} has no gate, so to use it is a fault."
    known = vectors.BY_NUMBER.get(vector)
    name = f"{known.mnemonic}, {known.name}" if known else vectors.mnemonic(vector)
    return f"Vector {vector}, {name}: leads to {row.place}, {_kind(row)}."


def _kind(row: IdtRow) -> str:
    who = "open to ring 3" if row.dpl == 3 else f"asked for by ring {row.dpl} only"
    stack = f", on stack IST {row.ist}" if row.ist else ""
    return f"{who}{stack}"


def _kinds(gates: tuple[IdtRow, ...]) -> Iterator[tuple[str, str]]:
    """Gates of the same kind whose vectors follow each other, as one line."""
    placed = enumerate(gates)
    for _, found in groupby(placed, lambda it: (it[1].vector - it[0], _kind(it[1]))):
        run = [row for _, row in found]
        first, final = run[0].vector, run[-1].vector
        one = f"Vector {first}, {vectors.mnemonic(first)}"
        yield one if first == final else f"Vectors {first} to {final}", _kind(run[0])


# ---- Memory.


def memory(found: Tables, heard: Mapping[int, bytes | None]) -> list[str]:
    """Bytes, eight on each line. `heard` are the bytes as they were last printed."""
    said = []
    for piece in found.memory:
        if piece.data is None:
            said.append(f"{piece.address:#x}: nothing is mapped there.")
            continue
        rights = page_rights(piece.rights)
        said.append(f"{piece.address:#x}, {size(len(piece.data))}: {rights}.")
        said += _rows(piece, heard.get(piece.address))
    return said


def _rows(piece: Bytes, before: bytes | None) -> Iterator[str]:
    assert piece.data is not None
    data = piece.data
    places = range(0, len(data), _PER_ROW)
    for blank, run in groupby(places, lambda at: not any(data[at : at + _PER_ROW])):
        rows = list(run)
        if blank:
            first, end = rows[0], min(rows[-1] + _PER_ROW, len(data))
            zeros = counted(end - first, "byte")
            new = _changes(before, data, first, end)
            yield f"{piece.address + first:#x}: {zeros} of zero{new}."
            continue
        for at in rows:
            row = data[at : at + _PER_ROW]
            text = letters_in(row)
            new = _changes(before, data, at, at + _PER_ROW)
            yield (
                f"{piece.address + at:#x}: {row.hex(' ')}"
                f"{f', text {text}' if text else ''}{new}"
            )


def _changes(before: bytes | None, now: bytes, first: int, end: int) -> str:
    """Which bytes have changed since they were last printed."""
    if before is None:
        return ""
    pairs = enumerate(zip(before[first:end], now[first:end], strict=False), 1)
    new = [str(number) for number, (old, value) in pairs if old != value]
    return f", changed: {listed(new)} of these" if new else ""


PAGES: Final = Pane(
    words="page tables",
    more=(
        "You hear all memory that is mapped, by regions. A page has a right only if "
        "every table above it gives that right. An access to an address that is not "
        "mapped is a fault."
    ),
    tell=_pages,
    reading=TABLES_READ,
)
DESCRIPTORS: Final = Pane(
    words="descriptors: GDT, TSS, IDT",
    more=(
        "The CPU reads these three tables by itself. The GDT says what the segment "
        "selectors mean; DPL is the ring. The TSS says which stack the CPU takes for a "
        "fault, an interrupt or int n. A syscall changes no stack: the kernel does "
        "that itself. The IDT says where each fault and interrupt goes, and from which "
        "ring a program may ask for it."
    ),
    tell=_descriptors,
    reading=TABLES_READ,
)
PANES: Final = (PAGES, DESCRIPTORS)
"""Memory is told in another way: plain mode asks for its address first."""
