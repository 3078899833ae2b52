"""The generator makes what it promises: every part, in every order."""

from __future__ import annotations

from itertools import pairwise, product
from random import Random

import pytest

from minios.dev.fuzz import cases, instructions
from minios.dev.fuzz.shape import LEGACY_PREFIXES, Shape


@pytest.fixture(scope="module")
def made() -> list[bytes]:
    """Many instructions of the grammar."""
    rng = Random(1)  # noqa: S311  (no secret)
    return [instructions.from_grammar(rng) for _ in range(40_000)]


def test_every_pair_of_prefixes_occurs_in_both_orders(made: list[bytes]) -> None:
    """LOCK, REP, segments, operand and address size: each in front of each."""
    pairs = {pair for code in made for pair in pairwise(Shape.of(code).prefixes)}

    assert pairs >= set(product(LEGACY_PREFIXES, repeat=2))


def test_every_escape_occurs_with_most_of_its_opcodes(made: list[bytes]) -> None:
    """One byte, 0F, 0F 38, 0F 3A, VEX and EVEX."""
    opcodes: dict[bytes, set[int]] = {}
    for shape in map(Shape.of, made):
        opcodes.setdefault(shape.escape, set()).add(shape.opcode)

    escapes = {b"", b"\x0f", b"\x0f\x38", b"\x0f\x3a", b"\xc4", b"\xc5", b"\x62"}
    assert set(opcodes) == escapes
    assert all(len(of_one) > 200 for of_one in opcodes.values())


def test_some_are_too_long_and_some_have_rex_in_the_wrong_place(
    made: list[bytes],
) -> None:
    """What the CPU must refuse or ignore is made as well."""
    assert any(len(code) > instructions.LONGEST for code in made)
    assert any(Shape.of(code).stray_rex for code in made)


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    """It depends on the seed and its number, not on the cases before it."""
    assert cases.block(7, 3, 5) == cases.block(7, 3, 5)
    assert cases.block(7, 3, 5) != cases.block(8, 3, 5)
    assert [case.number for case in cases.block(7, 3, 5)][:2] == [186, 187]


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("f0 48 0f a3 d1", Shape(b"\xf0", 0x48, False, b"\x0f", 0xA3, 0xD1)),
        ("48 66 50", Shape(b"\x66", 0, True, b"", 0x50, 0xCC)),
        ("66 41 0f 38 f0 07", Shape(b"\x66", 0x41, False, b"\x0f\x38", 0xF0, 0x07)),
        ("c4 e2 78 f2 c1", Shape(b"", 0, False, b"\xc4", 0xF2, 0xC1)),
        ("62 f1 7c 48 58 c1", Shape(b"", 0, False, b"\x62", 0x58, 0xC1)),
        ("66", Shape(b"\x66", 0, False, b"", 0xCC, 0xCC)),
    ],
)
def test_the_shape_of_an_instruction(code: str, shape: Shape) -> None:
    """Prefixes, REX, escape, opcode, ModR/M."""
    assert Shape.of(bytes.fromhex(code)) == shape
