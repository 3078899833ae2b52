"""Everything that a machine's page tables map, as pages and as a tree.

    PML4[256]  ffff800000000000  table at 0x101000  rw-u
      PDPT[0]  ffff800000000000  table at 0x102000
        PD[0]  ffff800000000000  table at 0x103000
          PT[0-256]  ffff800000000000  1028 KiB  rw--

The tables are read from the guest's memory as they are. An entry that points out of RAM
ends its branch. A table that contains itself is followed only through the four levels
that the CPU follows (SDM vol. 3A, "4-Level Paging and 5-Level Paging").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from minios.machine.paging import LARGE, LEVELS, NO_EXECUTE, PRESENT, USER, WRITE

_FRAME: Final = (1 << 52) - 0x1000
_ALL: Final = PRESENT | WRITE | USER
_MOST_ROWS: Final = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a table, or several neighbouring entries with the same rights.

    For a table, `rights` are those of this entry. For pages, they are the rights that
    count: a right must be given at every level. `table` is the address of the next
    table, or None for pages. `physical` is the address of the first page.
    """

    level: int
    first: int
    last: int
    start: int
    size: int
    rights: str
    table: int | None
    physical: int

    @property
    def words(self) -> str:
        """The entries and their table: PT[3-9]."""
        span = (
            f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        )
        return f"{LEVELS[self.level]}[{span}]"


def rights(bits: int) -> str:
    """The rights as r, w, x and u, with a dash for each missing one."""
    return "".join(
        letter if there else "-"
        for letter, there in (
            ("r", True),
            ("w", bits & WRITE),
            ("x", not bits & NO_EXECUTE),
            ("u", bits & USER),
        )
    )


def combined(entries: Iterable[int]) -> str:
    """The rights that count after a walk through these entries."""
    bits = _ALL
    for entry in entries:
        bits = _combined(bits, entry)
    return rights(bits)


def tree(ram: memoryview, cr3: int) -> tuple[Row, ...]:
    """Every table and every run of pages. Parents come before their children."""
    rows: list[Row] = []
    for row in _rows(ram.cast("Q"), cr3 & _FRAME, 0, 0, _ALL):
        rows.append(row)
        if len(rows) >= _MOST_ROWS:
            break
    return tuple(rows)


def pages(ram: memoryview, cr3: int) -> Iterator[tuple[int, int, int, int]]:
    """Every page: its address, size, combined rights as bits, and physical address."""
    yield from _pages(ram.cast("Q"), cr3 & _FRAME, 0, 0, _ALL)


def _entries(words: memoryview, table: int) -> list[int]:
    first = table >> 3
    return [] if first + 512 > len(words) else words[first : first + 512].tolist()


def _address(base: int, index: int, level: int) -> int:
    address = base | index << 39 - 9 * level
    return address | 0xFFFF << 48 if level == 0 and index >= 256 else address


def _combined(above: int, entry: int) -> int:
    return above & entry & _ALL | (above | entry) & NO_EXECUTE


def _is_page(entry: int, level: int) -> bool:
    return level == 3 or (level in (1, 2) and bool(entry & LARGE))


def _pages(
    words: memoryview, table: int, level: int, base: int, above: int
) -> Iterator[tuple[int, int, int, int]]:
    for index, entry in enumerate(_entries(words, table)):
        if not entry & PRESENT:
            continue
        address, bits = _address(base, index, level), _combined(above, entry)
        if _is_page(entry, level):
            yield address, 1 << 39 - 9 * level, bits, entry & _FRAME
        else:
            yield from _pages(words, entry & _FRAME, level + 1, address, bits)


def _rows(
    words: memoryview, table: int, level: int, base: int, above: int
) -> Iterator[Row]:
    run: Row | None = None
    for index, entry in enumerate(_entries(words, table)):
        address, bits = _address(base, index, level), _combined(above, entry)
        size = 1 << 39 - 9 * level
        if entry & PRESENT and _is_page(entry, level):
            own = Row(
                level, index, index, address, size, rights(bits), None, entry & _FRAME
            )
            if run is not None and _follows(run, own):
                own = _joined(run, own)
            elif run is not None:
                yield run
            run = own
            continue
        if run is not None:
            yield run
            run = None
        if entry & PRESENT:
            below = entry & _FRAME
            yield Row(level, index, index, address, size, rights(entry), below, below)
            yield from _rows(words, below, level + 1, address, bits)
    if run is not None:
        yield run


def _follows(run: Row, own: Row) -> bool:
    return run.last + 1 == own.first and run.rights == own.rights


def _joined(run: Row, own: Row) -> Row:
    return Row(
        run.level,
        run.first,
        own.last,
        run.start,
        run.size + own.size,
        run.rights,
        None,
        run.physical,
    )
