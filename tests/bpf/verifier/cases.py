"""Programs that the verifier must refuse, each beside one that it must accept.

A line `this || that` makes a pair: the good program has the one instruction, the bad one
has the other. So a verifier that refuses everything fails, and so does one that accepts
everything. `-` is no instruction. The maps are those of `host.MAPS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Case:
    """One rule: a pair of programs.

    Attributes:
        name: what the bad program does.
        text: both programs, with `||` in the line that differs.
        reason: a piece of the reason for which the bad one is refused.
        at: the instruction at which it is refused; None if that is not the point.
        hook: for which moment.
        memory: for the hook "test": how many bytes R1 points to.
    """

    name: str
    text: str
    reason: str
    at: int | None = None
    hook: str = "notify/pipe_open"
    memory: int = 0

    def side(self, number: int) -> str:
        """The good program (0), or the bad one (1)."""
        lines = []
        for line in self.text.strip().splitlines():
            sides = [it.strip() for it in line.split("||")]
            chosen = sides[number] if len(sides) > 1 else sides[0]
            if chosen != "-":
                lines.append(chosen)
        return "\n".join(lines)


# A look-up in the map `counts`: R0 = a value of 64 bytes, or 0.
_LOOK_UP: Final = """
    *(u32 *)(r10 - 4) = 3
    r2 = r10
    r2 += -4
    r1 = map[counts]
    call map_lookup_elem
"""
# ... and it is there: R6 = the value.
_FOUND: Final = f"""
    {_LOOK_UP}
    if r0 == 0 goto out
    r6 = r0
"""
_OUT: Final = """
    out:
    r0 = 0
    exit
"""
# A reservation in the ring buffer `events`: R0 = 16 bytes, or 0.
_RESERVE: Final = """
    r1 = map[events]
    r2 = 16
    r3 = 0
    call ringbuf_reserve
"""

FLOW: Final = (
    Case("falls off the end", "r0 = 0\nexit || r1 = 0", "does not end with exit", 1),
    Case(
        "has an instruction that nothing reaches",
        "r0 = 0\nif r0 == 0 goto +1 || goto +1\nr0 = 1\nexit",
        "unreachable insn 2",
        2,
    ),
    Case(
        "jumps out of range",
        "r0 = 0\nif r0 == 0 goto +0 || if r0 == 0 goto +9\nexit",
        "jump out of range",
        1,
    ),
    Case(
        "jumps to before its beginning",
        "r0 = 0\nif r0 == 1 goto -2 || if r0 == 1 goto -3\nexit",
        "jump out of range",
        1,
    ),
    Case(
        "jumps right behind its end",
        "r0 = 0\nif r0 == 1 goto +0 || if r0 == 1 goto +1\nexit",
        "jump out of range",
        1,
    ),
    Case(
        "jumps far with a 32-bit distance",
        "r0 = 0\nif r0 == 0 goto +1\ngotol +0 || gotol +70000\nexit",
        "jump out of range",
        2,
    ),
    Case(
        "jumps into the second half of lddw",
        "r0 = 0\nif r0 == 0 goto +2 || if r0 == 0 goto +1\nr0 = 5 ll\nexit",
        "second half of the lddw",
        1,
    ),
    Case(
        "jumps to itself for ever",
        "r0 = 0\nif r0 == 1 goto -1 || if r0 == 0 goto -1\nexit",
        "infinite loop",
    ),
    Case(
        "loops, and nothing changes",
        "r6 = 0\nloop:\nr6 += 1 || r6 = 1\nif r6 < 21 goto loop\nr0 = 0\nexit",
        "infinite loop",
    ),
    Case(
        "loops between two states",
        "r6 = 0\nloop:\nr6 += 1 || r6 ^= 1\nif r6 < 21 goto loop\nr0 = 0\nexit",
        "infinite loop",
    ),
    Case(
        "loops until a number that nobody knows is 0",
        """
        r6 = 21
        loop:
        call ktime_get_ns
        r6 -= 1        || r6 = r0
        if r6 != 0 goto loop
        r0 = 0
        exit
        """,
        "infinite loop",
    ),
    Case(
        "looks at more than a million instructions",
        """
        r6 = 0
        loop:
        r6 += 1
        if r6 < 100000 goto loop || if r6 < 100000000 goto loop
        r0 = 0
        exit
        """,
        "more than 1000000 instructions",
    ),
    Case(
        "ends in the first half of lddw",
        "r0 = 0\nexit || .8byte 0x18",
        "second half of this instruction is missing",
        1,
    ),
    Case(
        "has an opcode that does not exist",
        "r0 = 0 || .8byte 0x08\nexit",
        "unknown opcode 08",
        0,
    ),
    Case(
        "has the historical packet instruction",
        "r0 = 0 || .8byte 0x20\nexit",
        "unknown opcode 20",
        0,
    ),
    Case("has an operation 14", "r0 = 0\nr0 += 0 || .8byte 0xe7\nexit", "opcode e7", 1),
    Case("has a jump 14", "r0 = 0\n.8byte 0x15 || .8byte 0xe5\nexit", "opcode e5", 1),
    Case(
        "names a register 11",
        "r0 = 0\n.8byte 0x0ab7 || .8byte 0x0bb7\nexit".replace("0x0ab7", "0x09b7"),
        "R11 is invalid",
        1,
    ),
    Case(
        "sets the unused source of an addition",
        "r0 = 0\n.8byte 0x0007 || .8byte 0x1007\nexit",
        "reserved fields",
        1,
    ),
    Case(
        "sets the unused offset of an addition",
        "r0 = 0\n.8byte 0x0007 || .8byte 0x10007\nexit",
        "reserved fields",
        1,
    ),
    Case(
        "sets the unused immediate of an addition of registers",
        "r0 = 0\n.8byte 0x000f || .8byte 0x10000000f\nexit",
        "reserved fields",
        1,
    ),
    Case("sets a field of exit", "r0 = 0\nexit || .8byte 0x10095", "reserved", 1),
    Case(
        "divides with offset 2",
        "r0 = 0\n.8byte 0x100010037 || .8byte 0x100020037\nexit",
        "reserved fields",
        1,
    ),
    Case(
        "extends the sign of 24 bits",
        "r0 = 0\n.8byte 0x1000bf || .8byte 0x1800bf\nexit",
        "reserved fields",
        1,
    ),
    Case(
        "puts 24 bits into order",
        "r0 = 0\nr0 = be16 r0 || .8byte 0x18000000dc\nexit",
        "16, 32 or 64 bits",
        1,
    ),
    Case(
        "does an atomic operation that does not exist",
        "r0 = 0\n*(u64 *)(r10 - 8) = r0\n"
        ".8byte 0x00fff80adb || .8byte 0x10fff80adb\nexit",
        "no atomic operation 16",
        2,
    ),
    Case(
        "sets a field in the second half of lddw",
        "r0 = 0\n.8byte 0x18\n.8byte 0x500000000 || .8byte 0x500000007\nexit",
        "reserved fields",
        1,
    ),
)

FUNCTIONS: Final = (
    Case(
        "jumps into another function",
        """
        call function
        goto end || if r0 == 0 goto function
        end:
        exit
        function:
        r0 = 0
        exit
        """,
        "another function",
        1,
    ),
    Case(
        "falls from one function into the next",
        "call function\nr0 = 0\nexit || r0 = 1\nfunction:\nr0 = 0\nexit",
        "does not end with exit",
        2,
    ),
    Case(
        "calls an instruction that does not exist",
        "call pc+1 || call pc+7\nexit\nr0 = 0\nexit",
        "jump out of range",
        0,
    ),
    Case(
        "calls itself without end",
        "call function\nexit\nfunction:\nr0 = 0 || call function\nexit",
        "too deep",
    ),
    Case(
        "reads R6 of its caller in a function",
        "r6 = 1\ncall function\nexit\nfunction:\nr0 = 0 || r0 = r6\nexit",
        "R6 !read_ok",
    ),
    Case(
        "reads R1 after the call of a function",
        "r1 = 1\ncall function\nr0 = 0 || r0 = r1\nexit\nfunction:\nr0 = 0\nexit",
        "R1 !read_ok",
    ),
    Case(
        "reads R2 in a function that got only R1",
        "r1 = 1\ncall function\nexit\nfunction:\nr0 = r1 || r0 = r2\nexit",
        "R2 !read_ok",
    ),
    Case(
        "returns the address of a frame that is gone",
        "call function\nr0 = 0\nexit\nfunction:\nr0 = r1 || r0 = r10\nexit".replace(
            "call function\n", "r1 = 1\ncall function\n", 1
        ),
        "return stack pointer",
    ),
    Case(
        "leaves the address of its frame in the caller's",
        """
        r1 = r10
        call function
        r0 = 0
        exit
        function:
        *(u64 *)(r1 - 8) = r1 || *(u64 *)(r1 - 8) = r10
        r0 = 0
        exit
        """,
        "frame of the caller",
    ),
    Case(
        "reads the caller's stack where nobody wrote",
        """
        *(u64 *)(r10 - 8) = 1
        r1 = r10
        call function
        exit
        function:
        r0 = *(u64 *)(r1 - 8) || r0 = *(u64 *)(r1 - 16)
        exit
        """,
        "invalid read from stack",
    ),
    Case(
        "reads in its own frame what the caller wrote in the caller's",
        """
        *(u64 *)(r10 - 8) = 1
        r1 = r10
        call function
        exit
        function:
        r0 = *(u64 *)(r1 - 8) || r0 = *(u64 *)(r10 - 8)
        exit
        """,
        "invalid read from stack",
    ),
    Case(
        "forgets that a function may return anything",
        f"""
        {_FOUND}
        r1 = 5
        call function
        r6 += r0
        r1 = *(u8 *)(r6 + 0)
        {_OUT}
        function:
        r0 = r1
        r0 += 1 || r0 *= 13
        exit
        """,
        "outside of the allowed memory",
    ),
)

REGISTERS: Final = (
    Case(
        "reads a register that was not written",
        "r0 = r1 || r0 = r2\nr0 = 0\nexit",
        "R2 !read_ok",
        0,
    ),
    Case(
        "adds to a register that was not written",
        "r0 = 0\nr0 += 1 || r3 += 1\nexit",
        "R3 !read_ok",
        1,
    ),
    Case(
        "returns a register that was not written",
        "r0 = 0 || r2 = 0\nexit",
        "R0 !read_ok",
        1,
    ),
    Case(
        "reads a register that only one path has written",
        """
        call ktime_get_ns
        r6 = 0 || -
        if r0 == 5 goto skip
        r6 = 1
        skip:
        r0 = r6
        exit
        """,
        "R6 !read_ok",
    ),
    Case(
        "writes R10", "r0 = 0\nr9 = 0 || r10 = 0\nexit", "frame pointer is read only", 1
    ),
    Case(
        "adds to R10",
        "r9 = r10\nr9 += -8 || r10 += -8\nr0 = 0\nexit",
        "frame pointer is read only",
        1,
    ),
    Case(
        "loads into R10",
        "r0 = 0\nr9 = 5 ll || r10 = 5 ll\nexit",
        "frame pointer is read only",
        1,
    ),
    Case(
        "reads R1 after a call",
        "call ktime_get_ns\nr0 = 0 || r0 = r1\nexit",
        "R1 !read_ok",
        1,
    ),
    Case(
        "reads R5 after a call",
        "r5 = 1\ncall ktime_get_ns\nr0 = 0 || r0 = r5\nexit",
        "R5 !read_ok",
        2,
    ),
    Case(
        "returns an address", "r0 = 0 || r0 = r1\nexit", "leaks addr as return value", 1
    ),
    Case(
        "returns an address in the stack",
        "r0 = 0 || r0 = r10\nexit",
        "leaks addr as return value",
        1,
    ),
    Case("shifts by 64", "r0 = 1\nr0 <<= 63 || r0 <<= 64\nexit", "invalid shift 64", 1),
    Case(
        "shifts 32 bits by 32",
        "r0 = 1\nw0 >>= 31 || w0 >>= 32\nexit",
        "invalid shift 32",
        1,
    ),
    Case(
        "shifts by -1", "r0 = 1\nr0 s>>= 1 || r0 s>>= -1\nexit", "invalid shift -1", 1
    ),
    Case(
        "divides by the constant 0",
        "r0 = 1\nr0 /= 1 || r0 /= 0\nexit",
        "div by zero",
        1,
    ),
    Case(
        "takes a remainder by the constant 0",
        "r0 = 1\nw0 %= 1 || w0 %= 0\nexit",
        "div by zero",
        1,
    ),
)

POINTERS: Final = (
    Case(
        "adds two addresses",
        "r2 = 8\nr2 += r1 || r1 += r1\nr0 = 0\nexit",
        "pointer + pointer",
        1,
    ),
    Case(
        "multiplies an address",
        "r0 = 0\nr1 += 2 || r1 *= 2\nexit",
        "pointer * pointer",
        1,
    ),
    Case(
        "shifts an address",
        "r0 = 0\nr1 += 2 || r1 <<= 2\nexit",
        "pointer << pointer",
        1,
    ),
    Case(
        "masks an address", "r0 = 0\nr1 -= 2 || r1 &= -8\nexit", "pointer & pointer", 1
    ),
    Case("negates an address", "r0 = 0\nr1 -= 2 || r1 = -r1\nexit", "is an address", 1),
    Case(
        "changes the byte order of an address",
        "r0 = 0\nr1 -= 2 || r1 = be64 r1\nexit",
        "is an address",
        1,
    ),
    Case(
        "adds to the lower half of an address",
        "r0 = 0\nr1 += 2 || w1 += 2\nexit",
        "32-bit",
        1,
    ),
    Case(
        "copies the lower half of an address",
        "r2 = r1 || w2 = w1\nr0 = 0\nexit",
        "partial copy of pointer",
        0,
    ),
    Case(
        "extends the sign of an address",
        "r2 = r1 || r2 = (s8) r1\nr0 = 0\nexit",
        "partial copy of pointer",
        0,
    ),
    Case(
        "subtracts an address from a number",
        "r2 = 8\nr2 += r1 || r2 -= r1\nr0 = 0\nexit",
        "prohibited",
        1,
    ),
    Case(
        "subtracts addresses of two things",
        "r2 = r1 || r2 = r10\nr2 -= r1\nr0 = 0\nexit",
        "pointer - pointer",
        1,
    ),
    Case(
        "adds a number that nobody has checked",
        """
        r2 = *(u8 *)(r1 + 0) || r2 = *(u64 *)(r1 + 8)
        r1 += r2
        r0 = 0
        exit
        """,
        "unbounded",
        1,
    ),
    Case(
        "moves an address by a gigabyte",
        "r1 += 100000 || r1 += 1000000000\nr0 = 0\nexit",
        "unbounded",
        0,
    ),
    Case(
        "adds to a map",
        "r1 = map[counts]\nr2 = r1 || r1 += 8\nr0 = 0\nexit",
        "map_ptr",
        2,
    ),
    Case(
        "compares an address with a number",
        "r0 = 0\nif r1 == 0 goto +0 || if r1 == 5 goto +0\nexit",
        "comparison",
        1,
    ),
    Case(
        "asks whether an address is less",
        "r0 = 0\nif r1 != r10 goto +0 || if r1 < r10 goto +0\nexit",
        "comparison",
        1,
    ),
    Case(
        "compares the lower half of an address",
        "r0 = 0\nif r1 == 0 goto +0 || if w1 == 0 goto +0\nexit",
        "comparison",
        1,
    ),
    Case(
        "loads through a number",
        "r2 = r1 || r2 = 4096\nr0 = *(u8 *)(r2 + 0)\nexit",
        "'scalar'",
        1,
    ),
    Case(
        "loads through a map",
        "r6 = r1\nr1 = map[counts]\nr0 = *(u8 *)(r6 + 0) || r0 = *(u8 *)(r1 + 0)\nexit",
        "'map_ptr'",
        3,
    ),
    Case(
        "names a map that does not exist",
        "r1 = map[4] || r1 = map[5]\nr0 = 0\nexit",
        "there is no map 5",
        0,
    ),
)

STACK: Final = (
    Case(
        "writes below the stack",
        "*(u64 *)(r10 - 512) = 0 || *(u64 *)(r10 - 520) = 0\nr0 = 0\nexit",
        "before the beginning of the stack",
        0,
    ),
    Case(
        "writes above the stack",
        "*(u64 *)(r10 - 8) = 0 || *(u64 *)(r10 + 0) = 0\nr0 = 0\nexit",
        "the stack ends",
        0,
    ),
    Case(
        "writes half above the stack",
        "*(u32 *)(r10 - 4) = 0 || *(u64 *)(r10 - 4) = 0\nr0 = 0\nexit",
        "the stack ends",
        0,
    ),
    Case(
        "reads what was not written",
        "*(u64 *)(r10 - 8) = 0 || *(u64 *)(r10 - 16) = 0\nr0 = *(u64 *)(r10 - 8)\nexit",
        "invalid read from stack",
        1,
    ),
    Case(
        "reads more than was written",
        "*(u64 *)(r10 - 8) = 0 || *(u32 *)(r10 - 8) = 0\nr0 = *(u64 *)(r10 - 8)\nexit",
        "invalid read from stack",
        1,
    ),
    Case(
        "stores 8 bytes at a multiple of 4",
        "*(u64 *)(r10 - 16) = 0 || *(u64 *)(r10 - 12) = 0\nr0 = 0\nexit",
        "misaligned",
        0,
    ),
    Case(
        "loads 4 bytes at a multiple of 2",
        "*(u64 *)(r10 - 8) = 0\nr0 = *(u32 *)(r10 - 8) || r0 = *(u32 *)(r10 - 6)\nexit",
        "misaligned",
        1,
    ),
    Case(
        "stores 2 bytes at an odd place",
        "*(u16 *)(r10 - 8) = 0 || *(u16 *)(r10 - 7) = 0\nr0 = 0\nexit",
        "misaligned",
        0,
    ),
    Case(
        "overwrites a part of a spilled address, and uses it",
        """
        *(u64 *)(r10 - 8) = r1
        *(u8 *)(r10 - 9) = 0 || *(u8 *)(r10 - 8) = 0
        r1 = *(u64 *)(r10 - 8)
        r0 = *(u8 *)(r1 + 0)
        exit
        """,
        "invalid read from stack",
        2,
    ),
    Case(
        "reads a piece of a spilled address",
        "*(u64 *)(r10 - 8) = r1\nr2 = *(u64 *)(r10 - 8) || r2 = *(u32 *)(r10 - 8)\nr0 = 0\nexit",
        "corrupted spill",
        1,
    ),
    Case(
        "spills half an address",
        "*(u64 *)(r10 - 8) = r1 || *(u32 *)(r10 - 8) = r1\nr0 = 0\nexit",
        "register spill",
        0,
    ),
    Case(
        "spills an address at a place that nobody knows",
        """
        r6 = r1
        r7 = *(u8 *)(r1 + 0)
        r7 &= 8
        r2 = r10
        r2 -= r7
        r2 += -8
        *(u64 *)(r2 + 0) = r7 || *(u64 *)(r2 + 0) = r6
        r0 = 0
        exit
        """,
        "register spill",
    ),
    Case(
        "reads the stack at a place that nobody has checked",
        """
        *(u64 *)(r10 - 8) = 0
        *(u64 *)(r10 - 16) = 0
        r2 = *(u8 *)(r1 + 0)
        r2 &= 8 || r2 &= 24
        r3 = r10
        r3 -= r2
        r0 = *(u8 *)(r3 - 8)
        exit
        """,
        "invalid read from stack",
        6,
    ),
    Case(
        "reads the stack above its end",
        """
        *(u64 *)(r10 - 8) = 0
        r2 = *(u8 *)(r1 + 0)
        r2 &= 7 || r2 &= 15
        r3 = r10
        r3 += r2
        r0 = *(u8 *)(r3 - 8)
        exit
        """,
        "the stack ends",
        5,
    ),
    Case(
        "believes a number that was overwritten at an unknown place",
        """
        r6 = *(u8 *)(r1 + 0)
        r6 &= 8
        r3 = r10
        r3 -= r6
        *(u64 *)(r10 - 8) = 5
        *(u64 *)(r10 - 16) = 5
        *(u64 *)(r10 - 24) = 100 || *(u64 *)(r3 - 8) = 100
        r2 = *(u64 *)(r10 - 8)
        r1 += r2
        r0 = *(u8 *)(r1 + 0)
        exit
        """,
        "unbounded",
        8,
    ),
)

NULLS: Final = (
    Case(
        "uses a value without asking whether it is there",
        f"{_LOOK_UP}\nif r0 == 0 goto out || r6 = 0\nr1 = *(u64 *)(r0 + 0)\n{_OUT}",
        "compare it with 0 first",
    ),
    Case(
        "uses a value on the side where it is 0",
        f"{_LOOK_UP}\nif r0 == 0 goto out || if r0 != 0 goto out\nr1 = *(u64 *)(r0 + 0)\n{_OUT}",
        "is a number, and no address",
    ),
    Case(
        "checks one look-up, and uses another",
        f"""
        {_LOOK_UP}
        r6 = r0
        {_LOOK_UP}
        r7 = r0
        if r6 == 0 goto out || if r7 == 0 goto out
        r1 = *(u64 *)(r6 + 0)
        {_OUT}
        """,
        "compare it with 0 first",
    ),
    Case(
        "calculates before it checks",
        f"""
        {_LOOK_UP}
        r6 = 0 || r0 += 8
        if r0 == 0 goto out
        r1 = *(u64 *)(r0 + 0)
        {_OUT}
        """,
        "or_null",
    ),
    Case(
        "checks a copy that was changed",
        f"""
        {_LOOK_UP}
        r6 = r0
        r7 = 0 || r6 = 1
        if r6 == 0 goto out
        r1 = *(u64 *)(r0 + 0)
        {_OUT}
        """,
        "compare it with 0 first",
    ),
    Case(
        "checks only the lower half",
        f"{_LOOK_UP}\nif r0 == 0 goto out || if w0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)\n{_OUT}",
        "comparison",
    ),
    Case(
        "lends a value that may be 0",
        f"""
        {_LOOK_UP}
        if r0 == 0 goto out || r6 = 0
        r2 = r0
        r1 = map[counts]
        call map_lookup_elem
        {_OUT}
        """,
        "compare it with 0 first",
    ),
)

VALUES: Final = (
    Case(
        "loads past the end of a value",
        f"{_FOUND}\nr1 = *(u64 *)(r6 + 56) || r1 = *(u64 *)(r6 + 64)\n{_OUT}",
        "the map value ends at 64",
    ),
    Case(
        "loads before a value",
        f"{_FOUND}\nr1 = *(u8 *)(r6 + 0) || r1 = *(u8 *)(r6 - 1)\n{_OUT}",
        "before the beginning of the map value",
    ),
    Case(
        "loads input 21 of 20",
        """
        r1 = value[data] + 0
        r2 = *(u64 *)(r1 + 152) || r2 = *(u64 *)(r1 + 160)
        r0 = 0
        exit
        """,
        "8 bytes at 160, but the map value ends at 160",
        2,
    ),
    Case(
        "uses an index without an upper bound",
        f"""
        {_FOUND}
        r1 = *(u32 *)(r6 + 0)
        if r1 > 63 goto out || if r1 == 63 goto out
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "unbounded",
    ),
    Case(
        "uses an index whose bound is one too high",
        f"""
        {_FOUND}
        r1 = *(u32 *)(r6 + 0)
        if r1 > 63 goto out || if r1 > 64 goto out
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "the map value ends at 64",
    ),
    Case(
        "checks an index only as a signed number",
        f"""
        {_FOUND}
        r1 = *(u64 *)(r6 + 0)
        if r1 > 63 goto out || if r1 s> 63 goto out
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "unbounded",
    ),
    Case(
        "checks only the lower half of an index",
        f"""
        {_FOUND}
        r1 = *(u64 *)(r6 + 0)
        w1 = w1 || r2 = 0
        if w1 > 63 goto out
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "unbounded",
    ),
    Case(
        "lets a sign extend an index",
        f"""
        {_FOUND}
        r1 = *(u8 *)(r6 + 0) || r1 = *(s8 *)(r6 + 0)
        r1 s>>= 2
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "before the beginning",
    ),
    Case(
        "takes 8 bytes at an index of 4",
        f"""
        {_FOUND}
        r1 = *(u8 *)(r6 + 0)
        r1 &= 0x30 || r1 &= 0x34
        r6 += r1
        r2 = *(u64 *)(r6 + 0)
        {_OUT}
        """,
        "misaligned",
    ),
    Case(
        "forgets that a product is larger",
        f"""
        {_FOUND}
        r1 = *(u8 *)(r6 + 0)
        r1 &= 7
        r1 <<= 3 || r1 *= 9
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        r2 = *(u8 *)(r6 + 1)
        {_OUT}
        """,
        "the map value ends at 64",
    ),
    Case(
        "takes a remainder that is too large",
        f"""
        {_FOUND}
        r1 = *(u64 *)(r6 + 0)
        r1 %= 64 || r1 %= 65
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "the map value ends at 64",
    ),
    Case(
        "trusts a signed remainder",
        f"""
        {_FOUND}
        r1 = *(u64 *)(r6 + 0)
        r1 %= 64 || r1 s%= 64
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "before the beginning",
    ),
    Case(
        "wraps around in a subtraction",
        f"""
        {_FOUND}
        r1 = *(u8 *)(r6 + 0)
        r1 &= 31
        r1 += 1 || r1 -= 1
        r6 += r1
        r2 = *(u8 *)(r6 + 0)
        {_OUT}
        """,
        "before the beginning",
    ),
    Case(
        "walks one step too far in a loop",
        """
        r6 = value[data] + 0
        r7 = 0
        r0 = 0
        loop:
        r1 = *(u64 *)(r6 + 0)
        r0 += r1
        r6 += 8
        r7 += 1
        if r7 < 20 goto loop || if r7 <= 20 goto loop
        exit
        """,
        "8 bytes at 160",
    ),
    Case(
        "stores into a read-only map",
        "r1 = value[data] + 0 || r1 = value[texts] + 0\n*(u8 *)(r1 + 0) = 1\nr0 = 0\nexit",
        "read-only",
        2,
    ),
    Case(
        "begins past the end of a data section",
        "r1 = value[data] + 159 || r1 = value[data] + 160\nr0 = 0\nexit",
        "no data section with a byte 160",
        0,
    ),
    Case(
        "wants the value of a map with keys",
        "r1 = value[data] + 0 || r1 = value[counts] + 0\nr0 = 0\nexit",
        "no data section",
        0,
    ),
    Case(
        "stores an address in a map",
        f"{_FOUND}\n*(u64 *)(r6 + 0) = r7 || *(u64 *)(r6 + 0) = r10\n{_OUT}".replace(
            "r6 = r0", "r6 = r0\nr7 = 5"
        ),
        "leaks addr into mem",
    ),
)

CONTEXTS: Final = (
    Case(
        "reads past the event",
        "r0 = *(u64 *)(r1 + 224) || r0 = *(u64 *)(r1 + 232)\nexit",
        "the event ends at 232",
        0,
    ),
    Case(
        "reads before the event",
        "r0 = *(u64 *)(r1 + 0) || r0 = *(u64 *)(r1 - 8)\nexit",
        "before the beginning of the event",
        0,
    ),
    Case(
        "reads half past the event",
        "r0 = *(u32 *)(r1 + 228) || r0 = *(u64 *)(r1 + 228)\nexit",
        "the event ends at 232",
        0,
    ),
    Case(
        "reads the event at a place that is not aligned",
        "r0 = *(u32 *)(r1 + 4) || r0 = *(u64 *)(r1 + 4)\nexit",
        "misaligned",
        0,
    ),
    Case(
        "writes to the event",
        "r0 = 0\nr2 = *(u64 *)(r1 + 8) || *(u64 *)(r1 + 8) = 0\nexit",
        "cannot write into ctx",
        1,
    ),
    Case(
        "adds to the event atomically",
        "r0 = 0\nr2 = *(u64 *)(r1 + 8) || lock *(u64 *)(r1 + 8) += r0\nexit",
        "cannot write into ctx",
        1,
    ),
    Case(
        "reads memory that a test did not get",
        "r0 = *(u64 *)(r1 + 8) || r0 = *(u64 *)(r1 + 16)\nexit",
        "ends at 16",
        0,
        "test",
        16,
    ),
    Case(
        "forgets to compare with the size of the memory",
        "r0 = *(u8 *)(r1 + 0) || r1 += r2\nr0 = *(u8 *)(r1 + 0)\nexit",
        "ends at 16",
        1,
        "test",
        16,
    ),
)

ATOMICS: Final = (
    Case(
        "adds atomically at a place that is not aligned",
        f"{_FOUND}\nr1 = 1\nlock *(u64 *)(r6 + 8) += r1 || lock *(u64 *)(r6 + 4) += r1\n{_OUT}",
        "misaligned",
    ),
    Case(
        "adds atomically past the end",
        f"{_FOUND}\nr1 = 1\nlock *(u32 *)(r6 + 60) += w1 || lock *(u32 *)(r6 + 64) += w1\n{_OUT}",
        "ends at 64",
    ),
    Case(
        "adds atomically to unwritten stack",
        "r1 = 1\n*(u64 *)(r10 - 8) = 0\nlock *(u64 *)(r10 - 8) += r1 || lock *(u64 *)(r10 - 16) += r1\nr0 = 0\nexit",
        "invalid read from stack",
        2,
    ),
    Case(
        "adds an address atomically",
        f"{_FOUND}\nr1 = 1 || r1 = r10\nlock *(u64 *)(r6 + 8) += r1\n{_OUT}",
        "is an address",
    ),
    Case(
        "exchanges with a register that was not written",
        f"{_FOUND}\nr1 = 1 || r2 = 1\nr1 = xchg_64((u64 *)(r6 + 8), r1)\n{_OUT}",
        "R1 !read_ok",
    ),
    Case(
        "compares with an address in R0",
        f"{_FOUND}\nr1 = 1\nr0 = 1 || r0 = r10\nr0 = cmpxchg_64((u64 *)(r6 + 8), r0, r1)\n{_OUT}",
        "is an address",
    ),
)

HELPERS: Final = (
    Case(
        "calls a helper that does not exist",
        "call 5 || call 4\nr0 = 0\nexit",
        "there is no helper 4",
        0,
    ),
    Case(
        "calls the function of a kind that does not exist",
        "call 5 || .8byte 0x2085\nr0 = 0\nexit",
        "not known",
        0,
    ),
    Case(
        "forgets the key",
        "*(u32 *)(r10 - 4) = 0\nr3 = r10\nr3 += -4\nr2 = r3 || r4 = r3\nr1 = map[counts]\ncall map_lookup_elem\nr0 = 0\nexit",
        "R2 !read_ok",
    ),
    Case(
        "lends a key that was not written",
        "*(u32 *)(r10 - 4) = 0 || *(u16 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map[counts]\ncall map_lookup_elem\nr0 = 0\nexit",
        "invalid read from stack",
    ),
    Case(
        "lends a key that is too short",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8 || r2 += -4\nr1 = map[seen]\ncall map_lookup_elem\nr0 = 0\nexit",
        "the stack ends",
    ),
    Case(
        "gives a number instead of a map",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[seen] || r1 = 0 ll\ncall map_lookup_elem\nr0 = 0\nexit",
        "map with keys in R1, not a number",
    ),
    Case(
        "gives a number instead of a key",
        "r2 = r1 || r2 = 4096\nr1 = map[seen]\ncall map_lookup_elem\nr0 = 0\nexit",
        "'scalar'",
    ),
    Case(
        "looks up in a ring buffer",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[seen] || r1 = map[events]\ncall map_lookup_elem\nr0 = 0\nexit",
        "another kind of map",
    ),
    Case(
        "looks up in a data section",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[seen] || r1 = map[data]\ncall map_lookup_elem\nr0 = 0\nexit",
        "another kind of map",
    ),
    Case(
        "sends to a hash map",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\nr1 = map[events] || r1 = map[seen]\ncall ringbuf_output\nr0 = 0\nexit",
        "another kind of map",
    ),
    Case(
        "puts a value that was not written whole",
        """
        *(u64 *)(r10 - 8) = 0
        *(u64 *)(r10 - 16) = 0 || *(u64 *)(r10 - 24) = 0
        r1 = map[seen]
        r2 = r10
        r2 += -8
        r3 = r10
        r3 += -16
        r4 = 0
        call map_update_elem
        r0 = 0
        exit
        """,
        "invalid read from stack",
    ),
    Case(
        "puts an address into a map by a helper",
        """
        r6 = 5 || r6 = r10
        *(u64 *)(r10 - 8) = 0
        *(u64 *)(r10 - 16) = r6
        r1 = map[seen]
        r2 = r10
        r2 += -8
        r3 = r10
        r3 += -16
        r4 = 0
        call map_update_elem
        r0 = 0
        exit
        """,
        "piece of an address",
    ),
    Case(
        "says how much with an address",
        "r1 = r10\nr1 += -16\nr2 = 16 || r2 = r10\ncall get_current_comm\nr0 = 0\nexit",
        "a size in R2",
    ),
    Case(
        "has more written than there is",
        "r1 = r10\nr1 += -16\nr2 = 16 || r2 = 17\ncall get_current_comm\nr0 = 0\nexit",
        "the stack ends",
    ),
    Case(
        "has 0 bytes written",
        "r1 = r10\nr1 += -16\nr2 = 16 || r2 = 0\ncall get_current_comm\nr0 = 0\nexit",
        "can be 0",
    ),
    Case(
        "says a size without an upper bound",
        "r2 = *(u64 *)(r1 + 8)\nr2 &= 15 || r2 >>= 1\nr2 += 1\nr1 = r10\nr1 += -16\ncall get_current_comm\nr0 = 0\nexit",
        "can be",
    ),
    Case(
        "says a size that can be 0",
        "r2 = *(u64 *)(r1 + 8)\nr2 &= 15\nr2 += 1 || r2 += 0\nr1 = r10\nr1 += -16\ncall get_current_comm\nr0 = 0\nexit",
        "can be 0",
    ),
    Case(
        "says a size that can be negative",
        "r2 = *(s8 *)(r1 + 8)\nif r2 s< 1 goto +6 || if r2 s> 16 goto +6\nif r2 s> 16 goto +5\nr1 = r10\nr1 += -16\ncall get_current_comm\nr0 = 0\nexit\nr0 = 0\nexit",
        "negative",
    ),
    Case(
        "has a read-only map written",
        "r1 = value[data] + 0 || r1 = value[texts] + 0\nr2 = 16\ncall get_current_comm\nr0 = 0\nexit",
        "read-only",
    ),
    Case(
        "has the event written",
        "r6 = r1\nr1 = value[data] + 0 || r1 = r6\nr2 = 16\ncall get_current_comm\nr0 = 0\nexit",
        "cannot write into ctx",
    ),
    Case(
        "reads less of what a helper may not have written",
        "r1 = r10\nr1 += -16\nr2 = 16 || r2 = 8\ncall get_current_comm\nr0 = *(u64 *)(r10 - 8)\nexit",
        "invalid read from stack",
    ),
    Case(
        "copies a text that is not in the event",
        "r3 = r1\nr3 += 104 || r3 = r10\nr1 = r10\nr1 += -16\nr2 = 16\ncall probe_read_kernel_str\nr0 = 0\nexit",
        "in the event in R3",
    ),
    Case(
        "copies a text from behind the event",
        "r3 = r1\nr3 += 231 || r3 += 232\nr1 = r10\nr1 += -16\nr2 = 16\ncall probe_read_kernel_str\nr0 = 0\nexit",
        "the event ends",
    ),
    Case(
        "prints an address",
        "r1 = value[texts] + 0\nr2 = 8\nr3 = 1 || r3 = r10\nr4 = 0\nr5 = 0\ncall trace_printk\nr0 = 0\nexit",
        "a number in R3, not stack",
    ),
    Case(
        "prints a text past its end",
        "r1 = value[texts] + 24\nr2 = 8 || r2 = 9\nr3 = 0\nr4 = 0\nr5 = 0\ncall trace_printk\nr0 = 0\nexit",
        "ends at 32",
    ),
)

REFERENCES: Final = (
    Case(
        "does not give a reservation back",
        f"{_RESERVE}\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall ringbuf_submit || r3 = 0\n{_OUT}",
        "not given back",
    ),
    Case(
        "gives a reservation back on one path only",
        f"""
        r6 = r1
        {_RESERVE}
        if r0 == 0 goto out
        r7 = *(u64 *)(r6 + 8)
        if r7 == 5 goto +0 || if r7 == 5 goto out
        r1 = r0
        r2 = 0
        call ringbuf_discard
        {_OUT}
        """,
        "not given back",
    ),
    Case(
        "gives back twice",
        f"{_RESERVE}\nif r0 == 0 goto out\nr6 = r0\nr1 = r6\nr2 = 0\ncall ringbuf_submit\nr1 = 0 || r1 = r6\nr2 = 0\n{_OUT}",
        "R6 !read_ok",
    ),
    Case(
        "writes after giving back",
        f"{_RESERVE}\nif r0 == 0 goto out\nr6 = r0\n*(u64 *)(r6 + 0) = 1\nr1 = r6\nr2 = 0\ncall ringbuf_submit\nr7 = 1 || *(u64 *)(r6 + 0) = 1\n{_OUT}",
        "R6 !read_ok",
    ),
    Case(
        "uses a spilled copy after giving back",
        f"""
        {_RESERVE}
        if r0 == 0 goto out
        *(u64 *)(r10 - 8) = r0
        r1 = r0
        r2 = 0
        call ringbuf_submit
        r6 = 0 || r6 = *(u64 *)(r10 - 8)
        {_OUT}
        """,
        "invalid read from stack",
    ),
    Case(
        "gives back what may be 0",
        f"{_RESERVE}\nif r0 == 0 goto out || r6 = 0\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n{_OUT}",
        "in R1, not reservation, or 0",
    ),
    Case(
        "gives back the middle",
        f"{_RESERVE}\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\nr3 = 0 || r1 += 8\ncall ringbuf_submit\n{_OUT}",
        "beginning of what was reserved",
    ),
    Case(
        "gives back a value of a map",
        f"{_LOOK_UP}\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\nr0 = 0 || call ringbuf_submit\n{_OUT}",
        "in R1, not map value",
    ),
    Case(
        "writes past a reservation",
        f"{_RESERVE}\nif r0 == 0 goto out\n*(u64 *)(r0 + 8) = 1 || *(u64 *)(r0 + 16) = 1\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n{_OUT}",
        "reservation ends at 16",
    ),
    Case(
        "stores an address in a reservation",
        f"{_RESERVE}\nif r0 == 0 goto out\nr7 = 0 || r7 = r10\n*(u64 *)(r0 + 8) = r7\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n{_OUT}",
        "leaks addr",
    ),
    Case(
        "reserves a number of bytes that nobody knows",
        f"""
        r2 = *(u8 *)(r1 + 0)
        r1 = map[events]
        r2 = 16 || r3 = 0
        r3 = 0
        call ringbuf_reserve
        if r0 == 0 goto out
        r1 = r0
        r2 = 0
        call ringbuf_submit
        {_OUT}
        """,
        "not a known constant",
    ),
    Case(
        "reserves more than the ring buffer has",
        f"r1 = map[events]\nr2 = 4088 || r2 = 4096\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n{_OUT}",
        "cannot be reserved",
    ),
    Case(
        "reserves nothing",
        f"r1 = map[events]\nr2 = 1 || r2 = 0\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall ringbuf_submit\n{_OUT}",
        "cannot be reserved",
    ),
    Case(
        "reserves in a loop, and gives nothing back",
        f"""
        r6 = 0
        loop:
        {_RESERVE}
        if r0 == 0 goto next
        r1 = r0
        r2 = 0
        call ringbuf_submit || r3 = 0
        next:
        r6 += 1
        if r6 < 20 goto loop
        {_OUT}
        """,
        "more than 8 reservations",
    ),
)

DECISIONS: Final = (
    Case("decides 1", "r0 = 0 || r0 = 1\nexit", "bad range", 1, "decide/pipe_open"),
    Case(
        "decides less than any error",
        "r0 = -4095 || r0 = -4096\nexit",
        "bad range",
        1,
        "decide/process_start",
    ),
    Case(
        "decides what the event says",
        "r0 = *(u32 *)(r1 + 4)\nr0 = 0 || r0 &= 1\nexit",
        "bad range",
        2,
        "decide/pipe_open",
    ),
    Case(
        "decides a time",
        "call ktime_get_ns\nr0 = 0 || r1 = 0\nexit",
        "bad range",
        2,
        "decide/pipe_open",
    ),
)

CASES: Final = (
    *FLOW,
    *FUNCTIONS,
    *REGISTERS,
    *POINTERS,
    *STACK,
    *NULLS,
    *VALUES,
    *CONTEXTS,
    *ATOMICS,
    *HELPERS,
    *REFERENCES,
    *DECISIONS,
)
