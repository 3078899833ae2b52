"""The arithmetic of bounds never forgets a result: compared with concrete executions.

A random range is made around a concrete number, so the number is in it. After each
operation the concrete result must be in the range that the kernel computes. It is
computed here, from RFC 9669, with Python's integers. The same for both sides of each
comparison.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from typing import Final

import pytest

from minios.abi import bpf
from tests.bpf.verifier.host import Verifier

pytestmark = pytest.mark.witness

_ALL: Final = (1 << 64) - 1
_HALF: Final = (1 << 32) - 1
_ROUNDS: Final = 40_000


class Range(ctypes.Structure):
    """`struct range` of the kernel."""

    _fields_ = (
        ("value", ctypes.c_uint64),
        ("mask", ctypes.c_uint64),
        ("umin", ctypes.c_uint64),
        ("umax", ctypes.c_uint64),
        ("smin", ctypes.c_int64),
        ("smax", ctypes.c_int64),
        ("u32min", ctypes.c_uint32),
        ("u32max", ctypes.c_uint32),
        ("s32min", ctypes.c_int32),
        ("s32max", ctypes.c_int32),
    )

    def holds(self, number: int) -> bool:
        """Whether this number (0 to 2^64 - 1) is possible."""
        low = number & _HALF
        return bool(
            (number ^ self.value) & ~self.mask & _ALL == 0
            and self.umin <= number <= self.umax
            and self.smin <= signed(number, 64) <= self.smax
            and self.u32min <= low <= self.u32max
            and self.s32min <= signed(low, 32) <= self.s32max
        )

    def __repr__(self) -> str:
        return " ".join(f"{name}={getattr(self, name):#x}" for name, _ in self._fields_)


def _dice(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - the same numbers each time


def signed(number: int, bits: int) -> int:
    """The lowest bits of a number, read as two's complement."""
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def a_number(chance: random.Random) -> int:
    """A number of any size: small ones, large ones, and those at the edges."""
    edge = chance.choice((0, 1 << 31, 1 << 32, 1 << 63, 1 << 64))
    near = edge + chance.randint(-3, 3)
    wide = chance.getrandbits(chance.choice((3, 8, 16, 31, 32, 33, 63, 64)))
    return chance.choice((near, wide, -wide)) & _ALL


def a_range(chance: random.Random, verifier: Verifier, number: int) -> Range:
    """A range that holds the number, and often others."""
    mask = a_number(chance) & a_number(chance) if chance.random() < 0.5 else _ALL
    low = number & _HALF

    def around(value: int, least: int, most: int) -> tuple[int, int]:
        kind = chance.randrange(5)
        if kind == 4:
            return least, most
        below, above = (chance.getrandbits(chance.choice((1, 8, 62))) for _ in "ab")
        return (
            max(least, value - below if kind & 1 else value),
            min(most, value + above if kind & 2 else value),
        )

    umin, umax = around(number, 0, _ALL)
    smin, smax = around(signed(number, 64), -(1 << 63), (1 << 63) - 1)
    u32min, u32max = around(low, 0, _HALF)
    s32min, s32max = around(signed(low, 32), -(1 << 31), (1 << 31) - 1)
    result = Range(
        number & ~mask, mask, umin, umax, smin, smax, u32min, u32max, s32min, s32max
    )
    assert verifier.library.range_settle(ctypes.byref(result))
    assert result.holds(number), (number, result)
    return result


@pytest.fixture(scope="module", autouse=True)
def _types(built_verifier: Verifier) -> None:
    library = built_verifier.library
    library.range_settle.restype = ctypes.c_bool
    library.range_compare.restype = ctypes.c_bool
    library.range_covers.restype = ctypes.c_bool


def _quotient(a: int, b: int) -> int:
    """Towards zero, as RFC 9669 wants it; by 0 gives 0."""
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: int, b: int) -> int:
    return a if b == 0 else a - b * _quotient(a, b)


_OPERATIONS: Final[dict[str, Callable[[int, int, int], int]]] = {
    "ADD": lambda a, b, _: a + b,
    "SUB": lambda a, b, _: a - b,
    "MUL": lambda a, b, _: a * b,
    "DIV": lambda a, b, _: _quotient(a, b),
    "MOD": lambda a, b, _: _remainder(a, b),
    "OR": lambda a, b, _: a | b,
    "AND": lambda a, b, _: a & b,
    "XOR": lambda a, b, _: a ^ b,
    "LSH": lambda a, b, width: a << (b & (width - 1)),
    "RSH": lambda a, b, width: a >> (b & (width - 1)),
    "ARSH": lambda a, b, width: signed(a, width) >> (b & (width - 1)),
}


def concrete(name: str, a: int, b: int, *, is_32: bool, is_signed: bool) -> int:
    """What an instruction does to two numbers."""
    width = 32 if is_32 else 64
    every = (1 << width) - 1
    a, b = a & every, b & every
    if is_signed:
        a, b = signed(a, width), signed(b, width)
    return _OPERATIONS[name](a, b, width) & every


def _signs(name: str) -> tuple[bool, ...]:
    return (False, True) if name in {"DIV", "MOD"} else (False,)


@pytest.mark.parametrize("is_32", [False, True], ids=["64 bits", "32 bits"])
@pytest.mark.parametrize("name", _OPERATIONS)
def test_the_result_of_an_operation_is_in_the_range(
    verifier: Verifier, name: str, is_32: bool
) -> None:
    """For each pair of numbers that the operands can be."""
    chance = _dice(f"{name} {is_32}")
    operation = bpf.BPF_ALU[name]
    known = 0
    for _ in range(_ROUNDS // (2 * len(_OPERATIONS))):
        a, b = a_number(chance), a_number(chance)
        if name.endswith("SH") and chance.random() < 0.8:
            b = chance.randrange(32 if is_32 else 64)
        left = a_range(chance, verifier, a)
        right = a_range(chance, verifier, b)
        for is_signed in _signs(name):
            result = Range.from_buffer_copy(left)
            verifier.library.range_operate(
                ctypes.byref(result), ctypes.byref(right), operation, is_32, is_signed
            )
            said = concrete(name, a, b, is_32=is_32, is_signed=is_signed)
            assert result.holds(said), (a, b, left, right, result, said)
            known += result.umax - result.umin < _HALF // 2
    assert known > 0, "it always says that nothing is known, which is no art"


_COMPARISONS: Final[dict[str, Callable[[int, int, int], bool]]] = {
    "JEQ": lambda a, b, _: a == b,
    "JNE": lambda a, b, _: a != b,
    "JGT": lambda a, b, _: a > b,
    "JGE": lambda a, b, _: a >= b,
    "JLT": lambda a, b, _: a < b,
    "JLE": lambda a, b, _: a <= b,
    "JSET": lambda a, b, _: a & b != 0,
    "JSGT": lambda a, b, width: signed(a, width) > signed(b, width),
    "JSGE": lambda a, b, width: signed(a, width) >= signed(b, width),
    "JSLT": lambda a, b, width: signed(a, width) < signed(b, width),
    "JSLE": lambda a, b, width: signed(a, width) <= signed(b, width),
}


@pytest.mark.parametrize("is_32", [False, True], ids=["64 bits", "32 bits"])
@pytest.mark.parametrize("name", _COMPARISONS)
def test_the_side_that_is_taken_stays_possible(
    verifier: Verifier, name: str, is_32: bool
) -> None:
    """Both numbers are still in their ranges, and no range has grown."""
    chance = _dice(f"{name} {is_32}")
    width = 32 if is_32 else 64
    every = (1 << width) - 1
    impossible = 0
    for _ in range(_ROUNDS // (2 * len(_COMPARISONS))):
        a = a_number(chance)
        left = a_range(chance, verifier, a)
        ends = (a, left.umin, left.umax, left.smin & _ALL, left.smax & _ALL)
        low_ends = (left.u32min, left.u32max, left.s32min & _ALL, left.s32max & _ALL)
        b = chance.choice((a_number(chance), *(low_ends if is_32 else ends)))
        right = a_range(chance, verifier, b)
        is_true = _COMPARISONS[name](a & every, b & every, width)
        for side in (is_true, not is_true):
            new_left = Range.from_buffer_copy(left)
            new_right = Range.from_buffer_copy(right)
            is_possible = verifier.library.range_compare(
                ctypes.byref(new_left),
                ctypes.byref(new_right),
                bpf.BPF_JUMP[name],
                is_32,
                side,
            )
            if side != is_true:
                impossible += not is_possible
                continue
            assert is_possible, (a, b, left, right)
            assert new_left.holds(a), (a, b, left, right, new_left)
            assert new_right.holds(b), (a, b, left, right, new_right)
            for new, old in ((new_left, left), (new_right, right)):
                assert verifier.library.range_covers(
                    ctypes.byref(old), ctypes.byref(new)
                )
    assert impossible > 0, "it never excludes a side, which is no art"


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_an_extended_sign_is_in_the_range(verifier: Verifier, bits: int) -> None:
    """movsx, and loads of signed numbers."""
    chance = _dice(bits)
    for _ in range(2000):
        number = a_number(chance)
        result = a_range(chance, verifier, number)
        verifier.library.range_extend_sign(ctypes.byref(result), bits)
        assert result.holds(signed(number, bits) & _ALL)


@pytest.mark.parametrize("is_reversed", [False, True], ids=["kept", "reversed"])
@pytest.mark.parametrize("bits", [16, 32, 64])
def test_bytes_in_another_order_are_in_the_range(
    verifier: Verifier, bits: int, is_reversed: bool
) -> None:
    """bswap, be, le: the lowest bits alone stay."""
    chance = _dice(bits)
    for _ in range(2000):
        number = a_number(chance)
        result = a_range(chance, verifier, number)
        verifier.library.range_order_bytes(ctypes.byref(result), bits, is_reversed)
        low = (number & ((1 << bits) - 1)).to_bytes(bits // 8, "little")
        assert result.holds(int.from_bytes(low, "big" if is_reversed else "little"))


def test_with_the_defect_a_result_is_missed(verifier: Verifier) -> None:
    """The defect bounds32: two lower halves are known, 0 | 1, and 0 is believed."""
    left = Range(0, _ALL & ~_HALF, 0, _ALL, -(1 << 63), (1 << 63) - 1, 0, 0, 0, 0)
    right = Range(1, 0, 1, 1, 1, 1, 1, 1, 1, 1)
    for defect, believed in (("NONE", 1), ("BOUNDS32", 0)):
        verifier.plant(defect)
        result = Range.from_buffer_copy(left)
        operation = bpf.BPF_ALU["OR"]
        verifier.library.range_operate(
            ctypes.byref(result), ctypes.byref(right), operation, True, False
        )
        assert (result.umin, result.umax) == (believed, believed)
