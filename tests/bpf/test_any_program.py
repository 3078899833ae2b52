"""Programs of random bytes: whatever they try, the machine goes on.

Deep: thirty thousand of them take most of a minute.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

import pytest

from minios.abi import bpf
from minios.bpf import image
from minios.bpf.image import Map, Program
from minios.bpf.instructions import BY_NAME, ROWS, Instruction
from minios.lab.bpf import Answer, BpfMachine, Question

MAPS: Final = (
    Map("data", "DATA", value_size=64),
    Map("fixed", "DATA", value_size=8, flags=bpf.BPF_MAP_READ_ONLY),
    Map("table", "HASH", key_size=8, value_size=16, entries=8),
    Map("ring", "RING", entries=4096),
)
MEMORY: Final = bytes(range(64))
HELPERS: Final = tuple(helper.number for helper in bpf.HELPERS)
NUMBERS: Final = (0, 1, 7, 8, -1, -8, -16, 63, 64, 512, -512, 0x7FFF_FFFF, -(1 << 31))
EXIT: Final = Instruction(BY_NAME["EXIT"].opcode).pack()


def _instruction(choose: random.Random) -> bytes:
    """Mostly a real one, with parts that come close to what is allowed."""
    row = choose.choice(ROWS)
    parts = row.parts
    immediate = (
        choose.choice(NUMBERS) if choose.randrange(3) else choose.getrandbits(32)
    )
    if "helper" in parts:
        immediate = choose.choice(HELPERS)
    elif "far" in parts:
        immediate = choose.randrange(6)
    elif row.name in ("LDDW MAP", "LDDW VALUE"):
        immediate = choose.randrange(len(MAPS) + 1)
    one = Instruction(
        row.opcode,
        choose.randrange(11) if "dst" in parts else 0,
        choose.choice((1, 10, choose.randrange(11))) if "src" in parts else row.src,
        _distance(choose, parts) if parts & {"offset", "jump"} else row.offset,
        immediate if parts & {"imm", "far", "wide", "helper"} else row.immediate,
    )
    second = Instruction(0, immediate=choose.choice(NUMBERS)).pack()
    return one.pack() + (second if row.is_wide else b"")


def _distance(choose: random.Random, parts: frozenset[str]) -> int:
    """Jumps lead forwards: a program without an end takes seconds, and has its test."""
    if "jump" in parts:
        return choose.randrange(6)
    return choose.choice((0, 1, -1, 3, -8, -16, 8, 56, 64, -512))


def _program(choose: random.Random) -> bytes:
    """Random instructions; in every fourth program some bytes are changed."""
    code = bytearray()
    for _ in range(choose.randrange(1, 24)):
        code += _instruction(choose)
    code += EXIT
    if choose.randrange(4) == 0:
        for _ in range(choose.randrange(1, 6)):
            code[choose.randrange(len(code))] = choose.randrange(256)
    return bytes(code)


def _answers(count: int, seed: int) -> tuple[Answer, ...]:
    choose = random.Random(seed)  # noqa: S311 - no secret
    questions = [
        Question.run(
            image.pack([Program("any", "test", _program(choose))], MAPS),
            MEMORY,
            is_verified=False,
        )
        for _ in range(count)
    ]
    with BpfMachine() as machine:
        return machine.ask(questions)


def _require_safe(answers: tuple[Answer, ...]) -> Counter[str]:
    """No program has harmed the machine; returns how they ended, by the reason."""
    assert [it.log for it in answers if it.has_died] == []
    assert {it.error for it in answers} <= {"", "UNSAFE"}
    return Counter(it.reason.partition(": ")[2] if it.error else "" for it in answers)


def test_a_thousand_random_programs_do_no_harm() -> None:
    """And they get far enough to mean something: they end in several ways."""
    ends = _require_safe(_answers(1_000, seed=1))

    assert ends[""] > 100
    assert ends["it has touched memory that is not its own"] > 100
    assert ends["there is no such instruction"] > 100


@pytest.mark.deep
def test_thirty_thousand_random_programs_do_no_harm() -> None:
    """The same with another seed, for longer."""
    _require_safe(_answers(30_000, seed=2))
