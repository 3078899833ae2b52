"""Images: the files in which eBPF programs reach the kernel.

    watch = Program("watch", "notify/pipe_open", code)
    seen = Map("seen", "HASH", key_size=8, value_size=8, entries=64)
    image.pack([watch], [seen])

`minios/abi/bpf.py` draws the layout. `pack` checks only what it could not write.
Whether a program may run is the kernel's question, and tests ask it with bad ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import bpf, structures
from minios.errors import ImageError

HOOK_NUMBERS: Final = {
    "test": bpf.BPF_HOOK["TEST"],
    **{hook.name: bpf.BPF_HOOK[hook.constant] for hook in bpf.HOOKS},
}
"""Hooks by the names that stand in sources: "notify/pipe_open"."""

_ALIGNMENT: Final = 8


@dataclass(frozen=True, slots=True)
class SourceLine:
    """From which line of source an instruction comes, and those after it.

    `instruction` counts from the program's first one.
    """

    instruction: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its name, its hook (a key of HOOK_NUMBERS, or a number), its code."""

    name: str
    hook: str | int
    code: bytes
    lines: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """A map. `kind` is a name of BPF_MAP, or a number; sizes are in bytes.

    `data` is what a map of the kind DATA holds at the beginning; the rest of its value
    is 0.
    """

    name: str
    kind: str | int
    key_size: int = 0
    value_size: int = 0
    entries: int = 1
    flags: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Image:
    """What is in an image."""

    programs: tuple[Program, ...]
    maps: tuple[Map, ...]


def pack(programs: Sequence[Program], maps: Sequence[Map] = ()) -> bytes:
    """Write an image.

    Raises ImageError: a hook or a kind of map is not known, a number does not fit into
    its field, or the code is no whole number of instructions.
    """
    rows, code, lines, texts = bytearray(), bytearray(), bytearray(), _Texts()
    for program in programs:
        first, rest = divmod(len(code), bpf.BPF_INSTRUCTION.size)
        count, rest = divmod(len(program.code), bpf.BPF_INSTRUCTION.size)
        if rest:
            raise ImageError(
                f"{len(program.code)} bytes are no whole number of instructions",
                where=program.name,
            )
        rows += bpf.BPF_IMAGE_PROGRAM.pack(
            name=_name(program.name),
            hook=_hook(program),
            first=first,
            count=count,
        )
        for line in program.lines:
            lines += bpf.BPF_IMAGE_LINE.pack(
                instruction=first + line.instruction,
                line=line.line,
                file=texts.place(line.file),
            )
        code += program.code
    map_rows, data = _map_rows(maps)
    body = b"".join((rows, map_rows, code, lines, data, texts.padded))
    header = bpf.BPF_IMAGE.pack(
        magic=bpf.BPF_IMAGE_MAGIC,
        version=bpf.BPF_IMAGE_VERSION,
        size=bpf.BPF_IMAGE.size + len(body),
        checksum=zlib.crc32(body),
        program_count=len(programs),
        map_count=len(maps),
        instruction_count=len(code) // bpf.BPF_INSTRUCTION.size,
        line_count=len(lines) // bpf.BPF_IMAGE_LINE.size,
        data_bytes=len(data),
        text_bytes=len(texts.padded),
    )
    return header + body


def unpack(data: bytes) -> Image:
    """Read an image, to show it. The lines of source are left out.

    Raises ImageError: it is none, or it is damaged.
    """
    header = _header(data)
    reader = _Reader(data, bpf.BPF_IMAGE.size)
    programs = reader.rows(bpf.BPF_IMAGE_PROGRAM, header["program_count"])
    maps = reader.rows(bpf.BPF_IMAGE_MAP, header["map_count"])
    size = bpf.BPF_INSTRUCTION.size
    code = reader.take(header["instruction_count"] * size)
    reader.take(header["line_count"] * bpf.BPF_IMAGE_LINE.size)
    values = reader.take(header["data_bytes"])
    return Image(
        tuple(
            Program(
                str(row["name"]),
                _number(row, "hook"),
                _piece(
                    code, _number(row, "first") * size, _number(row, "count") * size
                ),
            )
            for row in programs
        ),
        tuple(
            Map(
                str(row["name"]),
                _number(row, "kind"),
                _number(row, "key_size"),
                _number(row, "value_size"),
                _number(row, "entries"),
                _number(row, "flags"),
                _piece(values, _number(row, "data"), _number(row, "data_size")),
            )
            for row in maps
        ),
    )


class _Texts:
    """The names of files, each once, with its NUL."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Where a text stands; it is added if it is new."""
        if text not in self._places:
            self._places[text] = len(self._bytes)
            self._bytes += text.encode("ascii", "replace") + b"\0"
        return self._places[text]

    @property
    def padded(self) -> bytes:
        """All texts."""
        return _padded(bytes(self._bytes))


class _Reader:
    """The parts of an image, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def take(self, size: int) -> bytes:
        """The next bytes. Raises ImageError if there are not so many."""
        part = _piece(self._data, self._at, size)
        self._at += size
        return part

    def rows(
        self, structure: structures.Structure, count: int
    ) -> list[dict[str, int | str | tuple[int, ...]]]:
        """The next structures of one kind."""
        part = self.take(count * structure.size)
        return [
            structure.unpack(part[at : at + structure.size])
            for at in range(0, len(part), structure.size)
        ]


def _header(data: bytes) -> dict[str, int]:
    size = bpf.BPF_IMAGE.size
    if len(data) < size:
        raise _damaged("it is shorter than its header")
    found = bpf.BPF_IMAGE.unpack(data[:size])
    header = {name: _number(found, name) for name in found}
    if header["magic"] != bpf.BPF_IMAGE_MAGIC:
        raise _damaged("it does not begin with the mark of an image")
    if header["version"] != bpf.BPF_IMAGE_VERSION:
        raise _damaged(f"its version is {header['version']}")
    if header["size"] != len(data) or zlib.crc32(data[size:]) != header["checksum"]:
        raise _damaged("its size or its checksum is wrong")
    return header


def _piece(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise _damaged("a part of it lies outside")
    return data[at : at + size]


def _damaged(what: str) -> ImageError:
    return ImageError(
        f"this is no image of eBPF programs: {what}",
        advice="Make a new one",
    )


def _number(row: dict[str, int | str | tuple[int, ...]], name: str) -> int:
    value = row[name]
    assert isinstance(value, int)
    return value


def _hook(program: Program) -> int:
    if isinstance(program.hook, int):
        return program.hook
    if program.hook not in HOOK_NUMBERS:
        raise ImageError(
            f"there is no hook {program.hook!r}",
            where=program.name,
            advice=f"Choose one of: {', '.join(HOOK_NUMBERS)}",
        )
    return HOOK_NUMBERS[program.hook]


def _map_rows(maps: Sequence[Map]) -> tuple[bytes, bytes]:
    rows, data = bytearray(), bytearray()
    for one in maps:
        sizes = (one.key_size, one.value_size, one.entries, one.flags)
        if any(not 0 <= size < 1 << 32 for size in sizes):
            raise ImageError("a size does not fit into 32 bits", where=one.name)
        rows += bpf.BPF_IMAGE_MAP.pack(
            name=_name(one.name),
            kind=_kind(one),
            key_size=one.key_size,
            value_size=one.value_size,
            entries=one.entries,
            flags=one.flags,
            data=len(data),
            data_size=len(one.data),
        )
        data += _padded(one.data)
    return bytes(rows), bytes(data)


def _kind(one: Map) -> int:
    if isinstance(one.kind, int):
        return one.kind
    names = [name for name, _, _ in bpf.BPF_MAP.rows]
    if one.kind not in names:
        raise ImageError(
            f"there is no kind of map {one.kind!r}",
            where=one.name,
            advice=f"Choose one of: {', '.join(names)}",
        )
    return bpf.BPF_MAP[one.kind]


def _name(name: str) -> bytes:
    """As bytes. What is no ASCII becomes a sign that the kernel refuses."""
    return name.encode("ascii", "replace")


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)
