"""Bytes of eBPF programs as text, one line for each instruction.

    0: r1 = *(u64 *)(r1 + 8)
    1: if r1 != 0 goto +1
    2: exit

What is no instruction is shown as `.8byte` and its number, so that nothing is lost:
`assembly.py` makes the same bytes of every text from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minios.abi import bpf
from minios.bpf import instructions
from minios.bpf.instructions import INSTRUCTION_BYTES, Instruction, Row
from minios.errors import ImageError


@dataclass(frozen=True, slots=True)
class Line:
    """One instruction in text.

    Attributes:
        number: its place in the program. `lddw` fills two places.
        raw: its bytes, 8 or 16.
        text: how it is written.
        target: where it may jump to, or which function it calls; None without a jump.
        row: its row of the table, None if it is no instruction.
    """

    number: int
    raw: bytes
    text: str
    target: int | None = None
    row: Row | None = None


def disassemble(code: bytes) -> tuple[Line, ...]:
    """All instructions of a program.

    Raises ImageError: the bytes are not a whole number of instructions.
    """
    if len(code) % INSTRUCTION_BYTES:
        raise ImageError(
            f"{len(code)} bytes are not a whole number of instructions",
            advice=f"Each instruction has {INSTRUCTION_BYTES} bytes",
        )
    return tuple(_lines(code))


def _lines(code: bytes) -> Iterator[Line]:
    number, end = 0, len(code) // INSTRUCTION_BYTES
    while number < end:
        line = _line(code, number)
        yield line
        number += len(line.raw) // INSTRUCTION_BYTES


def _line(code: bytes, number: int) -> Line:
    at = number * INSTRUCTION_BYTES
    one = instructions.unpack(code, number)
    row = instructions.row_of(one)
    places = 2 if row is not None and row.is_wide else 1
    raw = code[at : at + places * INSTRUCTION_BYTES]
    second = _second(raw) if places == 2 else Instruction(0)
    if row is None or second is None:
        raw = raw[:INSTRUCTION_BYTES]
        return Line(number, raw, f".8byte {int.from_bytes(raw, 'little'):#018x}")
    if row.name == "LDDW MAP" and second.immediate:
        return Line(
            number, raw[:8], f".8byte {int.from_bytes(raw[:8], 'little'):#018x}"
        )
    return Line(number, raw, _text(row, one, second), _target(row, one, number), row)


def _second(raw: bytes) -> Instruction | None:
    """The second half of `lddw`. None if it is not there, or is none."""
    if len(raw) < 2 * INSTRUCTION_BYTES:
        return None
    second = instructions.unpack(raw, 1)
    return second if second[:4] == (0, 0, 0, 0) else None


def _text(row: Row, one: Instruction, second: Instruction) -> str:
    wide = (second.immediate & 0xFFFF_FFFF) << 32 | one.immediate & 0xFFFF_FFFF
    return row.text.format(
        dst=one.dst,
        src=one.src,
        imm=one.immediate,
        helper=one.immediate,
        offset=f"{'-' if one.offset < 0 else '+'} {abs(one.offset)}",
        jump=f"{one.offset:+}",
        far=f"{one.immediate:+}",
        wide=f"{wide:#x}",
        next=second.immediate,
    )


def _target(row: Row, one: Instruction, number: int) -> int | None:
    if "jump" in row.parts:
        return number + 1 + one.offset
    return number + 1 + one.immediate if "far" in row.parts else None


def listing(code: bytes) -> Iterator[str]:
    """The lines of a program for a person: number, text, target, name of the helper."""
    for line in disassemble(code):
        words = ""
        if line.target is not None:
            words = f"to {line.target}"
        elif line.row is not None and "helper" in line.row.parts:
            number = instructions.unpack(line.raw).immediate
            words = _HELPERS.get(number, "no such helper")
        yield f"{line.number:5}: {line.text:44} {words}".rstrip()


_HELPERS = {helper.number: helper.name for helper in bpf.HELPERS}
