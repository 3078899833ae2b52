"""Arithmetic and jumps of eBPF in Python, from the text of RFC 9669, section 4.

It was written without looking at the kernel's interpreter, and in another way: numbers
of Python do not wrap, so each result is computed exactly and cut at the end, and each
operand is first turned into the number that it means. A comparison of the two is worth
something only as long as that stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import trunc

from minios.bpf.instructions import Row


def unsigned(value: int, bits: int) -> int:
    """The number that the lowest bits mean without a sign."""
    return value % (1 << bits)


def signed(value: int, bits: int) -> int:
    """The number that the lowest bits mean in two's complement."""
    value %= 1 << bits
    return value if value < 1 << (bits - 1) else value - (1 << bits)


def width(row: Row) -> int:
    """32 or 64: in a name such as "ADD32 K", "NEG64", "JEQ32 X"."""
    return 32 if "32" in row.name.split()[0] else 64


def operation(row: Row) -> str:
    """The name without width and source: "ADD", "MOVSX", "JSGT"."""
    return row.name.split()[0].rstrip("0123456789")


def arithmetic(row: Row, destination: int, source: int) -> int:
    """The destination register after an instruction of arithmetic.

    Args:
        row: the instruction.
        destination: the register before, 64 bits without a sign.
        source: the second operand: a register, or the immediate as a signed number.
    """
    bits = width(row)
    name = operation(row)
    if name in ("LE", "BE", "BSWAP"):
        return _byte_order(name, row.immediate, destination)
    a, b = unsigned(destination, bits), unsigned(source, bits)
    sa, sb = signed(destination, bits), signed(source, bits)
    shift = b % bits
    exact: dict[str, Callable[[], int]] = {
        "ADD": lambda: a + b,
        "SUB": lambda: a - b,
        "MUL": lambda: a * b,
        "DIV": lambda: a // b if b else 0,
        "SDIV": lambda: trunc(Fraction(sa, sb)) if sb else 0,
        "MOD": lambda: a - b * (a // b) if b else a,
        "SMOD": lambda: sa - sb * trunc(Fraction(sa, sb)) if sb else a,
        "OR": lambda: a | b,
        "AND": lambda: a & b,
        "XOR": lambda: a ^ b,
        "LSH": lambda: a * (1 << shift),
        "RSH": lambda: a // (1 << shift),
        "ARSH": lambda: sa // (1 << shift),  # rounds down, as a shift of a sign does
        "MOV": lambda: b,
        "MOVSX": lambda: signed(source, row.offset),
        "NEG": lambda: -a,
    }
    return unsigned(exact[name](), bits)


def _byte_order(name: str, bits: int, value: int) -> int:
    """The guest is little-endian: LE keeps the order, the others turn it."""
    raw = unsigned(value, bits).to_bytes(bits // 8, "little")
    return int.from_bytes(raw, "little" if name == "LE" else "big")


def is_taken(row: Row, left: int, right: int) -> bool:
    """Whether a conditional jump is taken."""
    bits = width(row)
    a, b = unsigned(left, bits), unsigned(right, bits)
    sa, sb = signed(left, bits), signed(right, bits)
    return {
        "JEQ": a == b,
        "JNE": a != b,
        "JGT": a > b,
        "JGE": a >= b,
        "JLT": a < b,
        "JLE": a <= b,
        "JSET": a & b != 0,
        "JSGT": sa > sb,
        "JSGE": sa >= sb,
        "JSLT": sa < sb,
        "JSLE": sa <= sb,
    }[operation(row)]
