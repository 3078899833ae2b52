"""From which line of source each instruction of an object comes (DWARF).

The compiler writes a *line program* for each unit (section .debug_line). It is a list
of rows: from this address on, this file and this line. In an object no section has an
address yet, so each sequence of rows begins at 0, and a relocation says in which
section that is. Here every section is given an address of its own:

     63              32 31               0
    +------------------+------------------+
    | section's number | byte in section  |
    +------------------+------------------+

The tables come from a stranger and serve for messages alone: if they are wrong or of
another version of DWARF, no lines are known, and the program is read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from elftools.common.exceptions import DWARFError
from elftools.common.utils import struct_parse
from elftools.dwarf.lineprogram import LineProgram
from elftools.dwarf.structs import DWARFStructs

from minios.bpf.elf_tables import Tables
from minios.visible import visible

_SECTION: Final = ".debug_line"
_ADDRESS: Final = 2  # R_BPF_64_ABS64
_VERSION: Final = 4
_MOST_BYTES: Final = 256 << 10
_MOST_ROWS: Final = 1 << 17
_LONGEST_PATH: Final = 120  # a line of the verifier's log has 160 characters
_INSTRUCTION: Final = 8


class Row(NamedTuple):
    """From this instruction of a section on, the code comes from this line."""

    instruction: int
    line: int
    file: str


def read(tables: Tables) -> Mapping[int, tuple[Row, ...]]:
    """The rows of each section by its number; empty if nothing is known."""
    found: dict[int, list[Row]] = {}
    # pyelftools believes the numbers in the file, so it can raise anything.
    with suppress(Exception):
        for section, row in _rows(_addressed(tables)):
            found.setdefault(section, []).append(row)
    return {
        section: tuple(sorted(rows, key=_instruction))
        for section, rows in found.items()
    }


def _instruction(row: Row) -> int:
    return row.instruction


def _addressed(tables: Tables) -> bytes:
    """The line programs, with an address for each section."""
    section = tables.section(_SECTION)
    if section is None or section.size > _MOST_BYTES:
        return b""
    content = bytearray(tables.bytes_of(section))
    for place, relocation in tables.relocations(section).items():
        if relocation.type == _ADDRESS:
            start = int.from_bytes(content[place : place + 8], "little")
            address = relocation.symbol.section << 32 | start + relocation.symbol.value
            content[place : place + 8] = address.to_bytes(8, "little")
    return bytes(content)


def _rows(content: bytes) -> Iterator[tuple[int, Row]]:
    """Each row with the number of its section."""
    count = 0
    for program in _programs(content):
        names = _file_names(program)
        for entry in program.get_entries():
            state = entry.state
            count += 1
            if count > _MOST_ROWS:
                raise DWARFError("too many rows")
            if state is None or state.end_sequence or not 0 < state.line < 1 << 32:
                continue
            section, byte = divmod(state.address, 1 << 32)
            yield section, Row(byte // _INSTRUCTION, state.line, names[state.file])


def _programs(content: bytes) -> Iterator[LineProgram]:
    """The line programs of all units."""
    stream = BytesIO(content)
    structs = DWARFStructs(
        little_endian=True, dwarf_format=32, address_size=8, dwarf_version=_VERSION
    )
    begin = 0
    while begin < len(content):
        header = struct_parse(structs.Dwarf_lineprog_header, stream, begin)
        if header["version"] != _VERSION:
            raise DWARFError("another version of DWARF")
        start = stream.tell()
        begin += header["unit_length"] + structs.initial_length_field_size()
        yield LineProgram(header, stream, structs, start, begin)


def _file_names(program: LineProgram) -> Mapping[int, str]:
    """File number -> path. Both numberings begin at 1, and folder 0 is "."."""
    folders = [b".", *program.header["include_directory"]]
    return {
        number: visible(
            PurePosixPath(folders[entry.dir_index].decode(), entry.name.decode())
        )[-_LONGEST_PATH:]
        for number, entry in enumerate(program.header["file_entry"], start=1)
    }
