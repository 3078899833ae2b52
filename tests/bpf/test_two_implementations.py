"""The kernel's interpreter and a second one in Python agree about random inputs.

Deep: a hundred thousand of them take ten seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pytest

from minios.bpf import image
from minios.bpf.image import Program
from minios.bpf.instructions import BY_NAME, ROWS, Instruction, Row
from minios.lab.bpf import BpfMachine, Question
from tests.bpf.semantics import arithmetic, is_taken, unsigned

ARITHMETIC: Final = tuple(
    row for row in ROWS if row.opcode & 7 in (4, 7)
)  # classes ALU and ALU64
JUMPS: Final = tuple(
    row for row in ROWS if row.opcode & 7 in (5, 6) and row.text.startswith("if")
)
AT_ONCE: Final = 1000  # inputs of one program
FOLD: Final = 31
EDGES: Final = tuple(
    unsigned(edge + near, 64)
    for edge in (0, 1 << 7, 1 << 15, 1 << 31, 1 << 32, 1 << 63, -(1 << 31), -(1 << 32))
    for near in (-1, 0, 1)
)


class Input(NamedTuple):
    """An instruction and its two operands, each 64 bits."""

    row: Row
    left: int
    right: int

    @property
    def immediate(self) -> int:
        """The operand if it is an immediate: the lower half, signed."""
        low = self.right & 0xFFFF_FFFF
        return low - (1 << 32) if low >> 31 else low

    @property
    def operand(self) -> int:
        """What the instruction gets as its second operand."""
        return self.immediate if "imm" in self.row.parts else self.right

    @property
    def expected(self) -> int:
        """What the second implementation says: a register, or 1 for a jump taken."""
        if self.row in JUMPS:
            return int(is_taken(self.row, self.left, self.operand))
        return arithmetic(self.row, self.left, self.operand)

    @property
    def code(self) -> bytes:
        """Instructions after which R1 is the result."""
        start = _load(1, self.left)
        parts = self.row.parts
        if "src" in parts:
            start += _load(2, self.right)
        one = Instruction(
            self.row.opcode,
            1 if "dst" in parts else 0,
            2 if "src" in parts else 0,
            1 if "jump" in parts else self.row.offset,
            self.immediate if "imm" in parts else self.row.immediate,
        ).pack()
        if self.row not in JUMPS:
            return start + one
        # r3 = 1; the jump, over the next one; r3 = 0; r1 = r3
        move, copy = BY_NAME["MOV64 K"].opcode, BY_NAME["MOV64 X"].opcode
        return b"".join(
            (
                start,
                Instruction(move, 3, immediate=1).pack(),
                one,
                Instruction(move, 3, immediate=0).pack(),
                Instruction(copy, 1, 3).pack(),
            )
        )


def _load(register: int, value: int) -> bytes:
    low = Instruction(BY_NAME["LDDW"].opcode, register, immediate=value & 0xFFFF_FFFF)
    return low.pack() + Instruction(0, immediate=value >> 32).pack()


def _inputs(count: int, seed: int) -> Iterator[Input]:
    choose = random.Random(seed)  # noqa: S311 - no secret
    rows = ARITHMETIC + JUMPS

    def operand() -> int:
        kind = choose.randrange(4)
        if kind == 0:
            return choose.choice(EDGES)
        return choose.getrandbits((8, 32, 64)[kind - 1])

    for number in range(count):
        left = operand()
        right = left if choose.randrange(8) == 0 else operand()
        yield Input(rows[number % len(rows)], left, right)


def _program(inputs: Sequence[Input]) -> bytes:
    """One program for many inputs: R0 = R0 * 31 + the result, for each in turn."""
    fold = (
        Instruction(BY_NAME["MUL64 K"].opcode, 0, immediate=FOLD).pack()
        + Instruction(BY_NAME["ADD64 X"].opcode, 0, 1).pack()
    )
    start = Instruction(BY_NAME["MOV64 K"].opcode, 0).pack()
    body = b"".join(it.code + fold for it in inputs)
    code = start + body + Instruction(BY_NAME["EXIT"].opcode).pack()
    return image.pack([Program("many", "test", code)])


def _folded(inputs: Sequence[Input]) -> int:
    result = 0
    for one in inputs:
        result = unsigned(result * FOLD + one.expected, 64)
    return result


def disagreements(count: int, seed: int) -> list[tuple[Input, int]]:
    """The inputs for which the kernel says something else, with what it says."""
    inputs = list(_inputs(count, seed))
    groups = [inputs[at : at + AT_ONCE] for at in range(0, count, AT_ONCE)]

    def answers(of: Sequence[Sequence[Input]]) -> list[int]:
        questions = [Question.run(_program(it), is_verified=False) for it in of]
        found = machine.ask(questions)
        assert all(answer.is_good for answer in found), found
        return [answer.result for answer in found]

    with BpfMachine() as machine:
        said = answers(groups)
        pairs = zip(groups, said, strict=True)
        wrong = [one for group, it in pairs if it != _folded(group) for one in group]
        singly = answers([[one] for one in wrong])
    pairs_of_one = zip(wrong, singly, strict=True)
    return [(one, it) for one, it in pairs_of_one if it != one.expected]


def test_all_arithmetic_and_all_jumps_take_part() -> None:
    """63 rows of arithmetic, 9 of byte order, 44 comparisons: none is left out."""
    assert len(ARITHMETIC) == 63 + 9
    assert len(JUMPS) == 44


def test_the_kernel_and_python_agree_about_five_thousand_inputs() -> None:
    """Edges of 8, 16, 32 and 64 bits are among the operands, and equal operands."""
    assert disagreements(5_000, seed=9669) == []


def test_a_single_wrong_result_among_a_thousand_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If it were not, that the two agree would mean nothing."""
    odd, right_one = list(_inputs(1_000, seed=1))[3], arithmetic

    def mistaken(row: Row, left: int, right: int) -> int:
        is_odd = (row, left, right) == (odd.row, odd.left, odd.operand)
        return right_one(row, left, right) ^ is_odd

    monkeypatch.setattr(f"{__name__}.arithmetic", mistaken)

    assert [one for one, _ in disagreements(1_000, seed=1)] == [odd]


@pytest.mark.deep
def test_the_kernel_and_python_agree_about_a_hundred_thousand_inputs() -> None:
    """The same with another seed, for longer."""
    assert disagreements(100_000, seed=2024) == []
