"""Text -> bytes of an eBPF program.

    assemble('''
        r2 = *(u64 *)(r1 + 8)        ; a comment
        r0 = 0
        if r2 == 0 goto out          ; a label, or a distance such as +3
        r1 = map[events]             ; a map by its number, or by its name
        call map_lookup_elem         ; a helper by its number, or by its name
    out:
        exit
    ''', maps=("events",))

The forms are those of `instructions.py`. Spaces do not matter. A number is decimal, or
hexadecimal with 0x. `call` with a label calls a function of the program. `.8byte` and a
number are eight bytes as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from minios.abi import bpf
from minios.bpf.instructions import ROWS, Instruction, Row
from minios.errors import ImageError

_NUMBER: Final = r"-?(?:0x[0-9a-fA-F]+|\d+)"
_PATTERNS: Final = {
    "dst": r"\d+",
    "src": r"\d+",
    "imm": _NUMBER,
    "helper": _NUMBER,
    "offset": rf"(?:[+-]{_NUMBER})?",
    "jump": rf"[+-]{_NUMBER}",
    "far": rf"[+-]{_NUMBER}",
    "wide": _NUMBER,
    "next": _NUMBER,
}
_RAW: Final = re.compile(rf"\.8byte({_NUMBER})")
_COMMENT: Final = re.compile(r"(;|//|#).*")
_LABEL: Final = re.compile(r"([A-Za-z_]\w*):(?!:)")
_TO_LABEL: Final = re.compile(r"(.*\b(?:goto|gotol|call)\s+)([A-Za-z_]\w*)")
_NAMED_MAP: Final = re.compile(r"\b(map|value)\s*\[\s*([A-Za-z_]\w*)\s*\]")
_HELPERS: Final = {helper.name: helper.number for helper in bpf.HELPERS}


def _pattern(row: Row) -> re.Pattern[str]:
    """What a line of this form looks like, without spaces."""
    seen: set[str] = set()

    def piece(part: str) -> str:
        if part in seen:
            return f"(?P={part})"
        seen.add(part)
        return f"(?P<{part}>{_PATTERNS[part]})"

    pieces = re.split(r"{(\w+)}", row.text.replace(" ", ""))
    return re.compile(
        "".join(
            piece(it) if number % 2 else re.escape(it)
            for number, it in enumerate(pieces)
        )
    )


_FORMS: Final = tuple((_pattern(row), row) for row in ROWS)


def assemble(text: str, *, maps: Sequence[str] = ()) -> bytes:
    """The bytes of a program.

    Args:
        text: its lines.
        maps: the names of the maps, in the order of their numbers.

    Raises:
        ImageError: a line cannot be read, or a number does not fit, or a name is not
            known; with the number of the line.
    """
    lines, labels = _read(text)
    code = bytearray()
    for number, line in lines:
        here = len(code) // 8
        resolved = _with_numbers(number, line, here, labels, maps)
        code += _encode(number, line, "".join(resolved.split()))
    return bytes(code)


def line_numbers(text: str) -> tuple[int, ...]:
    """Of each instruction of a text: the number of its line, counted from 1.

    An instruction that fills two places stands here twice. Raises ImageError: a label
    stands in the text twice.
    """
    lines, _ = _read(text)
    return tuple(
        number for number, line in lines for _ in range(2 if _is_wide(line) else 1)
    )


def _read(text: str) -> tuple[list[tuple[int, str]], dict[str, int]]:
    """The lines with instructions, with their numbers, and the place of each label."""
    lines: list[tuple[int, str]] = []
    labels: dict[str, int] = {}
    place = 0
    for number, whole in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", whole).strip()
        while found := _LABEL.match(line):
            if found[1] in labels:
                raise _mistake(number, f"the label {found[1]} stands here again")
            labels[found[1]] = place
            line = line[found.end() :].strip()
        if line:
            lines.append((number, line))
            place += 2 if _is_wide(line) else 1
    return lines, labels


def _is_wide(line: str) -> bool:
    """Whether this line fills two places: `r1 = 5 ll`, `map[...]`, `value[...]`."""
    return re.search(rf"({_NUMBER}\s*ll|\[.*)$", line) is not None


def _with_numbers(
    number: int,
    line: str,
    here: int,
    labels: Mapping[str, int],
    maps: Sequence[str],
) -> str:
    """The same line with numbers in place of labels and of names."""
    if found := _TO_LABEL.fullmatch(line):
        name, is_call = found[2], line.startswith("call")
        if name in labels:
            distance = f"{labels[name] - here - 1:+}"
            return f"{found[1]}{'pc' if is_call else ''}{distance}"
        if is_call and name in _HELPERS:
            return f"{found[1]}{_HELPERS[name]}"
        what = "helper or function" if is_call else "label"
        raise _mistake(number, f"there is no {what} {name}")
    if found := _NAMED_MAP.search(line):
        if found[2] not in maps:
            raise _mistake(number, f"there is no map {found[2]}")
        at = maps.index(found[2])
        line = f"{line[: found.start(2)]}{at}{line[found.end(2) :]}"
    if re.search(r"\bvalue\s*\[\s*\w+\s*\]$", line):
        line = f"{line} + 0"
    return line


def _encode(number: int, line: str, bare: str) -> bytes:
    if found := _RAW.fullmatch(bare):
        return _checked(number, found[1], 64).to_bytes(8, "little")
    for pattern, row in _FORMS:
        if parts := pattern.fullmatch(bare):
            return _bytes_of(number, row, parts.groupdict())
    raise _mistake(number, f"{line!r} is no instruction")


def _bytes_of(number: int, row: Row, parts: Mapping[str, str]) -> bytes:
    registers = {it: int(parts.get(it, "0")) for it in ("dst", "src")}
    for register in registers.values():
        if register >= bpf.BPF_REGISTERS:
            raise _mistake(number, f"there is no register {register}")
    offset = parts.get("offset", parts.get("jump"))
    first = parts.get("imm", parts.get("far", parts.get("helper")))
    immediate = row.immediate if first is None else _checked(number, first, 32)
    second = 0
    if "wide" in parts:
        wide = _checked(number, parts["wide"], 64)
        immediate, second = wide & 0xFFFF_FFFF, wide >> 32
    elif "next" in parts:
        second = _checked(number, parts["next"], 32)
    one = Instruction(
        row.opcode,
        registers["dst"],
        registers["src"] if "src" in parts else row.src,
        row.offset if offset is None else _signed(number, offset),
        immediate,
    )
    rest = Instruction(0, immediate=second).pack() if row.is_wide else b""
    return one.pack() + rest


def _checked(number: int, text: str, bits: int) -> int:
    """A number that fits, signed or not, without its sign: -1 becomes all ones."""
    value = _number(text)
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise _mistake(number, f"{text} does not fit into {bits} bits")
    return value & (1 << bits) - 1


def _signed(number: int, text: str) -> int:
    value = _number(text)
    if not -0x8000 <= value < 0x8000:
        raise _mistake(number, f"the distance {text} does not fit into 16 bits")
    return value


def _number(text: str) -> int:
    """`+-3` comes from `+ -3`: the signs are multiplied."""
    sign = -1 if text.count("-") % 2 else 1
    bare = text.lstrip("+-")
    return sign * (int(bare or "0", 16) if bare.startswith("0x") else int(bare or "0"))


def _mistake(number: int, what: str) -> ImageError:
    return ImageError(
        what,
        where=f"line {number}",
        advice="`minios bpf disasm --help` shows how instructions are written",
    )
