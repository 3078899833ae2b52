"""The instructions of eBPF as a table: number, name, group, and how they are written.

Source: RFC 9669, "BPF Instruction Set Architecture (ISA)", sections 4 and 5. The group
is the *conformance group* (section 2.4): an implementation says which groups it knows.
Where the RFC's appendix and its text differ, the text is right, as the RFC says.

The form of an instruction in text shows which parts it has:

    r{dst} += {imm}                       the destination register, and the immediate
    r{dst} = *(u32 *)(r{src} {offset})    a register, and a place beside where it points
    if r{dst} > r{src} goto {jump}        a distance, in the field `offset`
    gotol {far}                           a distance, in the immediate
    r{dst} = {wide} ll                    a 64-bit number: two immediates
    r{dst} = value[{imm}] + {next}        two immediates that mean different things

A part that the form does not show is fixed: the row says its value, and without a word
it is 0. Two instructions may have the same opcode, and differ in such a part.

Left out: packet instructions (historical), and forms of `lddw` and of `call` that need
type information (BTF).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from minios.abi import bpf

INSTRUCTION_BYTES: Final = bpf.BPF_INSTRUCTION.size
_PARTS: Final = re.compile(r"{(\w+)}")


class Instruction(NamedTuple):
    """The five parts of eight bytes. `offset` and `immediate` are signed."""

    opcode: int
    dst: int = 0
    src: int = 0
    offset: int = 0
    immediate: int = 0

    def pack(self) -> bytes:
        """As eight bytes."""
        return bpf.BPF_INSTRUCTION.pack(
            opcode=self.opcode,
            registers=self.src << 4 | self.dst,
            offset=self.offset & 0xFFFF,
            immediate=self.immediate & 0xFFFF_FFFF,
        )


def unpack(data: bytes, number: int = 0) -> Instruction:
    """The instruction at this place of a program."""
    at = data[number * INSTRUCTION_BYTES : (number + 1) * INSTRUCTION_BYTES]
    return Instruction(
        at[0],
        at[1] & 15,
        at[1] >> 4,
        int.from_bytes(at[2:4], "little", signed=True),
        int.from_bytes(at[4:8], "little", signed=True),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction.

    Attributes:
        name: a short name, in capitals as in the RFC: "ADD64 X".
        opcode: the first byte.
        group: its conformance group.
        text: its form in text.
        src, offset, immediate: the value of these parts where the form does not show
            them.
    """

    name: str
    opcode: int
    group: str
    text: str
    src: int = 0
    offset: int = 0
    immediate: int = 0

    @property
    def parts(self) -> frozenset[str]:
        """The parts that the form shows."""
        return frozenset(_PARTS.findall(self.text))

    @property
    def is_wide(self) -> bool:
        """Whether it fills two places."""
        return self.opcode == LDDW

    def is_of(self, one: Instruction) -> bool:
        """Whether these eight bytes are this one, with nothing undefined set."""
        shown = self.parts
        return (
            one.opcode == self.opcode
            and one.dst < bpf.BPF_REGISTERS
            and (one.dst == 0 or "dst" in shown)
            and (one.src < bpf.BPF_REGISTERS if "src" in shown else one.src == self.src)
            and (bool(shown & {"offset", "jump"}) or one.offset == self.offset)
            and (
                bool(shown & {"imm", "far", "wide", "helper"})
                or one.immediate == self.immediate
            )
        )


LDDW: Final = bpf.BPF_SIZE["DW"]  # class LD, mode IMM
_REGISTER: Final = bpf.BPF_SOURCE["REGISTER"]
_OPERATORS: Final = (
    ("ADD", "+=", "base"),
    ("SUB", "-=", "base"),
    ("MUL", "*=", "divmul"),
    ("DIV", "/=", "divmul"),
    ("OR", "|=", "base"),
    ("AND", "&=", "base"),
    ("LSH", "<<=", "base"),
    ("RSH", ">>=", "base"),
    ("MOD", "%=", "divmul"),
    ("XOR", "^=", "base"),
    ("MOV", "=", "base"),
    ("ARSH", "s>>=", "base"),
)
_SIGNED: Final = (("SDIV", "DIV", "s/="), ("SMOD", "MOD", "s%="))
_COMPARISONS: Final = (
    ("JEQ", "=="),
    ("JGT", ">"),
    ("JGE", ">="),
    ("JSET", "&"),
    ("JNE", "!="),
    ("JSGT", "s>"),
    ("JSGE", "s>="),
    ("JLT", "<"),
    ("JLE", "<="),
    ("JSLT", "s<"),
    ("JSLE", "s<="),
)
_WIDTHS: Final = {"B": 8, "H": 16, "W": 32, "DW": 64}
_ATOMICS: Final = (("ADD", "+="), ("OR", "|="), ("AND", "&="), ("XOR", "^="))


def _arithmetic() -> Iterator[Row]:
    for width, kind, letter in ((32, "ALU", "w"), (64, "ALU64", "r")):
        code = bpf.BPF_CLASS[kind]
        for name, sign, group in _OPERATORS:
            at = code | bpf.BPF_ALU[name]
            left, which = f"{letter}{{dst}} {sign} ", f"{group}{width}"
            yield Row(f"{name}{width} K", at, which, f"{left}{{imm}}")
            yield Row(
                f"{name}{width} X", at | _REGISTER, which, f"{left}{letter}{{src}}"
            )
        for name, plain, sign in _SIGNED:
            at = code | bpf.BPF_ALU[plain]
            left, which = f"{letter}{{dst}} {sign} ", f"divmul{width}"
            yield Row(f"{name}{width} K", at, which, f"{left}{{imm}}", offset=1)
            yield Row(
                f"{name}{width} X",
                at | _REGISTER,
                which,
                f"{left}{letter}{{src}}",
                offset=1,
            )
        for bits in (8, 16, 32)[: 2 if width == 32 else 3]:
            yield Row(
                f"MOVSX{width} {bits}",
                code | bpf.BPF_ALU["MOV"] | _REGISTER,
                f"base{width}",
                f"{letter}{{dst}} = (s{bits}){letter}{{src}}",
                offset=bits,
            )
        text = f"{letter}{{dst}} = -{letter}{{dst}}"
        yield Row(f"NEG{width}", code | bpf.BPF_ALU["NEG"], f"base{width}", text)


def _byte_order() -> Iterator[Row]:
    for name, kind, source in (
        ("LE", "ALU", 0),
        ("BE", "ALU", _REGISTER),
        ("BSWAP", "ALU64", 0),
    ):
        at = bpf.BPF_CLASS[kind] | bpf.BPF_ALU["END"] | source
        for bits in (16, 32, 64):
            yield Row(
                f"{name}{bits}",
                at,
                "base64" if bits == 64 else "base32",
                f"r{{dst}} = {name.lower()}{bits} r{{dst}}",
                immediate=bits,
            )


def _jumps() -> Iterator[Row]:
    jump, jump32 = bpf.BPF_CLASS["JMP"], bpf.BPF_CLASS["JMP32"]
    yield Row("JA", jump | bpf.BPF_JUMP["JA"], "base32", "goto {jump}")
    yield Row("JA32", jump32 | bpf.BPF_JUMP["JA"], "base32", "gotol {far}")
    for width, code, letter in ((32, jump32, "w"), (64, jump, "r")):
        for name, sign in _COMPARISONS:
            at = code | bpf.BPF_JUMP[name]
            left, group = f"if {letter}{{dst}} {sign}", f"base{width}"
            yield Row(f"{name}{width} K", at, group, f"{left} {{imm}} goto {{jump}}")
            yield Row(
                f"{name}{width} X",
                at | _REGISTER,
                group,
                f"{left} {letter}{{src}} goto {{jump}}",
            )
    call = jump | bpf.BPF_JUMP["CALL"]
    yield Row("CALL", call, "base32", "call {helper}")
    yield Row("CALL LOCAL", call, "base32", "call pc{far}", src=bpf.BPF_PSEUDO_CALL)
    yield Row("EXIT", jump | bpf.BPF_JUMP["EXIT"], "base32", "exit")


def _memory() -> Iterator[Row]:
    for size, bits in _WIDTHS.items():
        at = bpf.BPF_SIZE[size] | bpf.BPF_MODE["MEM"]
        group = "base64" if bits == 64 else "base32"
        there = f"*(u{bits} *)(r{{dst}} {{offset}})"
        yield Row(
            f"LDX {size}",
            at | bpf.BPF_CLASS["LDX"],
            group,
            f"r{{dst}} = *(u{bits} *)(r{{src}} {{offset}})",
        )
        yield Row(f"ST {size}", at | bpf.BPF_CLASS["ST"], group, f"{there} = {{imm}}")
        yield Row(
            f"STX {size}", at | bpf.BPF_CLASS["STX"], group, f"{there} = r{{src}}"
        )
        if bits < 64:
            yield Row(
                f"LDXSX {size}",
                bpf.BPF_CLASS["LDX"] | bpf.BPF_SIZE[size] | bpf.BPF_MODE["MEMSX"],
                group,
                f"r{{dst}} = *(s{bits} *)(r{{src}} {{offset}})",
            )


def _atomic() -> Iterator[Row]:
    for size, bits, letter in (("W", 32, "w"), ("DW", 64, "r")):
        at = bpf.BPF_CLASS["STX"] | bpf.BPF_SIZE[size] | bpf.BPF_MODE["ATOMIC"]
        group, source = f"atomic{bits}", f"{letter}{{src}}"
        there = f"(u{bits} *)(r{{dst}} {{offset}})"
        for name, sign in _ATOMICS:
            number = bpf.BPF_ATOMIC[name]
            yield Row(
                f"ATOMIC{bits} {name}",
                at,
                group,
                f"lock *{there} {sign} {source}",
                immediate=number,
            )
            yield Row(
                f"ATOMIC{bits} FETCH {name}",
                at,
                group,
                f"{source} = atomic_fetch_{name.lower()}_{bits}({there}, {source})",
                immediate=number | bpf.BPF_ATOMIC["FETCH"],
            )
        yield Row(
            f"ATOMIC{bits} XCHG",
            at,
            group,
            f"{source} = xchg_{bits}({there}, {source})",
            immediate=bpf.BPF_ATOMIC["XCHG"],
        )
        yield Row(
            f"ATOMIC{bits} CMPXCHG",
            at,
            group,
            f"{letter}0 = cmpxchg_{bits}({there}, {letter}0, {source})",
            immediate=bpf.BPF_ATOMIC["CMPXCHG"],
        )


def _wide() -> Iterator[Row]:
    yield Row("LDDW", LDDW, "base64", "r{dst} = {wide} ll")
    text = "r{dst} = map[{imm}]"
    yield Row("LDDW MAP", LDDW, "base64", text, src=bpf.BPF_PSEUDO_MAP)
    text = "r{dst} = value[{imm}] + {next}"
    yield Row("LDDW VALUE", LDDW, "base64", text, src=bpf.BPF_PSEUDO_VALUE)


ROWS: Final = (
    *_arithmetic(),
    *_byte_order(),
    *_jumps(),
    *_memory(),
    *_atomic(),
    *_wide(),
)
BY_NAME: Final = {row.name: row for row in ROWS}


def _by_opcode() -> dict[int, tuple[Row, ...]]:
    found: dict[int, tuple[Row, ...]] = {}
    for row in ROWS:
        found[row.opcode] = (*found.get(row.opcode, ()), row)
    return found


BY_OPCODE: Final = _by_opcode()


def row_of(one: Instruction) -> Row | None:
    """Which instruction these eight bytes are. None if the RFC defines none."""
    return next((it for it in BY_OPCODE.get(one.opcode, ()) if it.is_of(one)), None)
