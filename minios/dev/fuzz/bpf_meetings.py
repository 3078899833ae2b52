"""Ways of an eBPF program that meet again, for `minios dev fuzz bpf`.

Where two ways meet, the verifier need not walk on if it was there in a state that
covers this one. Each meeting here has a first way, which is good, and a second one that
differs in one thing: what kind of address it is, which byte was written, what was
compared with what. A verifier that takes the one state for the other accepts what it
must not.

Each function gives the first way, the second one, and what follows both.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from minios.abi import bpf
from minios.bpf.instructions import BY_NAME, Instruction, Row
from minios.dev.fuzz.bpf_changes import Code, signed32

_HELPERS: Final = {helper.name: helper.number for helper in bpf.HELPERS}
_SLOT: Final = -112


class Meeting(NamedTuple):
    """What stands before the ways, both ways, and what follows them."""

    before: Code
    first: Code
    second: Code
    after: Code


def make(name: str, dst: int = 0, src: int = 0, offset: int = 0, imm: int = 0) -> Code:
    """One instruction by the name of its row; `lddw` is two."""
    return of_row(BY_NAME[name], dst, src, offset, imm)


def of_row(row: Row, dst: int = 0, src: int = 0, offset: int = 0, imm: int = 0) -> Code:
    """The same of a row. What the row fixes stays fixed."""
    shown = row.parts
    value = imm if shown & {"imm", "far", "wide", "helper"} else row.immediate
    one = Instruction(
        row.opcode,
        dst if "dst" in shown else 0,
        src if "src" in shown else row.src,
        offset if shown & {"offset", "jump"} else row.offset,
        signed32(value),
    )
    if row.is_wide:
        return [one, Instruction(0, immediate=signed32(imm >> 32))]
    return [one]


def call(name: str) -> Code:
    """Call a helper."""
    return make("CALL", imm=_HELPERS[name])


def look_up(dice: random.Random, which: int) -> Code:
    """R0 = the value of a small key, or null."""
    code = make("ST DW", 10, offset=-8, imm=dice.choice((0, 1, 2, 5)))
    code += make("LDDW MAP", 1, imm=which)
    code += make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-8)
    return code + call("map_lookup_elem")


def addresses(dice: random.Random, maps: tuple[int, ...]) -> Meeting:
    """Addresses of two things: memory, an event, or a value. Or a number."""
    ways = [make("LDDW VALUE", 2, imm=it) for it in maps]
    ways += [make("MOV64 X", 2, 6), make("MOV64 K", 2)]
    first, second = dice.sample(ways, 2)
    if dice.random() < 0.3:
        first, second = ways[:2]  # as large as each other, but one is read-only
    at = dice.choice((0, 8, 15, 16, 32, 40, 47, 63))
    after = make("LDX B", 7, 2, at)
    if dice.random() < 0.6:
        after = make("ST B", 2, offset=at, imm=1)
    return Meeting([], first, second, after)


def written(dice: random.Random, _: tuple[int, ...]) -> Meeting:
    """A slot of the stack that only one way writes."""
    size = dice.choice(("B", "H", "W", "DW"))
    first = make(f"ST {size}", 10, offset=_SLOT, imm=3)
    second = dice.choice(([], make("ST B", 10, offset=_SLOT, imm=4)))
    return Meeting([], first, second, make(f"LDX {size}", 7, 10, _SLOT))


def pieces(dice: random.Random, _: tuple[int, ...]) -> Meeting:
    """Bytes in the stack, or an address, of which a piece is read."""
    first = make("ST W", 10, offset=_SLOT, imm=3) + make("ST W", 10, offset=_SLOT + 4)
    second = make("STX DW", 10, dice.choice((6, 6, 8)), _SLOT)
    if dice.random() < 0.3:  # no meeting: a part of the address is overwritten
        return Meeting(second, make("ST B", 10, offset=_SLOT), [], _piece(dice))
    return Meeting([], first, second, _piece(dice))


def _piece(dice: random.Random) -> Code:
    size = dice.choice(("B", "H", "W"))
    return make(f"LDX {size}", 7, 10, _SLOT + dice.choice((0, 4)))


def look_ups(dice: random.Random, _: tuple[int, ...]) -> Meeting:
    """Two results of look-ups: only one of them is compared with null."""
    which = dice.choice((0, 1))
    before = look_up(dice, which) + make("MOV64 X", 9, 0) + look_up(dice, which)
    after = make("JEQ64 K", 0, offset=1) + make("LDX B", 7, 9, dice.choice((0, 15)))
    return Meeting(before, make("MOV64 X", 9, 0), [], after + make("MOV64 K", 9))


def copies(dice: random.Random, _: tuple[int, ...]) -> Meeting:
    """A copy of the number that is compared, or of another one."""
    before = make("LDX B", 7, 6, 0) + make("LDX B", 8, 6, 8)
    second = dice.choice((make("MOV64 X", 4, 8), make("LDX B", 4, 6, 8)))
    after = make("JGT64 K", 4, offset=3, imm=dice.choice((7, 15)))
    after += make("MOV64 X", 2, 6) + make("ADD64 X", 2, 7) + make("LDX B", 8, 2)
    return Meeting(before, make("MOV64 X", 4, 7), second, after)


def reservations(dice: random.Random, maps: tuple[int, ...]) -> Meeting:
    """What was reserved is given back on one way only, or used afterwards."""
    del maps
    before = make("LDDW MAP", 1, imm=2) + make("MOV64 K", 2, imm=16)
    before += make("MOV64 K", 3) + call("ringbuf_reserve")
    give = make("MOV64 X", 9, 0) + make("JEQ64 K", 0, offset=3)
    give += make("MOV64 X", 1, 0) + make("MOV64 K", 2)
    give += call(dice.choice(("ringbuf_submit", "ringbuf_discard")))
    if dice.random() < 0.3:
        before += make("JNE64 K", 0, offset=2) + make("MOV64 K", 0) + make("EXIT")
        use = give + make("LDX B", 7, 9)
        return Meeting(before, use, give, make("MOV64 K", 9))
    return Meeting(before, give, [], make("MOV64 K", 9))


def ranges(dice: random.Random, _: tuple[int, ...]) -> Meeting:
    """Numbers whose ranges differ in one kind of bounds."""
    before = make("LDX DW", 8, 6) + make("MOV64 K", 3)
    low, high = dice.choice(((-4, 4), (-1, 7), (0, 8)))
    far = dice.choice((low, low - 8, low - 100))

    def between(least: int, most: int, half: str) -> Code:
        code = make(f"JSGT{half} K", 8, offset=2, imm=most)
        code += make(f"JSLT{half} K", 8, offset=1, imm=least)
        return code + make("MOV64 X", 3, 8)

    kind = dice.random()
    if kind < 0.5:
        half = dice.choice(("64", "64", "32"))
        first, second = between(low, high, half), between(far, high, half)
        after = make("MOV64 X", 2, 6) + make("ADD64 K", 2, imm=8)
    else:
        first = make("MOV64 X", 3, 8) + make("AND64 K", 3, imm=12)
        second = make("JGT64 K", 8, offset=1, imm=12) + make("MOV64 X", 3, 8)
        after = make("MOV64 X", 2, 6)
    after += make("ADD64 X", 2, 3)
    return Meeting(
        before, first, second, after + make(dice.choice(("LDX B", "LDX W")), 7, 2)
    )


_ALL: Final[tuple[Callable[[random.Random, tuple[int, ...]], Meeting], ...]] = (
    *(addresses, addresses, written, pieces),
    *(look_ups, copies, reservations, ranges),
)


def any_meeting(dice: random.Random, jump: Row, maps: tuple[int, ...]) -> Code:
    """A meeting: a jump of this row decides which way is gone."""
    before, first, second, after = dice.choice(_ALL)(dice, maps)
    if dice.random() < 0.2:
        first, second = second, first
    number = dice.choice((7, 8))
    code = of_row(jump, number, 7, len(first) + 1, dice.choice((0, 1, 8, 100, -1)))
    code += first + make("JA", offset=len(second)) + second
    return before + code + after
