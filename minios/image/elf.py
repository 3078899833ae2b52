"""The contents of an ELF file as plain values.

pyelftools reads the file. This module turns what minios needs into frozen records, so
that no other module has to know pyelftools. It covers executables (kernel, programs,
extensions) and relocatable files (ring-0 plugins).

Left out: DWARF (see `symbols.py`), relocations (the guest's own loader applies them),
dynamic linking (the guest has none).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.elf.constants import P_FLAGS, SH_FLAGS
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import (
    NoteSection,
    NullSection,
    StringTableSection,
    SymbolTableSection,
)
from elftools.elf.sections import Section as AnySection

from minios.errors import ImageError
from minios.visible import visible

PVH_NOTE_TYPE: Final = 18
"""XEN_ELFNOTE_PHYS32_ENTRY: the 32-bit entry of a PVH kernel (Xen, elfnote.h)."""

_SECTION_HEADER: Final = 64  # bytes
_PROGRAM_HEADER: Final = 56
_SYMBOL: Final = 24
_LONGEST_NAME: Final = 1024  # of a symbol
# Of other kinds pyelftools reads more than it is asked for.
_PLAIN: Final = {
    AnySection,
    NoteSection,
    NullSection,
    RelocationSection,
    StringTableSection,
    SymbolTableSection,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header of type PT_LOAD: bytes of the file, and their address."""

    virtual: int
    physical: int
    memory_size: int
    readable: bool
    writable: bool
    executable: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """A section that takes room in memory (SHF_ALLOC)."""

    name: str
    address: int
    size: int
    writable: bool
    executable: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Symbol:
    """A defined symbol. `section` is empty for an absolute symbol.

    In a relocatable file, `address` counts from the start of its section.
    """

    name: str
    address: int
    size: int
    is_function: bool
    is_global: bool
    section: str


@dataclass(frozen=True, slots=True)
class Elf:
    """A whole ELF file."""

    path: Path
    entry: int
    is_relocatable: bool
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    undefined: tuple[str, ...]
    pvh_entry: int | None

    def section(self, name: str) -> Section | None:
        """The section with this name, or None."""
        return next((s for s in self.sections if s.name == name), None)

    def symbol(self, name: str) -> Symbol | None:
        """The defined symbol with this name; a global one if there are several."""
        found = [symbol for symbol in self.symbols if symbol.name == name]
        return max(found, key=lambda symbol: symbol.is_global, default=None)

    def code(self, name: str) -> bytes:
        """The bytes of a symbol: a function's machine code, a variable's value.

        Raises ImageError if there is no such symbol.
        """
        symbol = self.symbol(name)
        section = self.section(symbol.section) if symbol else None
        if symbol is None or section is None:
            raise ImageError(
                f"the file has no symbol {name!r}",
                where=str(self.path),
                advice="Check its spelling",
            )
        start = symbol.address - section.address
        return section.data[start : start + symbol.size]


def read(path: Path) -> Elf:
    """Read an ELF file. Raises ImageError if it is missing or is not an ELF file."""
    return parse(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """The bytes of a built file. Raises ImageError if it is missing."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            advice="Build it with `minios dev build`",
        ) from error


def parse(content: bytes, path: Path) -> Elf:
    """Read the bytes of an ELF file. `path` names them in messages.

    Raises ImageError if they are not an ELF file.
    """
    with told(path):
        file = ELFFile(BytesIO(content))
        _require_plain(file, len(content))
        symbols, undefined = _symbols(file, len(content))
        return Elf(
            path=path,
            entry=int(file["e_entry"]),
            is_relocatable=file["e_type"] == "ET_REL",
            segments=_segments(file),
            sections=_sections(file),
            symbols=symbols,
            undefined=undefined,
            pvh_entry=_pvh_entry(file),
        )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what pyelftools raises for a malformed file into an ImageError.

    It believes the numbers in the file, so that can be an exception of any kind.
    """
    try:
        yield
    except Exception as error:
        raise ImageError(
            f"the file is not a whole ELF file: {visible(error)}",
            where=str(path),
            advice="Build it again with `minios dev build --force`",
        ) from error


def _require_plain(file: ELFFile, size: int) -> None:
    """Refuse what makes more of a file than its bytes: it could be more than memory.

    That is what is compressed, and parts that share bytes with others.
    """
    if file["e_shentsize"] != _SECTION_HEADER or (
        file["e_phnum"] and file["e_phentsize"] != _PROGRAM_HEADER
    ):
        raise ELFError("its headers have another size")
    left, tables = size, 0
    for section in file.iter_sections():
        if section.compressed or section.name.startswith(".zdebug"):
            raise ELFError(f"the section {section.name!r} is compressed")
        if type(section) not in _PLAIN:
            raise ELFError(f"the section {section.name!r} is of a kind not used here")
        is_stored = section["sh_type"] not in {"SHT_NULL", "SHT_NOBITS"}
        left -= len(section.name) + is_stored * section["sh_size"]
        tables += isinstance(section, SymbolTableSection)
        if left < 0 or tables > 1:
            raise ELFError("its sections share bytes")
    left = size
    for segment in file.iter_segments():
        left -= segment["p_filesz"] * (segment["p_type"] == "PT_LOAD")
        if left < 0 or isinstance(segment, DynamicSegment):
            raise ELFError("its segments share bytes")


def _segments(file: ELFFile) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            virtual=int(header["p_vaddr"]),
            physical=int(header["p_paddr"]),
            memory_size=int(header["p_memsz"]),
            readable=bool(header["p_flags"] & P_FLAGS.PF_R),
            writable=bool(header["p_flags"] & P_FLAGS.PF_W),
            executable=bool(header["p_flags"] & P_FLAGS.PF_X),
            data=header.data(),
        )
        for header in file.iter_segments("PT_LOAD")
    )


def _sections(file: ELFFile) -> tuple[Section, ...]:
    return tuple(
        Section(
            name=section.name,
            address=int(section["sh_addr"]),
            size=int(section["sh_size"]),
            writable=bool(section["sh_flags"] & SH_FLAGS.SHF_WRITE),
            executable=bool(section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR),
            data=b"" if section["sh_type"] == "SHT_NOBITS" else section.data(),
        )
        for section in file.iter_sections()
        if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
    )


def _symbols(file: ELFFile, size: int) -> tuple[tuple[Symbol, ...], tuple[str, ...]]:
    table = file.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return (), ()
    if table["sh_entsize"] != _SYMBOL:
        raise ELFError("its symbols have another size")
    names = [section.name for section in file.iter_sections()]
    left = size
    defined: list[Symbol] = []
    undefined: list[str] = []
    for entry in table.iter_symbols():
        index, kind = entry["st_shndx"], entry["st_info"]["type"]
        left -= len(entry.name)
        if left < 0 or len(entry.name) > _LONGEST_NAME:
            raise ELFError("its symbols share a long name")
        if not entry.name or kind in {"STT_FILE", "STT_SECTION"}:
            continue
        if index == "SHN_UNDEF":
            undefined.append(entry.name)
            continue
        defined.append(
            Symbol(
                name=entry.name,
                address=int(entry["st_value"]),
                size=int(entry["st_size"]),
                is_function=kind == "STT_FUNC",
                is_global=entry["st_info"]["bind"] != "STB_LOCAL",
                section=names[index] if isinstance(index, int) else "",
            )
        )
    return tuple(defined), tuple(undefined)


def _pvh_entry(file: ELFFile) -> int | None:
    """The address in the Xen note that a PVH loader looks for."""
    for section in file.iter_sections("SHT_NOTE"):
        if not isinstance(section, NoteSection):
            continue
        for note in section.iter_notes():
            kind: str | int = note["n_type"]  # a number if pyelftools has no name
            if note["n_name"] == "Xen" and kind == PVH_NOTE_TYPE:
                return int.from_bytes(note["n_descdata"], "little")
    return None
