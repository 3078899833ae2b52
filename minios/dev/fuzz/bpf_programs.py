"""eBPF programs that nobody would write, for `minios dev fuzz bpf`.

A program is made of *pieces* that a compiler could have written: a look-up with its
check for null, a mask before an address moves, a bounded loop, a spilled register. The
numbers in them lie near the bounds, so about half of the programs are refused. Then
most programs are *changed*: another number, register or operation, a check that is left
out.

    R6     the memory of a test, or the event
    R7-R9  numbers, from the memory or made
    R0-R5  whatever a piece needs
    stack  -64..-1 written at the beginning; below that, pieces write before they read

The case with a number depends on nothing but the number and the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import bpf, security_events
from minios.bpf import image
from minios.bpf.image import Map
from minios.bpf.instructions import BY_NAME, ROWS, Instruction
from minios.dev.fuzz import bpf_changes as changes
from minios.dev.fuzz.bpf_changes import NUMBERS, Code
from minios.dev.fuzz.bpf_meetings import any_meeting, make, of_row

MAPS: Final = (
    Map("counts", "ARRAY", key_size=4, value_size=32, entries=4),
    Map("seen", "HASH", key_size=8, value_size=16, entries=4),
    Map("events", "RING", entries=256),
    Map("data", "DATA", value_size=48, data=bytes(range(1, 41))),
    Map("texts", "DATA", value_size=48, flags=1, data=b"read * only %x\0"),
    Map("wide", "DATA", value_size=512),
)
"""The maps of every program, small, so that their ends are near."""

ARRAY, HASH, RING, DATA, TEXTS, WIDE = range(len(MAPS))
HOOKS: Final = ("test", "notify/file_write", "notify/process_end", "decide/file_write")
EVENT_BYTES: Final = security_events.EVENT.size
RUNS: Final = 4
_SIZES: Final = ("B", "H", "W", "DW")
_ARITHMETIC: Final = tuple(
    row for row in ROWS if row.opcode & 7 in (4, 7) and "MOV" not in row.name
)
_COMPARISONS: Final = tuple(
    row for row in ROWS if row.opcode & 7 in (5, 6) and "if " in row.text
)
_ATOMICS: Final = tuple(row for row in ROWS if row.name.startswith("ATOMIC"))
_HELPERS: Final = {helper.name: helper.number for helper in bpf.HELPERS}
_EXIT: Final = BY_NAME["EXIT"]
_TO_END: Final = 0x7FFF  # a jump to the end of the program, until that is known
_WIDE_NUMBERS: Final = (
    *NUMBERS,
    *(1 << 31, 1 << 32, (1 << 32) - 1, 1 << 33, (1 << 63) - 1, 1 << 63, 3 << 62),
    *((1 << 64) - 1, (1 << 32) + 8, (8 << 32) + 1, 0xFFFF_FFFF_0000_0000),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A program, what it is run with, and how it was made.

    Attributes:
        code: its instructions.
        hook: a name of HOOKNUMBERS.
        memory_size: of a test, in bytes; 0 for other hooks.
        inputs: what R1 points to in each run.
        words: what was changed, for the report.
        is_changed: whether something was changed after it was made.
    """

    code: tuple[Instruction, ...]
    hook: str
    memory_size: int
    inputs: tuple[bytes, ...]
    words: str
    is_changed: bool

    @property
    def packed(self) -> bytes:
        """The code as bytes."""
        return b"".join(it.pack() for it in self.code)

    def image(self, maps: Sequence[Map] = MAPS) -> bytes:
        """As an image with this one program."""
        return image.pack([image.Program("fuzz", self.hook, self.packed)], maps)


def case(seed: int, number: int) -> Case:
    """Make the case with this number."""
    words = f"bpf {seed} {number}"
    dice = random.Random(words)  # noqa: S311 - to be repeatable is its purpose
    author = _Author(dice)
    code = author.program()
    changed: list[str] = []
    if dice.random() < 0.6:
        times = dice.choice((1, 1, 1, 2, 3))
        changed = [changes.change(dice, code) for _ in range(times)]
    size = author.memory_size if author.is_test else EVENT_BYTES
    inputs = tuple(_input(dice, size) for _ in range(RUNS))
    return Case(
        tuple(code[: bpf.BPF_INSTRUCTIONS_LIMIT]),
        author.hook,
        author.memory_size,
        inputs,
        "; ".join(changed) or "as it was made",
        bool(changed),
    )


def _input(dice: random.Random, size: int) -> bytes:
    """Memory: random bytes, or numbers near the ends of ranges."""
    if dice.random() < 0.3:
        return dice.randbytes(size)
    words = b"".join(
        (
            (dice.choice(_WIDE_NUMBERS) + dice.choice((0, 0, 1, -1))) % (1 << 64)
        ).to_bytes(8, "little")
        for _ in range(size // 8 + 1)
    )
    return words[:size]


class _Author:
    """Writes one program."""

    def __init__(self, dice: random.Random) -> None:
        self.dice: Final = dice
        self.hook: Final = dice.choices(HOOKS, (7, 2, 1, 1))[0]
        self.is_test: Final = self.hook == "test"
        self.memory_size: Final = (
            dice.choice((16, 24, 32, 48, 64)) if self.is_test else 0
        )
        self._room: Final = self.memory_size or EVENT_BYTES
        self._functions: list[Code] = []
        self._calls: list[tuple[int, int]] = []
        self._depth = 0
        self._pieces: Final[tuple[tuple[Callable[[], Code], int], ...]] = (
            (self._arithmetic, 10),
            (self._bound, 6),
            (self._memory, 10),
            (self._stack, 5),
            (self._array, 6),
            (self._hash, 4),
            (self._ring, 3),
            (self._data, 6),
            (self._text, 3),
            (self._loop, 3),
            (self._branch, 5),
            (self._merge, 4),
            (self._meeting, 10),
            (self._known, 6),
            (self._spill, 4),
            (self._atomic, 3),
            (self._copies, 4),
            (self._call, 3),
            (self._context, 3),
        )

    def program(self) -> Code:
        """All of it: the beginning, some pieces, the end, and its functions."""
        dice = self.dice
        code = self._begin()
        for _ in range(dice.choice((1, 2, 3, 4, 6, 9))):
            code += self._piece()
        end = len(code)
        code += self._end()
        code = [
            it._replace(offset=end - at - 1) if it.offset == _TO_END else it
            for at, it in enumerate(code)
        ]
        for function in self._functions:
            start = len(code)
            code += function
            for at, it in enumerate(code):
                if it.opcode == BY_NAME["CALL LOCAL"].opcode and it.immediate == (
                    _TO_END + self._functions.index(function)
                ):
                    code[at] = it._replace(immediate=start - at - 1)
        return code

    # ---- The beginning and the end.

    def _begin(self) -> Code:
        dice = self.dice
        code = make("MOV64 X", 6, 1)
        for register in (7, 8, 9):
            kind = dice.random()
            if kind < 0.55:
                size = dice.choice(_SIZES)
                width = 1 << _SIZES.index(size)
                at = dice.randrange(0, self._room // width) * width
                name = "LDXSX" if size != "DW" and dice.random() < 0.25 else "LDX"
                code += make(f"{name} {size}", register, 1, at)
            elif kind < 0.8:
                code += make("MOV64 K", register, imm=dice.choice(NUMBERS))
            else:
                code += make("LDDW", register, imm=dice.choice(_WIDE_NUMBERS))
        for at in range(-64, 0, 8):
            code += make("ST DW", 10, offset=at, imm=dice.choice(NUMBERS))
        return code

    def _end(self) -> Code:
        dice = self.dice
        if self.hook.startswith("decide"):
            if dice.random() < 0.7:
                return [*make("MOV64 K", imm=dice.choice((0, -1, -13))), *make("EXIT")]
            return [
                *make("MOV64 X", 0, 7),
                *make("AND64 K", 0, imm=15),
                *make("NEG64", 0),
                *make("EXIT"),
            ]
        code = make("MOV64 X", 0, 7)
        code += make("XOR64 X", 0, 8)
        code += make("ADD64 X", 0, 9)
        if dice.random() < 0.4:
            code += make("LDX DW", 1, 10, dice.choice((-8, -16, -64)))
            code += make("XOR64 X", 0, 1)
        return code + make("EXIT")

    def _piece(self) -> Code:
        pieces, weights = zip(*self._pieces, strict=True)
        self._depth += 1
        code: Code = self.dice.choices(pieces, weights)[0]()
        self._depth -= 1
        return code

    # ---- Numbers.

    def _number(self) -> int:
        return self.dice.choice((7, 8, 9))

    def _operation(self, to: int) -> Code:
        """One operation of arithmetic that changes this register."""
        dice = self.dice
        row = dice.choice(_ARITHMETIC)
        imm = dice.choice(NUMBERS)
        if row.name[:3] in ("LSH", "RSH", "ARS"):
            imm = dice.choice((0, 1, 2, 3, 8, 16, 24, 31, 32, 33, 48, 56, 63))
            imm %= 32 if "32" in row.name else 64
        if row.name[:3] in ("DIV", "MOD", "SDI", "SMO"):
            imm = imm or 3
        return of_row(row, to, self._number(), imm=imm)

    def _arithmetic(self) -> Code:
        dice = self.dice
        code: Code = []
        for _ in range(dice.choice((1, 2, 3, 5))):
            if dice.random() < 0.15:
                row = BY_NAME[
                    dice.choice(
                        ("MOV32 X", "MOVSX64 8", "MOVSX64 32", "MOVSX32 16", "MOV64 X")
                    )
                ]
                code += of_row(row, self._number(), self._number())
            elif dice.random() < 0.1:
                code += self._shift_by_some(self._number())
            else:
                code += self._operation(self._number())
        return code

    def _shift_by_some(self, to: int) -> Code:
        """By an amount between two bounds, perhaps larger than the register."""
        dice = self.dice
        code = make("MOV64 X", 4, self._number())
        code += make("AND64 K", 4, imm=dice.choice((3, 31, 63, 127)))
        code += make("ADD64 K", 4, imm=dice.choice((0, 1, 31, 32, 33, 63)))
        name = dice.choice(("LSH64", "RSH64", "ARSH64", "LSH32", "RSH32", "ARSH32"))
        return code + make(f"{name} X", to, 4)

    def _bound(self) -> Code:
        """A comparison that leaves the program, or a mask."""
        dice = self.dice
        register = self._number()
        if dice.random() < 0.3:
            mask = dice.choice((1, 3, 7, 8, 15, 24, 31, 56, 63, 255))
            return make(dice.choice(("AND64 K", "AND32 K")), register, imm=mask)
        row = dice.choice(_COMPARISONS)
        imm = dice.choice(NUMBERS)
        return of_row(row, register, self._number(), _TO_END, imm)

    def _distance(self, to: int, most: int, width: int) -> Code:
        """Make R`to` a number of 0 to about `most`, a multiple of `width`."""
        dice = self.dice
        code = make("MOV64 X", to, self._number())
        slack = dice.choice((0, 0, 0, 0, 1, -1)) * width
        most = max(0, most + slack)
        how = dice.randrange(5)
        if how == 0:
            mask = (1 << max(0, most.bit_length() - 1)) - 1
            if dice.random() < 0.1:
                mask = mask * 2 + 1
            code += make(dice.choice(("AND64 K", "AND32 K")), to, imm=mask & -width)
            return code
        if how == 1:
            code += make("MOD64 K", to, imm=most + 1)
        elif how == 2:
            code += make("MOV32 X", to, to)
            code += make("JGT64 K", to, offset=_TO_END, imm=most)
        elif how == 3:
            name = dice.choice(("JGT64 K", "JGE64 K", "JGT32 K", "JSGT64 K"))
            code += make(name, to, offset=_TO_END, imm=most)
            if "S" in name:
                lowest = dice.choice((0, 0, 0, 1, -1))
                code += make("JSLT64 K", to, offset=_TO_END, imm=lowest)
        else:
            code += make("LSH64 K", to, imm=32)
            name = dice.choice(("RSH64 K", "ARSH64 K", "RSH64 K"))
            code += make(name, to, imm=32)
            code += make("JSGT64 K", to, offset=_TO_END, imm=most)
            code += make("JSLT64 K", to, offset=_TO_END, imm=0)
        if width > 1:
            code += make("AND64 K", to, imm=-width)
        return code

    # ---- Addresses.

    def _touch(self, base: int, room: int, *, scratch: int = 3, low: int = 0) -> Code:
        """Move R`base` by a number, and load from there, or store there."""
        dice = self.dice
        size = dice.choice(_SIZES)
        width = 1 << _SIZES.index(size)
        fixed = dice.choice((0, 0, width, 2 * width, 8))
        code = self._distance(scratch, room - width - fixed, width)
        name = "ADD64 X"
        if dice.random() < 0.1:
            code += make("NEG64", scratch)
            name = "SUB64 X" if dice.random() < 0.7 else "ADD64 X"
        code += make(name, base, scratch)
        offset = fixed + low + dice.choice((0, 0, 0, 0, 0, 0, 0, width, -width))
        kind = dice.random()
        if kind < 0.5:
            loaded = "LDXSX" if size != "DW" and dice.random() < 0.2 else "LDX"
            return code + make(f"{loaded} {size}", self._number(), base, offset)
        if kind < 0.65:
            return code + make(
                f"ST {size}", base, offset=offset, imm=dice.choice(NUMBERS)
            )
        return code + make(f"STX {size}", base, self._number(), offset)

    def _memory(self) -> Code:
        if self.dice.random() < 0.3:
            size = self.dice.choice(_SIZES)
            width = 1 << _SIZES.index(size)
            at = self.dice.randrange(-1, self._room // width + 1) * width
            return make(f"LDX {size}", self._number(), 6, at)
        return make("MOV64 X", 2, 6) + self._touch(2, self._room)

    def _stack(self) -> Code:
        dice = self.dice
        kind = dice.random()
        if kind < 0.35:
            at = dice.choice((-8, -16, -56, -64, -72, -128, -504, -512, -520))
            code = make("STX DW", 10, self._number(), at)
            size = dice.choice(_SIZES)
            width = 1 << _SIZES.index(size)
            return code + make(
                f"LDX {size}",
                self._number(),
                10,
                at + dice.randrange(-1, 9) // width * width,
            )
        code = make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-64)
        return code + self._touch(2, 64)

    def _known(self) -> Code:
        """A number that the verifier can calculate, and an address that it moves."""
        dice = self.dice
        code = make("MOV64 K", 3, imm=dice.choice(NUMBERS))
        if dice.random() < 0.5:
            code = make("MOV64 X", 3, self._number())
            code += make("AND64 K", 3, imm=dice.choice((0, 8, 16, 1)))
        half = dice.choice(("32", "32", "64"))
        for _ in range(dice.choice((1, 2, 3))):
            name = dice.choice(("AND", "OR", "XOR", "ADD", "SUB", "LSH", "RSH", "ARSH"))
            imm = dice.choice((0, 1, 4, 8, 16, 24))
            code += make(f"{name}{half} K", 3, imm=imm)
        code += make("AND64 K", 3, imm=dice.choice((-1, 8, 15, 31, 0xFF)))
        base = dice.choice((6, DATA))
        if base == 6:
            code = make("MOV64 X", 2, 6) + code
        else:
            code = make("LDDW VALUE", 2, imm=DATA) + code
        code += make("ADD64 X", 2, 3)
        size = dice.choice(("B", "B", "W", "DW"))
        return code + make(f"LDX {size}", self._number(), 2, dice.choice((0, 0, 8, -8)))

    # ---- Maps.

    def _look_up(self, which: int) -> Code:
        dice = self.dice
        code = make("LDDW MAP", 1, imm=which)
        if which == ARRAY:
            index = dice.choice((0, 1, 3, 4))
            name = "ST W" if dice.random() < 0.6 else "STX W"
            code += make(name, 10, self._number(), -8, index)
        else:
            name = "ST DW" if dice.random() < 0.6 else "STX DW"
            code += make(name, 10, self._number(), -8, dice.choice((0, 1, 2)))
        code += make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-8)
        return code + make("CALL", imm=_HELPERS["map_lookup_elem"])

    def _if_found(self, body: Code) -> Code:
        """The body, unless R0 is null."""
        if self.dice.random() < 0.5:
            return make("JEQ64 K", 0, offset=len(body)) + body
        return make("JNE64 K", 0, offset=1) + make("JA", offset=len(body)) + body

    def _array(self) -> Code:
        code = self._look_up(ARRAY)
        return code + self._if_found(self._touch(0, MAPS[ARRAY].value_size))

    def _hash(self) -> Code:
        dice = self.dice
        kind = dice.random()
        if kind < 0.4:
            code = make("ST DW", 10, offset=-8, imm=dice.choice((0, 1, 2)))
            code += make("LDDW MAP", 1, imm=HASH)
            code += make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-8)
            if dice.random() < 0.3:
                return code + make("CALL", imm=_HELPERS["map_delete_elem"])
            code += make("MOV64 X", 3, 10)
            code += make("ADD64 K", 3, imm=dice.choice((-24, -32, -64, -16, -8, -72)))
            code += make("MOV64 K", 4, imm=dice.choice((0, 0, 1, 2, 3)))
            return code + make("CALL", imm=_HELPERS["map_update_elem"])
        return self._look_up(HASH) + self._if_found(self._touch(0, 16))

    def _ring(self) -> Code:
        dice = self.dice
        if dice.random() < 0.35:
            code = self._distance(3, dice.choice((32, 48, 64)), 1)
            code += make("ADD64 K", 3, imm=dice.choice((1, 1, 0)))
            code += make("LDDW MAP", 1, imm=RING)
            code += make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-64)
            code += make("MOV64 K", 4)
            return code + make("CALL", imm=_HELPERS["ringbuf_output"])
        size = dice.choice((1, 8, 16, 24, 100, 248, 249))
        code = make("LDDW MAP", 1, imm=RING) + make("MOV64 K", 2, imm=size)
        code += make("MOV64 K", 3) + make("CALL", imm=_HELPERS["ringbuf_reserve"])
        end = dice.choice(("ringbuf_submit", "ringbuf_discard"))
        body = make("MOV64 X", 5, 0) + self._inside_only(0, size)
        body += make("MOV64 X", 1, 5) + make("MOV64 K", 2)
        if dice.random() < 0.95:
            body += make("CALL", imm=_HELPERS[end])
        return code + self._if_found(body)

    def _inside_only(self, base: int, room: int) -> Code:
        """As _touch, without a way out of the program: a mask."""
        dice = self.dice
        size = dice.choice(_SIZES)
        width = 1 << _SIZES.index(size)
        most = max(0, room - width)
        mask = (1 << max(0, most.bit_length() - 1)) - 1
        code = make("MOV64 X", 3, self._number())
        code += make("AND64 K", 3, imm=mask & -width)
        code += make("ADD64 X", base, 3)
        if dice.random() < 0.5:
            return code + make(f"STX {size}", base, self._number())
        return code + make(f"LDX {size}", self._number(), base)

    def _data(self) -> Code:
        dice = self.dice
        which = dice.choice((DATA, DATA, WIDE, TEXTS))
        room = MAPS[which].value_size
        at = dice.choice((0, 0, 0, 8, 16))
        code = make("LDDW VALUE", 2, imm=which | at << 32)
        return code + self._touch(2, room - at)

    # ---- Texts, calls and the event.

    def _text(self) -> Code:
        dice = self.dice
        code = self._distance(2, dice.choice((16, 32, 64)), 1)
        code += make("ADD64 K", 2, imm=dice.choice((1, 1, 0)))
        code += make("MOV64 X", 1, 10)
        code += make("ADD64 K", 1, imm=dice.choice((-64, -64, -32, -128)))
        helper = dice.choice(
            ("get_current_comm", "text_number", "trace_printk", "text_matches")
        )
        if helper == "text_matches":
            code += make("LDDW VALUE", 3, imm=TEXTS)
            code += make("MOV64 K", 4, imm=dice.choice((1, 8, 15, 48, 49)))
            code += make("MOV64 K", 5, imm=dice.choice((0, 1)))
        else:
            for register in (3, 4, 5):
                code += make("MOV64 X", register, self._number())
        code += make("CALL", imm=_HELPERS[helper])
        return code + (
            make("MOV64 X", self._number(), 0) if dice.random() < 0.5 else []
        )

    def _context(self) -> Code:
        """Copy a text out of the event, or do what a test can do instead."""
        dice = self.dice
        if self.is_test:
            return self._text()
        code = make("MOV64 X", 3, 6)
        code += make(
            "ADD64 K", 3, imm=dice.choice((0, 40, 112, 136, 152, 224, 231, 232))
        )
        if dice.random() < 0.5:
            code += make("LDDW VALUE", 1, imm=WIDE)
            code += make("MOV64 K", 2, imm=dice.choice((8, 64, 256, 512, 513)))
        else:
            code += make("MOV64 X", 1, 10)
            code += make("ADD64 K", 1, imm=-64)
            code += make("MOV64 K", 2, imm=dice.choice((1, 8, 64, 65)))
        code += make("CALL", imm=_HELPERS["probe_read_kernel_str"])
        return code + make("MOV64 X", self._number(), 0)

    def _call(self) -> Code:
        """Call a function of the program's own."""
        dice = self.dice
        if len(self._functions) >= 3 or self._depth > 1:
            return self._arithmetic()
        kind = dice.random()
        body: Code = []
        if kind < 0.25:  # an address in this frame, or in the caller's
            body += make("ST DW", 10, offset=-64, imm=5) + make("JSET64 K", 3, 0, 2, 1)
            body += make("MOV64 X", 1, 10) + make("ADD64 K", 1, imm=-64)
            body += make("LDX DW", 0, 1, dice.choice((0, 0, 8)))
        elif kind < 0.6:
            body += make("MOV64 X", 6, 1) + make("MOV64 X", 7, 2)
            body += make("MOV64 X", 8, 3) + make("MOV64 K", 9, imm=1)
            body += make("STX DW", 10, 2, -8)
            size = dice.choice(_SIZES)
            width = 1 << _SIZES.index(size)
            body += make("AND64 K", 7, imm=(dice.choice((8, 16, 32, 64)) - 1) & -width)
            body += make("ADD64 X", 1, 7)
            body += make(f"LDX {size}", 0, 1)
            body += make("LDX DW", 2, 10, dice.choice((-8, -8, -16)))
            body += make("ADD64 X", 0, 2)
        else:
            body += make("MOV64 X", 0, 2)
            for _ in range(3):
                body += [
                    it._replace(src=3 if it.src in (7, 8, 9) else it.src)
                    for it in self._operation(0)
                ]
            body += make("AND64 K", 0, imm=dice.choice((7, 15, 31)))
            body += make("JNE64 X", 0, 3, 1) + make("MOV64 K", 0, imm=8)
        self._functions.append(body + make("EXIT"))
        code = make("MOV64 X", 1, 6)
        if dice.random() < 0.5:
            code = make("MOV64 X", 1, 10) + make("ADD64 K", 1, imm=-64)
        code += make("MOV64 X", 2, self._number()) + make("MOV64 X", 3, self._number())
        number = _TO_END + len(self._functions) - 1
        code += make("CALL LOCAL", imm=number)
        return code + make("MOV64 X", self._number(), 0)

    # ---- Ways.

    def _inner(self) -> Code:
        return self._arithmetic() if self._depth > 2 else self._piece()

    def _loop(self) -> Code:
        """A bounded loop with a counter in R9, or in the stack."""
        dice = self.dice
        if self._depth > 2:
            return self._arithmetic()
        times = dice.choice((2, 4, 8, 15, 16, 17, 60))
        code = make("ST DW", 10, offset=-96, imm=0)
        body = make("LDX DW", 9, 10, -96)
        body += make("MOV64 X", 2, 6) + make("ADD64 X", 2, 9)
        body += make("LDX B", dice.choice((7, 8)), 2, dice.choice((0, 0, 1, 7)))
        body += self._arithmetic() if dice.random() < 0.7 else self._inner()
        body += make("LDX DW", 9, 10, -96)
        body += make("ADD64 K", 9, imm=dice.choice((1, 1, 1, 2, 3)))
        body += make("STX DW", 10, 9, -96)
        name = dice.choice(
            ("JLT64 K", "JLT64 K", "JSLT64 K", "JLE64 K", "JNE64 K", "JLT32 K")
        )
        return code + body + make(name, 9, offset=-len(body) - 1, imm=times)

    def _branch(self) -> Code:
        """Two ways that meet again: one of them sets a number, or does a piece."""
        dice = self.dice
        row = dice.choice(_COMPARISONS)
        body = self._inner()
        code = of_row(
            row, self._number(), self._number(), len(body), dice.choice(NUMBERS)
        )
        if dice.random() < 0.4:
            other = self._inner()
            body += make("JA", offset=len(other))
            code = [code[0]._replace(offset=len(body))]
            return code + body + other
        return code + body

    def _merge(self) -> Code:
        """Two ways that leave something else in the same place, which is used then.

        The verifier must not take the one for the other where the ways meet.
        """
        dice = self.dice
        room = self._room
        kind = dice.randrange(5)
        first, second = dice.choice((0, 1, 8, 15)), dice.choice((0, 8, room - 1, room))
        if kind == 0:  # a constant in a register
            register = self._number()
            ways = [make("MOV64 K", register, imm=it) for it in (first, second)]
            after = make("MOV64 X", 2, 6) + make("ADD64 X", 2, register)
        elif kind == 1:  # a constant in the stack
            ways = [make("ST DW", 10, offset=-104, imm=it) for it in (first, second)]
            after = make("LDX DW", 3, 10, -104)
            after += make("MOV64 X", 2, 6) + make("ADD64 X", 2, 3)
        elif kind == 2:  # addresses of two kinds
            ways = [
                make("MOV64 X", 2, 6) + make("ADD64 K", 2, imm=first),
                make("MOV64 X", 2, 10) + make("ADD64 K", 2, imm=-second - 1),
            ]
            after = []
        elif kind == 3:  # an address in the stack, and a number
            ways = [
                make("STX DW", 10, 6, -104),
                make("STX DW", 10, dice.choice((6, 6, 7)), -104),
            ]
            after = make("LDX DW", 2, 10, -104)
        else:  # what was learned on one way only
            register = self._number()
            ways = [self._distance(register, room - 1, 1), self._distance(3, 8, 1)]
            after = make("MOV64 X", 2, 6) + make("ADD64 X", 2, register)
        if dice.random() < 0.5:
            ways.reverse()
        row = dice.choice(_COMPARISONS)
        code = of_row(
            row, self._number(), self._number(), len(ways[0]) + 1, dice.choice(NUMBERS)
        )
        code += ways[0] + make("JA", offset=len(ways[1])) + ways[1]
        if kind not in (2, 4) and dice.random() < 0.5:
            code += self._bound()
        return code + after + make("LDX B", self._number(), 2)

    def _meeting(self) -> Code:
        jump = self.dice.choice(_COMPARISONS)
        return any_meeting(self.dice, jump, (DATA, TEXTS, WIDE))

    def _spill(self) -> Code:
        """A register goes to the stack and comes back, perhaps as another."""
        dice = self.dice
        at = dice.choice((-72, -80, -88))
        register = dice.choice((6, 7, 8, 9, 7, 8, 9))
        code = make("STX DW", 10, register, at)
        code += self._bound() if dice.random() < 0.5 else self._inner()
        size = "DW" if register == 6 or dice.random() < 0.7 else dice.choice(_SIZES)
        to = 6 if register == 6 else self._number()
        return code + make(f"LDX {size}", to, 10, at)

    def _atomic(self) -> Code:
        dice = self.dice
        row = dice.choice(_ATOMICS)
        width = 8 if "64" in row.name else 4
        code: Code = []
        if dice.random() < 0.5:
            base, at = 10, dice.choice((-8, -16, -64, -60, -4, -72))
        else:
            code += make("LDDW VALUE", 2, imm=dice.choice((DATA, DATA, TEXTS)))
            base, at = 2, dice.choice((0, 4, 8, 40, 44, 48))
        code += make("MOV64 X", 0, self._number())
        code += of_row(row, base, self._number(), at - at % width)
        return code + (
            make("MOV64 X", self._number(), 0) if dice.random() < 0.5 else []
        )

    def _copies(self) -> Code:
        """What is learned of a copy holds for the number itself."""
        dice = self.dice
        register = self._number()
        code = make(dice.choice(("MOV64 X", "MOV32 X", "MOV64 X")), 4, register)
        if dice.random() < 0.3:
            code += self._operation(dice.choice((4, register)))
        row = BY_NAME[
            dice.choice(("JGT64 K", "JGT32 K", "JLT64 K", "JSGT64 K", "JNE64 K"))
        ]
        code += of_row(row, 4, 0, _TO_END, dice.choice((0, 1, 7, 8, 15, 31)))
        if dice.random() < 0.5:
            code += make("JSLT64 K", 4, offset=_TO_END, imm=0)
        code += make("MOV64 X", 2, 6) + make("ADD64 X", 2, register)
        return code + make("LDX B", self._number(), 2, dice.choice((0, 0, 1, 8)))
