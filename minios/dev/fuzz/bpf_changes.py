"""Small changes of eBPF programs, for `minios dev fuzz bpf`.

Each is one that makes a good program a bad one by a hair: a number beside its bound,
another register, an operation on the other width, a check that is left out.
"""

from __future__ import annotations

import random
from typing import Final

from minios.abi import bpf
from minios.bpf.instructions import ROWS, Instruction, row_of

NUMBERS: Final = (
    *(0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 47, 48, 63, 64, 127, 128, 255, 256),
    *(0xFFFF, 0x10000, 0x7FFF_FFFE, 0x7FFF_FFFF, -1, -2, -8, -16, -32, -64, -128),
    *(-0x8000_0000, -0x7FFF_FFFF),
)
"""Immediates near which something changes."""

Code = list[Instruction]


def signed32(value: int) -> int:
    """The lowest 32 bits as a signed number."""
    value &= 0xFFFF_FFFF
    return value - (1 << 32) if value >> 31 else value


def change(dice: random.Random, code: Code) -> str:
    """Change something. Returns what, in words."""
    at = dice.randrange(len(code))
    changes = (
        (_change_immediate, 6),
        (_change_offset, 5),
        (_change_register, 4),
        (_change_operation, 5),
        (_leave_out, 4),
        (_repeat, 1),
        (_swap, 1),
        (_leave_out_check, 3),
        (_change_width, 3),
        (_spoil, 1),
    )
    names, weights = zip(*changes, strict=True)
    return str(dice.choices(names, weights)[0](dice, code, at))


def _change_immediate(dice: random.Random, code: Code, at: int) -> str:
    old = code[at].immediate
    new = dice.choice(
        (
            *(old + 1, old - 1, old + 8, old - 8, old ^ 1 << dice.randrange(32)),
            *(-old, old * 2, dice.choice(NUMBERS), dice.choice(NUMBERS)),
        )
    )
    code[at] = code[at]._replace(immediate=signed32(new))
    return f"{at}: immediate {old} becomes {code[at].immediate}"


def _change_offset(dice: random.Random, code: Code, at: int) -> str:
    places = [i for i, it in enumerate(code) if it.offset] or [at]
    at = dice.choice(places)
    old = code[at].offset
    new = old + dice.choice((1, -1, 2, 4, 8, -8, 16, -16, 64, -64, 256, -512))
    code[at] = code[at]._replace(offset=(new + 0x8000) % 0x10000 - 0x8000)
    return f"{at}: offset {old} becomes {code[at].offset}"


def _change_register(dice: random.Random, code: Code, at: int) -> str:
    part = dice.choice(("dst", "src"))
    new = dice.randrange(bpf.BPF_REGISTERS)
    code[at] = code[at]._replace(**{part: new})
    return f"{at}: {part} becomes R{new}"


def _change_operation(dice: random.Random, code: Code, at: int) -> str:
    old = row_of(code[at])
    rows = [
        row
        for row in ROWS
        if old is not None
        and row.opcode & 7 == old.opcode & 7
        and row.parts == old.parts
        and row is not old
    ]
    if not rows:
        return _change_immediate(dice, code, at)
    row = dice.choice(rows)
    fixed = (
        {} if "offset" in row.parts or "jump" in row.parts else {"offset": row.offset}
    )
    code[at] = code[at]._replace(opcode=row.opcode, **fixed)
    if not row.parts & {"imm", "far", "wide", "helper"}:
        code[at] = code[at]._replace(immediate=row.immediate)
    return f"{at}: becomes {row.name}"


def _change_width(dice: random.Random, code: Code, at: int) -> str:
    """The same operation on 32 bits instead of 64, or signed, or of another size."""
    places = [i for i, it in enumerate(code) if it.opcode & 7 in (4, 5, 6, 7)]
    at = dice.choice(places or [at])
    flip = {4: 3, 7: 3, 5: 3, 6: 3}.get(code[at].opcode & 7, 0)
    code[at] = code[at]._replace(opcode=code[at].opcode ^ flip)
    return f"{at}: the other width"


def _spoil(dice: random.Random, code: Code, at: int) -> str:
    code[at] = code[at]._replace(opcode=dice.randrange(256))
    return f"{at}: opcode {code[at].opcode:#x}"


def without(code: Code, at: int) -> None:
    """Take an instruction out. Jumps and calls still lead where they did."""
    del code[at]
    for i, it in enumerate(code):
        old = i if i < at else i + 1
        row = row_of(it)
        if row is None:
            continue
        if "jump" in row.parts:
            moved = _moved(old, it.offset, at)
            code[i] = it._replace(offset=moved)
        elif "far" in row.parts:
            code[i] = it._replace(immediate=_moved(old, it.immediate, at))


def _moved(old: int, distance: int, at: int) -> int:
    target = old + 1 + distance
    here = old if old < at else old - 1
    return (target if target <= at else target - 1) - here - 1


def _leave_out(dice: random.Random, code: Code, at: int) -> str:
    del dice
    if len(code) < 3:
        return "nothing"
    without(code, at)
    return f"{at}: left out"


def _leave_out_check(dice: random.Random, code: Code, at: int) -> str:
    checks = [
        i
        for i, it in enumerate(code)
        if (it.opcode & 7 in (5, 6) and it.opcode & 0xF0 not in (0, 0x80, 0x90))
        or it.opcode & 0xF7 == 0x57
    ]
    at = dice.choice(checks or [at])
    return _leave_out(dice, code, at)


def _repeat(dice: random.Random, code: Code, at: int) -> str:
    del dice
    code.insert(at, code[at])
    return f"{at}: twice"


def _swap(dice: random.Random, code: Code, at: int) -> str:
    other = min(len(code) - 1, at + 1 + dice.randrange(3))
    code[at], code[other] = code[other], code[at]
    return f"{at} and {other}: exchanged"
