"""What each instruction must do: cases from the text of RFC 9669, edge cases first.

The results were worked out by hand from sections 4 and 5 of the RFC. Nothing here was
copied from what the interpreter says.

    ARITHMETIC    operation: (destination, second operand, result), as unsigned numbers.
                  A case is tried with a register, and with an immediate as well.
    UNARY         operation: (before, after)
    JUMPS         comparison: (left, right, whether the jump is taken)
    PROGRAMS      name of a row: programs in text that return the result in R0
"""

from __future__ import annotations

from typing import Final, NamedTuple

ONES: Final = 0xFFFF_FFFF_FFFF_FFFF
LOWEST: Final = 0x8000_0000_0000_0000  # the smallest signed number of 64 bits
HIGHEST: Final = 0x7FFF_FFFF_FFFF_FFFF
DIRTY: Final = 0xDEAD_BEEF_0000_0000  # an upper half that 32-bit operations must clear


def minus(number: int) -> int:
    """A negative number as its 64 bits."""
    return -number & ONES


ARITHMETIC: Final[dict[str, tuple[tuple[int, int, int], ...]]] = {
    "ADD32": (
        (0xFFFF_FFFF, 1, 0),  # it wraps at 32 bits
        (DIRTY | 5, 7, 12),  # the upper half is cleared
        (1, minus(2), 0xFFFF_FFFF),
    ),
    "ADD64": (
        (ONES, 1, 0),  # it wraps at 64 bits
        (0, minus(1), ONES),  # an immediate is sign-extended
        (0xFFFF_FFFF, 1, 0x1_0000_0000),  # a carry into the upper half
    ),
    "SUB32": (
        (0, 1, 0xFFFF_FFFF),
        (DIRTY | 7, 7, 0),
        (0x8000_0000, 1, 0x7FFF_FFFF),
    ),
    "SUB64": (
        (0, 1, ONES),
        (0, minus(1), 1),
        (LOWEST, 1, HIGHEST),
    ),
    "MUL32": (
        (0x8000_0000, 2, 0),
        (DIRTY | 0x1_0001, 0x1_0001, 0x2_0001),
        (minus(3), 5, 0xFFFF_FFF1),
    ),
    "MUL64": (
        (LOWEST, 2, 0),
        (0x1_0000_0001, minus(1), 0xFFFF_FFFE_FFFF_FFFF),
        (0x1234_5678, 0x1000, 0x123_4567_8000),
    ),
    "DIV32": (
        (DIRTY | 7, 0, 0),  # division by zero gives zero
        (0xFFFF_FFFF, minus(1), 1),  # unsigned: both are the largest number
        (DIRTY | 13, 4, 3),
    ),
    "DIV64": (
        (7, 0, 0),
        (5, minus(1), 0),  # an immediate is sign-extended, then taken as unsigned
        (ONES, 2, HIGHEST),
    ),
    "SDIV32": (
        (7, 0, 0),
        (0x8000_0000, minus(1), 0x8000_0000),  # does not trap, and wraps
        (0xFFFF_FFF3, 3, 0xFFFF_FFFC),  # -13 / 3 = -4: it truncates towards zero
        (13, minus(3), 0xFFFF_FFFC),
    ),
    "SDIV64": (
        (minus(7), 0, 0),
        (LOWEST, minus(1), LOWEST),
        (minus(13), 3, minus(4)),
        (13, minus(3), minus(4)),
    ),
    "MOD32": (
        (DIRTY | 7, 0, 7),  # by zero: the value stays, but the upper half is cleared
        (0xFFFF_FFFF, minus(1), 0),
        (DIRTY | 13, 4, 1),
    ),
    "MOD64": (
        (DIRTY | 7, 0, DIRTY | 7),  # by zero: nothing changes
        (5, minus(1), 5),
        (ONES, 10, 5),  # 18446744073709551615
    ),
    "SMOD32": (
        (DIRTY | 7, 0, 7),
        (0x8000_0000, minus(1), 0),
        (0xFFFF_FFF3, 3, 0xFFFF_FFFF),  # -13 % 3 == -1, as the RFC says
        (13, minus(3), 1),
    ),
    "SMOD64": (
        (minus(7), 0, minus(7)),
        (LOWEST, minus(1), 0),
        (minus(13), 3, minus(1)),
        (13, minus(3), 1),
    ),
    "OR32": (
        (DIRTY, 0, 0),
        (0x0F0F_0000, 0x00F0_00F0, 0x0FFF_00F0),
        (0, minus(1), 0xFFFF_FFFF),
    ),
    "OR64": (
        (DIRTY, 1, DIRTY | 1),
        (0, minus(1), ONES),
        (0x0F, 0xF0, 0xFF),
    ),
    "AND32": (
        (ONES, minus(1), 0xFFFF_FFFF),
        (DIRTY | 0xFF, 0x0F, 0x0F),
        (0xAAAA_AAAA, 0x5555_5555, 0),
    ),
    "AND64": (
        (ONES, minus(1), ONES),
        (ONES, 0xFF, 0xFF),
        (LOWEST, minus(256), LOWEST),
    ),
    "XOR32": (
        (DIRTY | 5, 5, 0),
        (0xFF, minus(1), 0xFFFF_FF00),
        (0xAAAA_AAAA, 0x5555_5555, 0xFFFF_FFFF),
    ),
    "XOR64": (
        (ONES, minus(1), 0),
        (0, minus(1), ONES),
        (0b1100, 0b1010, 0b0110),
    ),
    "LSH32": (
        (1, 32, 1),  # the shift is masked with 31
        (DIRTY | 1, 31, 0x8000_0000),
        (0xFFFF_FFFF, 4, 0xFFFF_FFF0),
        (1, minus(1), 0x8000_0000),  # -1 & 31 = 31
    ),
    "LSH64": (
        (1, 64, 1),  # the shift is masked with 63
        (1, 63, LOWEST),
        (ONES, 32, 0xFFFF_FFFF_0000_0000),
        (1, minus(1), LOWEST),
    ),
    "RSH32": (
        (0x8000_0000, 32, 0x8000_0000),
        (DIRTY | 0x8000_0000, 31, 1),  # zeros come in, not the upper half
        (0xFF, 4, 0x0F),
    ),
    "RSH64": (
        (LOWEST, 64, LOWEST),
        (LOWEST, 63, 1),
        (DIRTY, 32, 0xDEAD_BEEF),
    ),
    "ARSH32": (
        (0x8000_0000, 32, 0x8000_0000),
        (0x8000_0000, 31, 0xFFFF_FFFF),  # the sign comes in; the upper half is zero
        (DIRTY | 0x7000_0000, 28, 7),
    ),
    "ARSH64": (
        (LOWEST, 64, LOWEST),
        (LOWEST, 63, ONES),
        (HIGHEST, 62, 1),
    ),
    "MOV32": (
        (ONES, minus(1), 0xFFFF_FFFF),  # the upper half is zero, also of -1
        (ONES, 0, 0),
        (DIRTY, 0x1234, 0x1234),
    ),
    "MOV64": (
        (0, minus(1), ONES),
        (ONES, 0, 0),
        (0, 0x7FFF_FFFF, 0x7FFF_FFFF),
    ),
}

MOVES: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "MOVSX32 8": ((0x80, 0xFFFF_FF80), (0x17F, 0x7F), (ONES, 0xFFFF_FFFF)),
    "MOVSX32 16": ((0x8000, 0xFFFF_8000), (0x1_7FFF, 0x7FFF), (ONES, 0xFFFF_FFFF)),
    "MOVSX64 8": ((0x80, minus(0x80)), (0x17F, 0x7F), (0xFF, ONES)),
    "MOVSX64 16": ((0x8000, minus(0x8000)), (0x1_7FFF, 0x7FFF), (0xFFFF, ONES)),
    "MOVSX64 32": (
        (0x8000_0000, minus(0x8000_0000)),
        (DIRTY | 0x7FFF_FFFF, 0x7FFF_FFFF),
        (0xFFFF_FFFF, ONES),
    ),
}

_MIXED: Final = 0x0123_4567_89AB_CDEF
UNARY: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "NEG32": (
        (0x8000_0000, 0x8000_0000),
        (DIRTY | 1, 0xFFFF_FFFF),
        (DIRTY, 0),
    ),
    "NEG64": ((LOWEST, LOWEST), (1, ONES), (0, 0)),
    # The machine is little-endian: "to little endian" keeps the lowest bytes.
    "LE16": ((_MIXED, 0xCDEF), (0x1_0000, 0), (ONES, 0xFFFF)),
    "LE32": ((_MIXED, 0x89AB_CDEF), (0x1_0000_0000, 0), (ONES, 0xFFFF_FFFF)),
    "LE64": ((_MIXED, _MIXED), (0, 0), (ONES, ONES)),
    "BE16": ((_MIXED, 0xEFCD), (0x1_0000, 0), (0x1122, 0x2211)),
    "BE32": ((_MIXED, 0xEFCD_AB89), (0x1_0000_0000, 0), (0x1, 0x0100_0000)),
    "BE64": ((_MIXED, 0xEFCD_AB89_6745_2301), (0, 0), (1, 0x0100_0000_0000_0000)),
    "BSWAP16": ((_MIXED, 0xEFCD), (0x1_0000, 0), (0x1122, 0x2211)),
    "BSWAP32": ((_MIXED, 0xEFCD_AB89), (0x1_0000_0000, 0), (0x1, 0x0100_0000)),
    "BSWAP64": ((_MIXED, 0xEFCD_AB89_6745_2301), (0, 0), (1, 0x0100_0000_0000_0000)),
}

# 32-bit comparisons see only the lower halves: the upper ones differ on purpose.
JUMPS: Final[dict[str, tuple[tuple[int, int, bool], ...]]] = {
    "JEQ32": ((DIRTY | 5, 5, True), (5, 6, False), (0xFFFF_FFFF, minus(1), True)),
    "JEQ64": ((DIRTY | 5, 5, False), (5, 5, True), (ONES, minus(1), True)),
    "JNE32": ((DIRTY | 5, 5, False), (5, 6, True), (0xFFFF_FFFF, minus(1), False)),
    "JNE64": ((DIRTY | 5, 5, True), (5, 5, False), (0xFFFF_FFFF, minus(1), True)),
    "JGT32": ((DIRTY, 1, False), (minus(1), 1, True), (5, 5, False)),
    "JGT64": ((DIRTY, 1, True), (1, minus(1), False), (5, 5, False)),
    "JGE32": ((DIRTY, 1, False), (minus(1), 1, True), (5, 5, True)),
    "JGE64": ((DIRTY, 1, True), (1, minus(1), False), (5, 5, True)),
    "JLT32": ((DIRTY, 1, True), (1, minus(1), True), (5, 5, False)),
    "JLT64": ((DIRTY, 1, False), (1, minus(1), True), (5, 5, False)),
    "JLE32": ((DIRTY, 1, True), (minus(1), 1, False), (5, 5, True)),
    "JLE64": ((DIRTY, 1, False), (minus(1), 1, False), (5, 5, True)),
    "JSET32": ((DIRTY, minus(1), False), (6, 4, True), (6, 1, False)),
    "JSET64": ((LOWEST, minus(1), True), (6, 4, True), (6, 1, False)),
    "JSGT32": ((0x8000_0000, 0, False), (1, minus(1), True), (5, 5, False)),
    "JSGT64": ((0x8000_0000, 0, True), (1, minus(1), True), (LOWEST, 0, False)),
    "JSGE32": ((0x8000_0000, 0, False), (1, minus(1), True), (5, 5, True)),
    "JSGE64": ((0x8000_0000, 0, True), (LOWEST, 0, False), (5, 5, True)),
    "JSLT32": ((0x8000_0000, 0, True), (1, minus(1), False), (5, 5, False)),
    "JSLT64": ((0x8000_0000, 0, False), (LOWEST, 0, True), (5, 5, False)),
    "JSLE32": ((0x8000_0000, 0, True), (1, minus(1), False), (5, 5, True)),
    "JSLE64": ((0x8000_0000, 0, False), (LOWEST, 0, True), (5, 5, True)),
}


class Case(NamedTuple):
    """A program: its text, what it returns, and the memory that it gets.

    `stops` is a part of the reason if the program must be stopped.
    """

    text: str
    result: int = 0
    memory: bytes = b""
    stops: str = ""


_BYTES: Final = bytes.fromhex("11 82 33 84 55 86 77 88 99 aa bb cc dd ee ff 00")


def _loads(size: str, first: int, at_three: int, last: int) -> tuple[Case, ...]:
    """Loads at the start, at an odd place, and with a negative offset."""
    return (
        Case(f"r0 = *({size} *)(r1 + 0); exit", first, _BYTES),
        Case(f"r0 = *({size} *)(r1 + 3); exit", at_three, _BYTES),
        Case(f"r1 += 8; r0 = *({size} *)(r1 - 8); exit", first, _BYTES),
        Case(
            f"r2 = r1; r2 += 8; r2 = *({size} *)(r2 + 0); r0 = r2; exit", last, _BYTES
        ),
    )


def _stores(bits: int) -> tuple[Case, ...]:
    """A store changes so many bytes and no more, at any place."""
    kept = ONES & ~((1 << bits) - 1)
    inner = ((1 << bits) - 1) << 8 & ONES
    whole = "r0 = *(u64 *)(r1 + 0); exit"
    return (
        Case(f"r2 = 0; *(u{bits} *)(r1 + 0) = r2; {whole}", kept, b"\xff" * 16),
        Case(
            f"r2 = {_MIXED} ll; *(u{bits} *)(r1 + 0) = r2; {whole}",
            _MIXED & (1 << bits) - 1,
            bytes(16),
        ),
        Case(f"r2 = -1; *(u{bits} *)(r1 + 1) = r2; {whole}", inner, bytes(16)),
    )


def _stores_of_immediates(bits: int) -> tuple[Case, ...]:
    mask = (1 << bits) - 1
    whole = "r0 = *(u64 *)(r1 + 0); exit"
    return (
        Case(f"*(u{bits} *)(r1 + 0) = 0; {whole}", ONES & ~mask, b"\xff" * 16),
        # The immediate has 32 bits; its sign fills a double word.
        Case(f"*(u{bits} *)(r1 + 0) = -2; {whole}", minus(2) & mask, bytes(16)),
        Case(f"r1 += 16; *(u{bits} *)(r1 - 16) = 5; r1 -= 16; {whole}", 5, bytes(16)),
    )


_ATOMIC_RESULTS: Final = {  # of 0x8000_0001_F000_000F and 0xFFFF_FFFF_1000_00F1
    "ADD": (0x8000_0001_0000_0100, 0x0000_0100),
    "OR": (0xFFFF_FFFF_F000_00FF, 0xF000_00FF),
    "AND": (0x8000_0001_1000_0001, 0x1000_0001),
    "XOR": (0x7FFF_FFFE_E000_00FE, 0xE000_00FE),
}
_BEFORE: Final = 0x8000_0001_F000_000F
_OPERAND: Final = 0xFFFF_FFFF_1000_00F1
_SIGNS: Final = {"ADD": "+=", "OR": "|=", "AND": "&=", "XOR": "^="}


def _atomic(name: str, bits: int) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Without FETCH, and with it: what is in memory, and what is in the registers."""
    letter = "w" if bits == 32 else "r"
    low = (1 << bits) - 1
    after64, after32 = _ATOMIC_RESULTS[name]
    # A 32-bit operation leaves the four bytes behind it alone.
    after = after64 if bits == 64 else _BEFORE & ~low | after32
    memory = _BEFORE.to_bytes(8, "little") + bytes(8)
    start = f"r2 = {_OPERAND} ll; r0 = 0; "
    there = f"(u{bits} *)(r1 + 0)"
    plain = f"{start} lock *{there} {_SIGNS[name]} {letter}2;"
    fetch = (
        f"{start} {letter}2 = atomic_fetch_{name.lower()}_{bits}({there}, {letter}2);"
    )
    whole = "r0 = *(u64 *)(r1 + 0); exit"
    lock = f"lock *(u{bits} *)(r1 - 8) {_SIGNS[name]} {letter}2"
    other = f"r1 += 16; r2 = 1; {lock}; r1 -= 8;"
    return (
        (
            Case(f"{plain} {whole}", after, memory),
            Case(f"{plain} r0 = r2; exit", _OPERAND, memory),
            Case(f"{other} {whole}", 0 if name == "AND" else 1, memory),
        ),
        (
            Case(f"{fetch} {whole}", after, memory),
            # What comes back from 32 bits is zero-extended.
            Case(f"{fetch} r0 = r2; exit", _BEFORE & low, memory),
            Case(f"{fetch} r0 = *(u64 *)(r1 + 8); exit", 0, memory),
        ),
    )


def _exchanges(bits: int) -> dict[str, tuple[Case, ...]]:
    letter = "w" if bits == 32 else "r"
    low = (1 << bits) - 1
    memory = _BEFORE.to_bytes(8, "little") + bytes(8)
    there, whole = f"(u{bits} *)(r1 + 0)", "r0 = *(u64 *)(r1 + 0); exit"
    swap = f"r2 = {_OPERAND} ll; {letter}2 = xchg_{bits}({there}, {letter}2);"
    compare = f"{letter}0 = cmpxchg_{bits}({there}, {letter}0, {letter}2);"
    compare = f"r2 = {_OPERAND} ll; {compare}"
    equal, other = f"r0 = {_BEFORE & low} ll;", "r0 = 1;"
    swapped = _BEFORE & ~low | _OPERAND & low
    return {
        f"ATOMIC{bits} XCHG": (
            Case(f"{swap} {whole}", swapped, memory),
            Case(f"{swap} r0 = r2; exit", _BEFORE & low, memory),
            Case(f"{swap} r0 = *(u64 *)(r1 + 8); exit", 0, memory),
        ),
        f"ATOMIC{bits} CMPXCHG": (
            Case(f"{equal} {compare} {whole}", swapped, memory),
            Case(f"{other} {compare} {whole}", _BEFORE, memory),
            # R0 is what was there, in both cases, and zero-extended.
            Case(f"{equal} {compare} exit", _BEFORE & low, memory),
            Case(f"{other} {compare} exit", _BEFORE & low, memory),
            Case(f"{equal} {compare} r0 = r2; exit", _OPERAND, memory),
        ),
    }


def _programs() -> dict[str, tuple[Case, ...]]:
    found: dict[str, tuple[Case, ...]] = {
        "JA": (
            Case("r0 = 1; goto +1; r0 = 2; exit", 1),
            Case("r0 = 1; goto +0; r0 = 2; exit", 2),
            Case("goto +2; r0 = 3; exit; goto -3", 3),
        ),
        "JA32": (
            Case("r0 = 1; gotol +1; r0 = 2; exit", 1),
            Case("r0 = 1; gotol +0; r0 = 2; exit", 2),
            Case("gotol +2; r0 = 3; exit; gotol -3", 3),
            Case("gotol +100000; exit", stops="no such instruction"),
        ),
        "CALL": (
            # Helpers are called by their numbers; those that do not exist end the run.
            Case("call 0; exit", stops="no such instruction"),
            Case("call -1; exit", stops="no such instruction"),
            # What a helper returns is in R0, and R6 to R9 stay as they are.
            Case("r6 = 7; call ktime_get_ns; if r0 == 0 goto +1; r0 = r6; exit", 7),
            # Arguments are in R1 to R5: the size is 0, so nothing may be written.
            Case("r1 = r10; r2 = 0; call get_current_comm; exit", stops="its own"),
            Case(
                "r1 = r10; r1 += -16; r2 = 16; call get_current_comm;"
                "r0 = *(u32 *)(r10 - 16); exit",
                int.from_bytes(b"bpf\0", "little"),
            ),
        ),
        "CALL LOCAL": (
            Case("r1 = 5; call double; exit; double: r0 = r1; r0 += r0; exit", 10),
            # R6 to R9 come back as they were; what the function does to them is lost.
            Case(
                "r6 = 1; r7 = 2; r8 = 3; r9 = 4; call spoil; r0 = r6; r0 += r7;"
                "r0 += r8; r0 += r9; exit;"
                "spoil: r6 = 0; r7 = 0; r8 = 0; r9 = 0; r0 = 0; exit",
                10,
            ),
            # Each function has a stack of its own, and gives R10 back.
            Case(
                "*(u64 *)(r10 - 8) = 7; call other; r0 = *(u64 *)(r10 - 8); exit;"
                "other: *(u64 *)(r10 - 8) = 9; r0 = 0; exit",
                7,
            ),
            # The function can write to its caller's stack through a pointer.
            Case(
                "*(u64 *)(r10 - 8) = 7; r1 = r10; call other;"
                "r0 = *(u64 *)(r10 - 8); exit;"
                "other: *(u64 *)(r1 - 8) = 9; r0 = 0; exit",
                9,
            ),
            Case("call pc+0; r0 = 1; exit", 1),
            # Eight frames at most: the eighth call inside one another is too many.
            Case(
                "r0 = 0; call deeper; exit; deeper: call deeper; exit", stops="inside"
            ),
        ),
        "EXIT": (
            Case("r0 = 7; exit", 7),
            Case("r0 = -1; exit", ONES),
            Case("r0 = 1; exit; r0 = 2; exit", 1),
        ),
        "LDX B": _loads("u8", 0x11, 0x84, 0x99),
        "LDX H": _loads("u16", 0x8211, 0x5584, 0xAA99),
        "LDX W": _loads("u32", 0x8433_8211, 0x7786_5584, 0xCCBB_AA99),
        "LDX DW": _loads(
            "u64", 0x8877_8655_8433_8211, 0xBBAA_9988_7786_5584, 0x00FF_EEDD_CCBB_AA99
        ),
        "LDXSX B": _loads("s8", 0x11, minus(0x7C), minus(0x67)),
        "LDXSX H": _loads("s16", minus(0x7DEF), 0x5584, minus(0x5567)),
        "LDXSX W": _loads("s32", minus(0x7BCC_7DEF), 0x7786_5584, minus(0x3344_5567)),
        "LDDW": (
            Case("r0 = 0x123456789abcdef0 ll; exit", 0x1234_5678_9ABC_DEF0),
            Case("r0 = 0xffffffff ll; exit", 0xFFFF_FFFF),  # not sign-extended
            Case("r0 = -1 ll; exit", ONES),
            Case("r0 = 0x8000000000000000 ll; exit", LOWEST),
        ),
        "LDDW MAP": (
            Case("r0 = 0; r1 = map[0]; if r1 == 0 goto +1; r0 = 1; exit", 1),
            Case(
                "r0 = 0; r1 = map[0]; r2 = map[0]; if r1 != r2 goto +1; r0 = 1; exit", 1
            ),
            Case(
                "r0 = 0; r1 = map[0]; r2 = map[1]; if r1 == r2 goto +1; r0 = 1; exit", 1
            ),
        ),
        "LDDW VALUE": (
            Case("r1 = value[0] + 0; r0 = *(u32 *)(r1 + 0); exit", 0x0403_0201),
            Case("r1 = value[0] + 2; r0 = *(u16 *)(r1 + 0); exit", 0x0403),
            Case("r1 = value[1] + 0; r0 = *(u64 *)(r1 + 0); exit", 0),
            Case(
                "r1 = value[1] + 8; r2 = 5; *(u64 *)(r1 + 0) = r2;"
                "r3 = value[1]; r0 = *(u64 *)(r3 + 8); exit",
                5,
            ),
        ),
    }
    for size, bits in (("B", 8), ("H", 16), ("W", 32), ("DW", 64)):
        found[f"STX {size}"] = _stores(bits)
        found[f"ST {size}"] = _stores_of_immediates(bits)
    for bits in (32, 64):
        for name in _ATOMIC_RESULTS:
            plain, fetch = _atomic(name, bits)
            found[f"ATOMIC{bits} {name}"] = plain
            found[f"ATOMIC{bits} FETCH {name}"] = fetch
        found |= _exchanges(bits)
    return found


def _operand(value: int) -> int | None:
    """The immediate that is this number when its sign is extended, if there is one."""
    signed = value - (1 << 64) if value >> 63 else value
    return signed if -(1 << 31) <= signed < 1 << 31 else None


def _binary(name: str) -> dict[str, tuple[Case, ...]]:
    sign = {
        "ADD": "+=", "SUB": "-=", "MUL": "*=", "DIV": "/=", "MOD": "%=", "OR": "|=",
        "AND": "&=", "XOR": "^=", "LSH": "<<=", "RSH": ">>=", "ARSH": "s>>=",
        "MOV": "=", "SDIV": "s/=", "SMOD": "s%=",
    }[name[:-2]]  # fmt: skip
    r = "w" if name.endswith("32") else "r"
    register, immediate = [], []
    for left, right, result in ARITHMETIC[name]:
        start = f"r0 = {left} ll;"
        register.append(
            Case(f"{start} r2 = {right} ll; {r}0 {sign} {r}2; exit", result)
        )
        if (number := _operand(right)) is not None:
            immediate.append(Case(f"{start} {r}0 {sign} {number}; exit", result))
    return {f"{name} X": tuple(register), f"{name} K": tuple(immediate)}


def _comparison(name: str) -> dict[str, tuple[Case, ...]]:
    sign = {
        "JEQ": "==", "JNE": "!=", "JGT": ">", "JGE": ">=", "JLT": "<", "JLE": "<=",
        "JSET": "&", "JSGT": "s>", "JSGE": "s>=", "JSLT": "s<", "JSLE": "s<=",
    }[name[:-2]]  # fmt: skip
    r = "w" if name.endswith("32") else "r"
    register, immediate = [], []
    for left, right, is_taken in JUMPS[name]:
        start, end = f"r1 = {left} ll;", "goto +1; r0 = 0; exit"
        register.append(
            Case(
                f"r0 = 1; {start} r2 = {right} ll; if {r}1 {sign} {r}2 {end}",
                int(is_taken),
            )
        )
        if (number := _operand(right)) is not None:
            immediate.append(
                Case(f"r0 = 1; {start} if {r}1 {sign} {number} {end}", int(is_taken))
            )
    return {f"{name} X": tuple(register), f"{name} K": tuple(immediate)}


def _one_operand() -> dict[str, tuple[Case, ...]]:
    forms = {
        "NEG32": "w0 = -w0",
        "NEG64": "r0 = -r0",
        **{
            f"{word}{bits}": f"r0 = {word.lower()}{bits} r0"
            for word in ("LE", "BE", "BSWAP")
            for bits in (16, 32, 64)
        },
    }
    found = {
        name: tuple(Case(f"r0 = {a} ll; {forms[name]}; exit", b) for a, b in rows)
        for name, rows in UNARY.items()
    }
    for name, rows in MOVES.items():
        r, bits = "w" if "32 " in name else "r", name.split()[1]
        text = f"{r}0 = (s{bits}){r}2; exit"
        found[name] = tuple(Case(f"r0 = -1; r2 = {a} ll; {text}", b) for a, b in rows)
    return found


def _all() -> dict[str, tuple[Case, ...]]:
    found = _programs() | _one_operand()
    for name in ARITHMETIC:
        found |= _binary(name)
    for name in JUMPS:
        found |= _comparison(name)
    return found


CASES: Final = _all()
"""The cases of each row of the instruction table, by the name of the row."""
