"""The tables of the compiler's ELF file, read without believing any of its numbers.

An eBPF program in C becomes a *relocatable object*: sections with code and data, a
table of symbols, and for each section a table of relocations. A *relocation* says that
an instruction has to be changed as soon as it is known where a symbol is.

    header      which kind of file, and where the section headers are
    sections    name, kind, flags, and where their bytes are
    symbols     name, section, value (where in this section), size
    relocations for a section: place, type, symbol        (SHT_REL: 16 bytes each)

`read` takes bytes from a stranger. A table that does not lie inside the file is refused
by one sentence. Words and numbers: System V ABI, chapter 4 and 5; "ELF for BPF" is in
Linux' Documentation/bpf/llvm_reloc.rst.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NoReturn

from minios.errors import ImageError
from minios.visible import visible

MOST_BYTES: Final = 1 << 20  # of an object; the sensor's has 30 KiB
_MOST_SECTIONS: Final = 128
_LONGEST_NAME: Final = 64
_AGAIN: Final = "Compile it again: `minios bpf compile FILE.c`"

_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_RELOCATION: Final = struct.Struct("<QQ")

_RELOCATABLE: Final = 1  # ET_REL
_MACHINE_BPF: Final = 247  # EM_BPF
_SYMBOLS: Final = 2  # SHT_SYMTAB
_NO_BYTES: Final = 8  # SHT_NOBITS: .bss
_RELOCATIONS_WITH_ADDEND: Final = 4  # SHT_RELA
_RELOCATIONS: Final = 9  # SHT_REL
_WRITABLE, _IN_MEMORY, _CODE = 1, 2, 4  # SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR
_COMPRESSED: Final = 1 << 11  # SHF_COMPRESSED
_FUNCTION: Final = 2  # STT_FUNC
_OBJECT: Final = 1  # STT_OBJECT


@dataclass(frozen=True, slots=True)
class Section:
    """A section. `offset` is where its bytes are in the file."""

    number: int
    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int

    @property
    def is_code(self) -> bool:
        """Whether it holds instructions."""
        return bool(self.flags & _CODE and self.flags & _IN_MEMORY)

    @property
    def is_data(self) -> bool:
        """Whether a program needs it in memory, and it is no code."""
        return bool(self.flags & _IN_MEMORY and not self.flags & _CODE)

    @property
    def is_writable(self) -> bool:
        """Whether a program may write to it."""
        return bool(self.flags & _WRITABLE)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name for a place: `value` counts from the start of its section."""

    name: str
    kind: int
    section: int
    """0: it is not in this file."""
    value: int
    size: int

    @property
    def is_function(self) -> bool:
        """Whether it names a function."""
        return self.kind == _FUNCTION

    @property
    def is_object(self) -> bool:
        """Whether it names a variable."""
        return self.kind == _OBJECT


@dataclass(frozen=True, slots=True)
class Relocation:
    """A place in a section that depends on where a symbol is."""

    place: int
    type: int
    symbol: Symbol


class Tables:
    """What an object file holds. `where` names the file in messages."""

    def __init__(self, content: bytes, where: str) -> None:
        """Read the header and the sections. Raises ImageError."""
        self.where: Final = where
        self.content: Final = content
        if len(content) > MOST_BYTES:
            raise ImageError(
                f"the file has more than {MOST_BYTES >> 10} KiB",
                where=where,
                advice="Make the program smaller: the kernel would not take it either",
            )
        self.sections: Final = self._sections()

    def refuse(self, what: str, advice: str = _AGAIN) -> NoReturn:
        """Raise ImageError about this file."""
        raise ImageError(what, where=self.where, advice=advice)

    def bytes_of(self, section: Section) -> bytes:
        """The bytes of a section; zeros if the file does not store them."""
        if section.size > MOST_BYTES:
            self.refuse(f"its section {section.name!r} has {section.size} bytes")
        if section.kind == _NO_BYTES:
            return bytes(section.size)
        return self.content[section.offset : section.offset + section.size]

    def section(self, name: str) -> Section | None:
        """The first section with this name."""
        return next((it for it in self.sections if it.name == name), None)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol, in the order of the table. Raises ImageError."""
        tables = [it for it in self.sections if it.kind == _SYMBOLS]
        if len(tables) != 1:
            self.refuse(f"the file has {len(tables)} tables of symbols instead of one")
        names = self._linked(tables[0])
        found = []
        for name, info, _, section, value, size in self._rows(tables[0], _SYMBOL):
            shown = self._text(names, name)
            if section < 0xFF00 and section >= len(self.sections):
                self.refuse(f"the symbol {shown!r} is in a section that is not there")
            found.append(Symbol(shown, info & 15, section, value, size))
        return tuple(found)

    def relocations(self, section: Section) -> dict[int, Relocation]:
        """The relocations of a section by their place. Raises ImageError."""
        found: dict[int, Relocation] = {}
        for table in self.sections:
            if table.info != section.number:
                continue
            if table.kind == _RELOCATIONS_WITH_ADDEND:
                self.refuse(f"{visible(table.name)} has relocations with addends")
            if table.kind != _RELOCATIONS:
                continue
            for place, info in self._rows(table, _RELOCATION):
                number, type_ = info >> 32, info & 0xFFFFFFFF
                if number >= len(self.symbols):
                    self.refuse(
                        f"a relocation of {section.name!r} names symbol {number} of"
                        f" {len(self.symbols)}"
                    )
                if place >= section.size:
                    self.refuse(
                        f"a relocation of {section.name!r} is for byte {place} of"
                        f" {section.size}"
                    )
                found[place] = Relocation(place, type_, self.symbols[number])
        return found

    def _sections(self) -> tuple[Section, ...]:
        start, count, names = self._header()
        rows = []
        for number in range(count):
            row = _SECTION.unpack_from(self.content, start + number * _SECTION.size)
            _, kind, flags, _, offset, size, *_ = row
            is_stored = kind not in {0, _NO_BYTES}
            if is_stored and offset + size > len(self.content):
                self.refuse(f"its section {number} does not lie inside the file")
            if flags & _COMPRESSED:
                self.refuse(f"its section {number} is compressed")
            rows.append(row)
        if names >= len(rows):
            self.refuse("the names of its sections are missing")
        table = Section(
            names, "", rows[names][1], 0, rows[names][4], rows[names][5], 0, 0
        )
        return tuple(
            Section(
                number=number,
                name=self._text(table, row[0]),
                kind=row[1],
                flags=row[2],
                offset=row[4],
                size=row[5],
                link=row[6],
                info=row[7],
            )
            for number, row in enumerate(rows)
        )

    def _header(self) -> tuple[int, int, int]:
        """Where the section headers begin, how many, and which one has the names."""
        if len(self.content) < _HEADER.size or self.content[:4] != b"\x7fELF":
            self.refuse("this is no ELF file, or it is cut short")
        identity, type_, machine, *_, start, _, _, _, _, size, count, names = (
            _HEADER.unpack_from(self.content)
        )
        if identity[4:6] != b"\x02\x01":
            self.refuse(
                "the file is not for a 64-bit, little-endian machine",
                "Compile it with `-target bpfel-freestanding`",
            )
        if machine != _MACHINE_BPF or type_ != _RELOCATABLE:
            self.refuse(
                f"this is no eBPF object: its machine is {machine}, its type {type_}",
                "Compile it with `-target bpfel-freestanding -c`",
            )
        if size != _SECTION.size or not 0 < count <= _MOST_SECTIONS:
            self.refuse(f"its {count} section headers of {size} bytes cannot be read")
        if start + count * size > len(self.content):
            self.refuse("the file is cut short: its section headers are missing")
        return start, count, names

    def _rows(self, section: Section, row: struct.Struct) -> Iterator[tuple[int, ...]]:
        """The rows of a table that is a section."""
        content = self.bytes_of(section)
        if len(content) % row.size:
            self.refuse(f"the table {section.name!r} ends in the middle of a row")
        return row.iter_unpack(content)

    def _linked(self, section: Section) -> Section:
        """The table of names that belongs to a table of symbols."""
        if section.link >= len(self.sections):
            self.refuse("the names of its symbols are missing")
        return self.sections[section.link]

    def _text(self, table: Section, at: int) -> str:
        """A name out of a table of names."""
        if at >= table.size or table.kind == _NO_BYTES:
            self.refuse("a name lies outside of the table of names")
        start = table.offset + at
        last = min(start + _LONGEST_NAME + 1, table.offset + table.size)
        end = self.content.find(b"\0", start, last)
        if end < 0:
            self.refuse(f"a name has more than {_LONGEST_NAME} characters")
        name = self.content[start:end]
        if any(not 0x20 <= byte < 0x7F for byte in name):
            self.refuse(
                f"the name {visible(name.decode('latin-1'))!r} has characters that"
                " cannot be printed"
            )
        return name.decode("ascii")
