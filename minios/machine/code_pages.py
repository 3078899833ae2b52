"""Which pages of RAM the engine may read as code.

The engine reads instructions before it executes them. Some sequences of bytes end the
host's process while the engine reads them (`hazards.py`). So the engine may only read
bytes as code that we have checked. At first all RAM is data. When the engine wants to
read a page as code, it must ask:

                    read as code, nothing deadly in it
    DATA          ------------------------------------>  CODE
    may be stored to   <------------------------------   may be read as code
      |      ^                 stored to
      |      |
      |      '----------------------------------------.
      |            written by a device or the host    |
      |                                               |
      '------------------------------------------->  WATCHED
         read as code, something deadly in it         neither: each byte is checked
         (or the page has changed too often)          when it is read as code, and we
                                                      do each store for the guest

The rights of pages change only between runs, because the engine cannot change them
during one. So the first read from a page ends the run, and the run goes on from the
same place.

A deadly sequence in the middle of another instruction is harmless. Single steps show
whether it is in the middle, and the result is remembered for the bytes that were read.

A sequence can also begin at the end of one page and go on in the next. Any page can
become the next one, because the guest chooses how pages are mapped. So no two pages are
CODE together if the end of one and the beginning of the other make a deadly sequence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from minios.machine import hazards
from minios.machine.instruction import LONGEST

PAGE: Final = 0x1000
_TOO_OFTEN: Final = 16  # times that stores may turn a page of code back into data
_MOST: Final = 512  # pages of code; each one costs the engine time
_MOST_HARMLESS: Final = 4096


class Rights(enum.Enum):
    """What the engine may do with a page without asking."""

    DATA = "load and store"
    CODE = "load and read as code"
    WATCHED = "load"


class Danger(NamedTuple):
    """A deadly sequence that the engine was about to read.

    Attributes:
        start: physical address at which the block begins.
        end: physical address of the last byte of the sequence.
        mode: the mode of the CPU, which decides how long instructions are.
        code: the bytes from the start to the end; empty if the start is not known.
    """

    start: int
    end: int
    mode: int
    code: bytes

    @property
    def distance(self) -> int:
        """Bytes from the start of the block to the sequence; negative if not known."""
        return self.end - self.start


_Unit = tuple[int, int]  # pages that change together: the first, and the one behind
Protect = Callable[[int, int, Rights], None]


class CodePages:
    """The pages of one engine's RAM.

    Attributes:
        rights: the rights of each page, by its number; a missing page is DATA.
        danger: why the last run ended before a block, if it did.
    """

    def __init__(self, ram: memoryview, protect: Protect) -> None:
        """`protect(start, end, rights)` changes the rights of a range of addresses."""
        self._ram = ram
        self._protect = protect
        self._expected: dict[int, _Unit] = {}
        self.rights: dict[int, Rights] = {}
        self._ends: dict[int, bytes] = {}  # of CODE, where a deadly sequence can begin
        self._turns: dict[int, int] = {}
        self._asked: set[int] = set()
        self._wanted: dict[_Unit, Rights] = {}
        self._written: set[_Unit] = set()
        self._harmless: set[tuple[bytes, int]] = set()
        self.danger: Danger | None = None

    def expect(self, start: int, end: int) -> None:
        """Say that a range of addresses contains code. Its pages change together."""
        pages = range(start // PAGE, -(-end // PAGE))
        self._expected.update(dict.fromkeys(pages, (pages.start, pages.stop)))

    # What the engine does.

    def may_read(self, address: int, start: int, mode: int) -> bool:
        """Whether the engine may read a byte as code. The answer must be used.

        Args:
            address: physical, in RAM.
            start: physical address at which the block begins, if that is in the same
                page; anything behind `address` otherwise.
            mode: the mode of the CPU.
        """
        page, at = divmod(address, PAGE)
        if self.rights.get(page) is not Rights.WATCHED:
            self._asked.add(page)
            return False
        latest = self._ram[address - min(at, LONGEST) : address + 1].tobytes()
        deadly = hazards.ends_deadly(latest)
        if at == PAGE - 1:
            deadly |= hazards.begins_deadly(latest)
        if at < LONGEST:  # the engine may come from a page of code
            deadly |= any(hazards.ends_deadly(e + latest) for e in self._ends.values())
        if deadly:
            code = self._bytes(start, address)
            if (code, mode) not in self._harmless:
                self.danger = Danger(start, address, mode, code)
        return self.danger is None

    def stored(self, address: int) -> None:
        """Note that the guest has stored to a page that is not DATA."""
        page = address // PAGE
        if self.rights.get(page) is Rights.CODE:
            self._turns[page] = self._turns.get(page, 0) + 1
            self._wanted[self._unit(page)] = Rights.DATA

    def written(self, start: int, end: int) -> list[int]:
        """Note that a device or the host has written to a range of addresses."""
        rights, first = self.rights, start // PAGE
        if end <= (first + 1) * PAGE and first not in rights:
            return []  # most of what is written
        pages = [p for p in range(first, -(-end // PAGE)) if p in rights]
        for page in pages:
            self._turns.pop(page, None)
            self._written.add(self._unit(page))
        return pages

    def remember_harmless(self, danger: Danger) -> None:
        """Note that single steps from the start have gone past the sequence."""
        if danger.code and len(self._harmless) < _MOST_HARMLESS:
            self._harmless.add((danger.code, danger.mode))

    def is_there(self, danger: Danger) -> bool:
        """Whether the bytes that were read are still at their place."""
        return self._bytes(danger.start, danger.end) == danger.code

    # Between runs.

    @property
    def has_changes(self) -> bool:
        """Whether `settle` has something to do."""
        return bool(self._asked or self._wanted or self._written)

    def settle(self) -> None:
        """Change the rights of pages that were read as code, stored to, or written."""
        were = {unit: self.rights.get(unit[0]) for unit in self._written}
        for unit in were:
            self._note(unit, Rights.DATA)
        for unit, rights in were.items():
            if rights is Rights.CODE and self._may_be_code(unit):
                self._note(unit, rights)  # the engine has it so already
            else:
                self._wanted[unit] = Rights.DATA
        for unit, rights in self._wanted.items():
            self._give(unit, rights)
        for page in self._asked:
            self._give(*self._choice(page))
        self._written.clear()
        self._asked.clear()
        self._wanted.clear()

    def _choice(self, page: int) -> tuple[_Unit, Rights]:
        """Check a page of data that will be read as code, and choose its rights."""
        unit = self._unit(page)
        is_clean = self._may_be_code(unit)
        if not is_clean:
            for number in range(*unit):  # from now on each page for itself
                self._expected.pop(number, None)
            unit = self._unit(page)
            is_clean = self._may_be_code(unit)
        often = self._turns.get(page, 0) > _TOO_OFTEN or len(self.rights) > _MOST
        return unit, Rights.CODE if is_clean and not often else Rights.WATCHED

    def _may_be_code(self, unit: _Unit) -> bool:
        """Whether nothing is deadly in these pages, nor in one of them and CODE."""
        new = range(*unit)
        if any(hazards.has_deadly(self._page(page)) for page in new):
            return False
        code = [page for page, rights in self.rights.items() if rights is Rights.CODE]
        ends = [end for page in new if hazards.begins_deadly(end := self._end(page))]
        return not (
            self._is_deadly(self._ends.values(), new)
            or self._is_deadly(ends, [*code, *new])
        )

    def _is_deadly(self, ends: Collection[bytes], pages: Collection[int]) -> bool:
        """Whether one of the ends is deadly with one of the pages behind it."""
        return bool(ends) and any(
            hazards.has_deadly(end + self._page(page)[:LONGEST])
            for page in pages
            for end in ends
        )

    def _give(self, unit: _Unit, rights: Rights) -> None:
        first, stop = unit
        self._protect(first * PAGE, stop * PAGE, rights)
        self._note(unit, rights)

    def _note(self, unit: _Unit, rights: Rights) -> None:
        for page in range(*unit):
            self.rights[page] = rights
            self._ends.pop(page, None)
            if rights is Rights.DATA:
                del self.rights[page]
            elif rights is Rights.CODE and hazards.begins_deadly(self._end(page)):
                self._ends[page] = self._end(page)

    def _page(self, page: int) -> bytes:
        return self._bytes(page * PAGE, (page + 1) * PAGE - 1)

    def _end(self, page: int) -> bytes:
        return self._page(page)[-LONGEST:]

    def _unit(self, page: int) -> _Unit:
        return self._expected.get(page) or (page, page + 1)

    def _bytes(self, start: int, last: int) -> bytes:
        return self._ram[start : last + 1].tobytes()
