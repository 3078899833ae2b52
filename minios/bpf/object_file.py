"""From the compiler's object file to the image that the kernel loads.

    in the object                         in the image
    section "notify/pipe_open"            a program for each of its functions
    section ".text"                       functions: a copy behind each program that
                                          calls them, by itself or through others
    section ".maps"                       a map for each `struct bpf_map`
    sections ".data", ".bss", ".rodata"   a map of the kind DATA for each that is used
    section ".debug_line"                 from which line each instruction comes

The compiler does not know where maps and functions will be. It leaves relocations,
which are resolved here (Linux: Documentation/bpf/llvm_reloc.rst):

    R_BPF_64_64 (1)   `lddw`: the number of a map, or a place in a data section
    R_BPF_64_32 (10)  `call`: the distance to a function

An object may come from a stranger. Whatever is wrong in it is one sentence
(ImageError), and nothing is made. What a program *does* is not looked at: that is the
verifier's part.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from minios.abi import bpf, structures
from minios.bpf import elf_tables, image, source_lines
from minios.bpf.elf_tables import Section, Symbol
from minios.bpf.image import Map, Program, SourceLine

_TEXT: Final = ".text"
_MAPS: Final = ".maps"
_DATA: Final = (".data", ".bss", ".rodata")
_MAP: Final = struct.Struct("<5I")  # struct bpf_map of <minios/bpf.h>
_INSTRUCTION: Final = struct.Struct("<BBhi")
_SIZE: Final = _INSTRUCTION.size
_LOAD_ADDRESS: Final = 0x18  # `lddw`
_CALL: Final = 0x85
_R_BPF_64_64: Final = 1
_R_BPF_64_32: Final = 10
_LONGEST_NAME: Final = structures.NAME_SIZE - 1
_KINDS: Final = {number: name for name, number, _ in bpf.BPF_MAP.rows if name != "DATA"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What an object holds, ready to be written as an image."""

    programs: tuple[Program, ...]
    maps: tuple[Map, ...]


def read(content: bytes, where: str) -> Parts:
    """The programs and maps of an object file.

    `where` names the file in messages. Raises ImageError: what is wrong in it.
    """
    return _Linker(elf_tables.Tables(content, where)).parts()


def to_image(content: bytes, where: str) -> bytes:
    """The image of an object file, as the kernel loads it. Raises ImageError."""
    tables = elf_tables.Tables(content, where)
    parts = _Linker(tables).parts()
    made = image.pack(parts.programs, parts.maps)
    if len(made) > bpf.BPF_IMAGE_BYTES:
        tables.refuse(
            f"its image would have {len(made) >> 10} KiB, and the kernel takes"
            f" {bpf.BPF_IMAGE_BYTES >> 10}",
            "Make the programs or their data smaller",
        )
    return made


@dataclass(frozen=True, slots=True)
class _Function:
    """A function: its name, and the bytes of its section that it has."""

    name: str
    section: int
    start: int
    size: int

    @property
    def count(self) -> int:
        """How many instructions it has."""
        return self.size // _SIZE


class _Linker:
    """Puts the pieces of one object together."""

    def __init__(self, tables: elf_tables.Tables) -> None:
        self._tables: Final = tables
        self._refuse: Final = tables.refuse
        self._used_data: Final[dict[int, int]] = {}
        """Number of a data section -> number of its map."""

    def parts(self) -> Parts:
        """Everything. Raises ImageError."""
        functions = tuple(self._entries())
        if not functions:
            self._refuse(
                "there is no program in it",
                'Write one for a hook: BPF_PROGRAM("notify/pipe_open")',
            )
        if len(functions) > bpf.BPF_PROGRAMS_LIMIT:
            self._refuse(
                f"it has {len(functions)} programs, and the kernel takes"
                f" {bpf.BPF_PROGRAMS_LIMIT}",
                "Spread them over several files",
            )
        maps = [one for _, one in self._maps.values()]  # before the code: sizes first
        programs = tuple(self._program(function) for function in functions)
        maps += [
            self._data_map(self._tables.sections[number]) for number in self._used_data
        ]
        if len(maps) > bpf.BPF_MAPS_LIMIT:
            self._refuse(
                f"it has {len(maps)} maps with its data sections, and the kernel takes"
                f" {bpf.BPF_MAPS_LIMIT}",
                "Use fewer",
            )
        return Parts(programs, tuple(maps))

    # ---- Programs and functions.

    def _entries(self) -> Iterator[_Function]:
        """The functions in the sections of hooks, in the order of the sections."""
        for section in self._tables.sections:
            if not section.is_code or section.name == _TEXT:
                continue
            if section.name not in image.HOOK_NUMBERS and section.size:
                self._refuse(
                    f"there is no hook {section.name!r}",
                    f"Choose one of: {', '.join(image.HOOK_NUMBERS)}",
                )
            found = self._functions(section)
            if section.size and not found:
                self._refuse(f"the section {section.name!r} has code and no function")
            yield from found

    def _functions(self, section: Section) -> list[_Function]:
        """The functions of a section, in their order."""
        found = {}
        for symbol in self._tables.symbols:
            if not symbol.is_function or symbol.section != section.number:
                continue
            self._check_function(symbol, section)
            found[symbol.value] = _Function(
                symbol.name, section.number, symbol.value, symbol.size
            )
        return [found[start] for start in sorted(found)]

    def _check_function(self, symbol: Symbol, section: Section) -> None:
        name = symbol.name
        if not name or len(name) > _LONGEST_NAME or " " in name:
            self._refuse(
                f"the name {name!r} of a function has not 1 to {_LONGEST_NAME}"
                " characters without blanks",
                "Give the function a shorter name",
            )
        if symbol.size == 0:
            self._refuse(f"the function {name!r} has no instructions")
        if symbol.size % _SIZE or symbol.value % _SIZE:
            self._refuse(f"the function {name!r} ends in the middle of an instruction")
        if symbol.value + symbol.size > section.size:
            self._refuse(f"the function {name!r} does not lie inside its section")
        self._check_count(name, symbol.size // _SIZE)

    def _check_count(self, name: str, count: int) -> None:
        if count > bpf.BPF_INSTRUCTIONS_LIMIT:
            self._refuse(
                f"the program {name!r} has {count} instructions, and the kernel takes"
                f" {bpf.BPF_INSTRUCTIONS_LIMIT}",
                "Make it shorter: a loop that the compiler unrolls has much code",
            )

    def _program(self, entry: _Function) -> Program:
        """A program, with every function that it calls behind it."""
        placed = {(entry.section, entry.start): 0}
        queue, code, lines, end = [entry], bytearray(), [], entry.count
        for function in queue:  # it grows while we go through it
            base = len(code) // _SIZE
            own = bytearray(self._code(function))
            for at in self._calls(function, own):
                callee = self._callee(function, at, own)
                key = (callee.section, callee.start)
                if key not in placed:
                    placed[key] = end
                    end += callee.count
                    self._check_count(entry.name, end)
                    queue.append(callee)
                _set(own, at, source=1, immediate=placed[key] - (base + at + 1))
            self._place_data(function, own)
            code += own
            lines += self._lines(function, base)
        return Program(
            entry.name,
            self._tables.sections[entry.section].name,
            bytes(code),
            tuple(lines),
        )

    def _code(self, function: _Function) -> bytes:
        whole = self._tables.bytes_of(self._tables.sections[function.section])
        return whole[function.start : function.start + function.size]

    def _calls(self, function: _Function, code: bytearray) -> list[int]:
        """The places of instructions that call a function of the program."""
        found = []
        relocated = self._relocations[function.section]
        at = 0
        while at < function.count:
            opcode, registers, _, _ = _INSTRUCTION.unpack_from(code, at * _SIZE)
            is_named = function.start + at * _SIZE in relocated
            if opcode == _CALL and (registers >> 4 == bpf.BPF_PSEUDO_CALL or is_named):
                found.append(at)
            at += 2 if opcode == _LOAD_ADDRESS else 1
        return found

    def _callee(self, function: _Function, at: int, code: bytearray) -> _Function:
        """The function that the call at an instruction means."""
        immediate = _INSTRUCTION.unpack_from(code, at * _SIZE)[3]
        place = function.start + at * _SIZE
        relocation = self._relocations[function.section].get(place)
        if relocation is None:
            section = function.section
            start = place + (immediate + 1) * _SIZE
        else:
            symbol = relocation.symbol
            if relocation.type != _R_BPF_64_32:
                self._refuse(
                    f"a call in {function.name!r} has a relocation of type"
                    f" {relocation.type} instead of {_R_BPF_64_32}"
                )
            self._require_section(symbol, function)
            section = symbol.section
            start = symbol.value + (immediate + 1) * _SIZE
        found = self._text_functions.get((section, start))
        if found is None:
            self._refuse(
                f"{function.name!r} calls something that is no function of .text",
                "A program can call its own functions and the helpers",
            )
        return found

    @cached_property
    def _text_functions(self) -> Mapping[tuple[int, int], _Function]:
        return {
            (one.section, one.start): one
            for section in self._tables.sections
            if section.is_code and section.name == _TEXT
            for one in self._functions(section)
        }

    @cached_property
    def _relocations(self) -> Mapping[int, dict[int, elf_tables.Relocation]]:
        found = {
            section.number: self._tables.relocations(section)
            for section in self._tables.sections
            if section.is_code
        }
        for number, places in found.items():
            if any(place % _SIZE for place in places):
                name = self._tables.sections[number].name
                self._refuse(f"a relocation of {name!r} splits an instruction")
        return found

    def _require_section(self, symbol: Symbol, function: _Function) -> Section:
        """The section of a symbol. Raises ImageError if it is not in this file."""
        if not 0 < symbol.section < len(self._tables.sections):
            self._refuse(
                f"{function.name!r} uses {symbol.name!r}, which is not in this file",
                "Define it here: each eBPF object is made from one C file",
            )
        return self._tables.sections[symbol.section]

    # ---- Maps and data.

    @cached_property
    def _maps(self) -> Mapping[tuple[int, int], tuple[int, Map]]:
        """(Section, place in it) -> number of the map, and the map."""
        found: dict[tuple[int, int], Map] = {}
        for symbol in sorted(self._tables.symbols, key=lambda it: it.value):
            if not 0 < symbol.section < len(self._tables.sections):
                continue
            section = self._tables.sections[symbol.section]
            if section.name != _MAPS or not symbol.is_object:
                continue
            found[section.number, symbol.value] = self._map(symbol, section)
        for section in self._tables.sections:
            if section.name == _MAPS and self._tables.relocations(section):
                self._refuse(
                    "a map in .maps holds an address",
                    "Describe each map by a `struct bpf_map` of <minios/bpf.h>",
                )
        return {key: (number, found[key]) for number, key in enumerate(found)}

    def _map(self, symbol: Symbol, section: Section) -> Map:
        name = symbol.name
        if symbol.size != _MAP.size or symbol.value + _MAP.size > section.size:
            self._refuse(
                f"the map {name!r} is no `struct bpf_map`: it has {symbol.size} bytes",
                "Describe each map by a `struct bpf_map` of <minios/bpf.h>",
            )
        if not name or len(name) > _LONGEST_NAME or " " in name:
            self._refuse(
                f"the name {name!r} of a map has not 1 to {_LONGEST_NAME} characters",
                "Give the map a shorter name",
            )
        kind, key, value, entries, flags = _MAP.unpack_from(
            self._tables.bytes_of(section), symbol.value
        )
        if kind not in _KINDS:
            names = ", ".join(f"BPF_MAP_{it}" for it in _KINDS.values())
            self._refuse(
                f"the map {name!r} has the kind {kind}", f"Choose from {names}"
            )
        if wrong := _wrong_sizes(_KINDS[kind], key, value, entries):
            self._refuse(f"the map {name!r} {wrong}", "Change its `struct bpf_map`")
        if flags & ~bpf.BPF_MAP_READ_ONLY:
            self._refuse(f"the map {name!r} has the unknown flags {flags:#x}")
        return Map(name, kind, key, value, entries, flags)

    def _place_data(self, function: _Function, code: bytearray) -> None:
        """Let each `lddw` name a map, or a place in a data section."""
        relocated = self._relocations[function.section]
        half = False
        for at in range(function.count):
            opcode, registers, _, _ = _INSTRUCTION.unpack_from(code, at * _SIZE)
            place = function.start + at * _SIZE
            loads = opcode == _LOAD_ADDRESS and not half
            if loads and place in relocated:
                self._place_one(function, at, code, relocated[place])
            elif loads and registers >> 4:
                self._refuse(
                    f"an `lddw` in {function.name!r} names a map by its number"
                )
            elif place in relocated and (half or opcode != _CALL):
                self._refuse(
                    f"a relocation of {function.name!r} is for instruction {at}, which"
                    " loads no address"
                )
            half = loads

    def _place_one(
        self,
        function: _Function,
        at: int,
        code: bytearray,
        relocation: elf_tables.Relocation,
    ) -> None:
        symbol = relocation.symbol
        section = self._require_section(symbol, function)
        if relocation.type != _R_BPF_64_64 or at + 1 >= function.count:
            self._refuse(
                f"an `lddw` in {function.name!r} has a relocation of type"
                f" {relocation.type} instead of {_R_BPF_64_64}, or no second half"
            )
        place = symbol.value + _INSTRUCTION.unpack_from(code, at * _SIZE)[3]
        if section.name == _MAPS:
            if (section.number, place) not in self._maps:
                self._refuse(f"{function.name!r} uses byte {place} of .maps: no map")
            number = self._maps[section.number, place][0]
            _set(code, at, source=bpf.BPF_PSEUDO_MAP, immediate=number)
            _set(code, at + 1, source=0, immediate=0)
            return
        if not section.is_data or not section.name.startswith(_DATA):
            self._refuse(
                f"{function.name!r} takes the address of something in {section.name!r}",
                "A program can use its maps and its variables; it has no pointers to"
                " functions",
            )
        if not 0 <= place <= section.size:
            self._refuse(f"{function.name!r} uses byte {place} of {section.name!r}")
        number = self._used_data.setdefault(
            section.number, len(self._maps) + len(self._used_data)
        )
        _set(code, at, source=bpf.BPF_PSEUDO_VALUE, immediate=number)
        _set(code, at + 1, source=0, immediate=place)

    def _data_map(self, section: Section) -> Map:
        name = section.name
        if not 0 < section.size <= bpf.BPF_MAP_BYTES:
            self._refuse(
                f"the section {name!r} has {section.size} bytes, and may have"
                f" {bpf.BPF_MAP_BYTES}",
                "Make its variables smaller",
            )
        if self._tables.relocations(section):
            self._refuse(
                f"a variable in {name!r} holds an address",
                "Keep an index instead of a pointer: the kernel relocates no data",
            )
        data = self._tables.bytes_of(section)
        return Map(
            name[:_LONGEST_NAME].replace(" ", "_"),
            "DATA",
            value_size=section.size,
            flags=0 if section.is_writable else bpf.BPF_MAP_READ_ONLY,
            data=data if any(data) else b"",
        )

    # ---- Lines of source.

    def _lines(self, function: _Function, base: int) -> list[SourceLine]:
        """The lines of a function that begins at instruction `base` of its program."""
        first = function.start // _SIZE
        rows = self._rows.get(function.section, ())
        # What stands before the function is in force when it begins.
        begin = bisect_right(rows, first, key=_instruction) - 1
        end = bisect_left(rows, first + function.count, key=_instruction)
        found: dict[int, SourceLine] = {}
        for row in rows[max(begin, 0) : end]:
            at = max(row.instruction - first, 0) + base
            found[at] = SourceLine(at, row.file, row.line)  # the last one counts
        return list(found.values())

    @cached_property
    def _rows(self) -> Mapping[int, tuple[source_lines.Row, ...]]:
        return source_lines.read(self._tables)


def _instruction(row: source_lines.Row) -> int:
    return row.instruction


def _set(code: bytearray, at: int, *, source: int, immediate: int) -> None:
    """Change the source register and the immediate of an instruction."""
    opcode, registers, offset, _ = _INSTRUCTION.unpack_from(code, at * _SIZE)
    registers = registers & 0x0F | source << 4
    _INSTRUCTION.pack_into(code, at * _SIZE, opcode, registers, offset, immediate)


def _wrong_sizes(kind: str, key: int, value: int, entries: int) -> str:
    """What a map of this kind cannot have; "" if all is well."""
    if entries == 0:
        return "has no entries"
    if kind == "RING":
        is_good = not (key or value or entries & (entries - 1))
        if is_good and entries <= bpf.BPF_MAP_BYTES:
            return ""
        return (
            "is a ring buffer: it has neither key nor value, and its bytes are a power"
            f" of 2 up to {bpf.BPF_MAP_BYTES}"
        )
    keys = range(4, 5) if kind == "ARRAY" else range(1, bpf.BPF_KEY_BYTES + 1)
    needed = (key + value) * entries
    checks = (
        (key in keys, f"has a key of {key} bytes, and may have {_span(keys)}"),
        (
            0 < value <= bpf.BPF_VALUE_BYTES,
            f"has values of {value} bytes, and may have 1 to {bpf.BPF_VALUE_BYTES}",
        ),
        (
            needed <= bpf.BPF_MAP_BYTES,
            f"would need {needed} bytes, and may have {bpf.BPF_MAP_BYTES}",
        ),
    )
    return next((wrong for is_good, wrong in checks if not is_good), "")


def _span(numbers: range) -> str:
    """A range in words: "4", or "1 to 64"."""
    last = numbers[-1]
    return str(last) if len(numbers) == 1 else f"{numbers[0]} to {last}"
