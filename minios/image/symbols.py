"""Find the function and the line of source for an address.

A crash names an address, but a person wants `evaluate+0x2d (drivers/sentinel/x.c:88)`.
This works for everything that `minios dev build` leaves in `minios/guest/`: the kernel,
programs, extensions, and ring-0 plugins. The addresses of a ring-0 plugin count from
the start of its .text, so the caller gives `base`, where the kernel put it.

The symbol table is read at once, and the line table (DWARF) when a line is first
needed. `load` keeps both, so the next question costs only a binary search.

Invariant: an address that belongs to no function, or to no line, gives None or an empty
file, never its nearest neighbour. Left out: the chain of inlined functions. The line is
the innermost one, and the function is the one that contains the code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from elftools.common.exceptions import DWARFError
from elftools.common.utils import struct_parse
from elftools.construct import Container
from elftools.elf.elffile import ELFFile

from minios.errors import ImageError
from minios.image import elf, line_program

_CACHED_FILES: Final = 32
_MOST_LINES: Final = 1 << 20  # bytes of line tables: the kernel has 141,000
_LONGEST_PATH: Final = 1024
_DWARF: Final = 4


@dataclass(frozen=True, slots=True)
class Location:
    """The place in the source from which an instruction was compiled.

    `file` is relative to the root of the checkout. It is empty, with line 0, if no line
    is known.
    """

    function: str
    offset: int
    file: str
    line: int

    def __str__(self) -> str:
        place = f" ({self.file}:{self.line})" if self.file else ""
        return f"{self.function}+{self.offset:#x}{place}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the line table: the line from this address on; 0 ends a sequence."""

    address: int
    file: str
    line: int


class Symbols:
    """The functions and lines of one image."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Read the symbol table of an image with these bytes.

        `path` names it in messages. Raises ImageError if it is not an ELF file.
        """
        self.path = path
        self._content = content
        image = elf.parse(content, path)
        ends = {
            section.name: section.address + section.size
            for section in image.sections
            if section.executable
        }
        self.functions: Final = tuple(
            sorted(
                (
                    symbol
                    for symbol in image.symbols
                    if symbol.section in ends
                    and (symbol.is_function or symbol.is_global)
                ),
                key=lambda symbol: (symbol.address, symbol.is_function),
            )
        )
        self._starts: Final = [symbol.address for symbol in self.functions]
        self._addresses: Final = {symbol.name: symbol for symbol in image.symbols}
        self._section_ends: Final = ends

    def address(self, name: str) -> int:
        """The address of a symbol.

        Raises ImageError if there is none with this name.
        """
        address = self.find(name)
        if address is None:
            raise ImageError(
                f"the file has no symbol {name!r}",
                where=str(self.path),
                advice="Check its spelling, and that the compiler has not inlined it",
            )
        return address

    def find(self, name: str) -> int | None:
        """The address of a symbol. None if there is none with this name."""
        symbol = self._addresses.get(name)
        return symbol.address if symbol else None

    def function(self, address: int) -> elf.Symbol | None:
        """The function that contains the code at an address."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        symbol = self.functions[index]
        end = symbol.address + symbol.size
        if not symbol.size:
            # Written in assembly: it reaches to the next symbol of its section.
            following = self._starts[index + 1 : index + 2]
            end = min(*following, self._section_ends[symbol.section], 1 << 64)
        return symbol if address < end else None

    def locate(self, address: int, *, base: int = 0) -> Location | None:
        """The place in the source for an address. None if no function contains it."""
        own = address - base
        symbol = self.function(own)
        if symbol is None:
            return None
        row = self._row(own)
        offset = own - symbol.address
        return Location(symbol.name, offset, row.file if row else "", _line(row))

    def lines(self, file: str) -> dict[int, tuple[int, ...]]:
        """Every line of a source file that has code, with its first addresses."""
        found: dict[int, list[int]] = {}
        for row in self._rows:
            if row.file == file and row.line:
                found.setdefault(row.line, []).append(row.address)
        return {line: tuple(addresses) for line, addresses in sorted(found.items())}

    def files(self) -> tuple[str, ...]:
        """The source files from which this image has code."""
        return tuple(sorted({row.file for row in self._rows if row.file}))

    def _row(self, address: int) -> _Row | None:
        index = bisect_right(self._row_starts, address) - 1
        return self._rows[index] if index >= 0 and self._rows[index].line else None

    @cached_property
    def _row_starts(self) -> list[int]:
        return [row.address for row in self._rows]

    @cached_property
    def _rows(self) -> tuple[_Row, ...]:
        """The line tables of all units, in the order of addresses, if they are good."""
        rows: list[_Row] = []
        with suppress(ImageError), elf.told(self.path):
            for header, code in _programs(ELFFile(BytesIO(self._content))):
                rows += _unit_rows(header, code)
        # An end that falls on the next unit's beginning must not hide it.
        return tuple(sorted(rows, key=lambda row: (row.address, bool(row.line))))


@lru_cache(maxsize=_CACHED_FILES)
def _load(path: Path, _changed: int) -> Symbols:
    return Symbols(path, elf.read_bytes(path))


def load(path: Path) -> Symbols:
    """The symbols of an image, kept until the file changes. Raises ImageError."""
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _load(path, changed)


@lru_cache(maxsize=_CACHED_FILES)
def of(name: str, content: bytes) -> Symbols:
    """The symbols of an image that is in memory, such as a student's plugin.

    Raises ImageError, which names the image, if the bytes are not an ELF file.
    """
    return Symbols(Path(name), content)


def _line(row: _Row | None) -> int:
    return row.line if row else 0


def _programs(file: ELFFile) -> Iterator[tuple[Container, bytes]]:
    """The header and the code of all line programs, in the order of the file.

    They are not looked for by way of the units, because a stranger's units could all
    name the same one. Raises DWARFError if there are more than we ever make.
    """
    dwarf = file.get_dwarf_info(follow_links=False)
    table, structs = dwarf.debug_line_sec, dwarf.structs
    if table is None:
        return
    if table.size > _MOST_LINES:
        raise DWARFError(f"{table.size} bytes of line tables are too many")
    begin = 0
    while begin < table.size:
        header = struct_parse(structs.Dwarf_lineprog_header, table.stream, begin)
        if header["version"] != _DWARF:
            raise DWARFError(f"its line table has version {header['version']}")
        start = table.stream.tell()
        begin += header["unit_length"] + structs.initial_length_field_size()
        yield header, table.stream.read(max(0, begin - start))


def _unit_rows(header: Container, code: bytes) -> Iterator[_Row]:
    names = _file_names(header)
    rules = line_program.Rules(
        header["minimum_instruction_length"],
        header["line_base"],
        header["line_range"],
        tuple(header["standard_opcode_lengths"]),
    )
    for row in line_program.rows(code, rules):
        name, line = ("", 0) if row.is_end else (names[row.file], row.line)
        yield _Row(row.address, name, line)


def _file_names(header: Container) -> dict[int, str]:
    """File number -> path (DWARF 4: both numberings begin at 1, directory 0 is ".")."""
    folders = [b".", *header["include_directory"]]
    if any(len(it) > _LONGEST_PATH for it in folders):
        raise DWARFError("the name of a folder is too long")
    return {
        number: str(
            PurePosixPath(folders[entry.dir_index].decode(), entry.name.decode())
        )
        for number, entry in enumerate(header["file_entry"], start=1)
    }
