"""Where our machine and QEMU differ on an instruction, and who is right by the manual.

Both come from the same family: our engine is derived from an older QEMU. Where they
agree, they may still both be wrong; where they differ, at most one of them is right.
`minios dev fuzz cpu --qemu` fails on every difference that no row here explains.

The manual is Intel's Software Developer's Manual (SDM). QEMU is version 7.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from minios.dev.fuzz.shape import Shape
from minios.dev.fuzz.witness import DIED, FIELDS, USER_CODE, Case, Result

_RF: Final = 1 << 16
_WRITE: Final = 1 << 1  # in the error code of a #PF
_FETCH: Final = 1 << 4
_ARITHMETIC: Final = 0x8D5
_DB, _INT3, _UD, _GP, _PF, _SYSCALL = 1, 3, 6, 13, 14, 256
_LOCK: Final = b"\xf0"
_STRING_IO: Final = range(0x6C, 0x70)
_NEAR_JUMPS: Final = (*range(0x70, 0x80), *range(0xE0, 0xE4), 0xE8, 0xE9, 0xEB)
_HORIZONTAL: Final = (*range(0x01, 0x04), *range(0x05, 0x08))  # behind 0F 38
_VECTOR_OPCODES: Final = (
    *(0x0F, *range(0x10, 0x18), *range(0x28, 0x30), *range(0x50, 0x80), 0xC2),
    *(*range(0xC4, 0xC7), *range(0xD0, 0x100)),
)
# Opcodes that read and write their operand, with the numbers in ModR/M that do.
_ANY: Final = range(8)
_READ_WRITE: Final = (
    {opcode: _ANY for opcode in range(0x38) if opcode % 8 < 2}
    | dict.fromkeys((0x80, 0x81, 0x83), range(7))
    | dict.fromkeys((0x86, 0x87, 0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3), _ANY)
    | dict.fromkeys((0xF6, 0xF7), range(2, 4))
    | dict.fromkeys((0xFE, 0xFF), range(2))
)
_READ_WRITE_0F: Final = dict.fromkeys(
    (0xA4, 0xA5, 0xAB, 0xAC, 0xAD, 0xB0, 0xB1, 0xB3, 0xBB, 0xC0, 0xC1), _ANY
) | {0xBA: range(5, 8), 0xC7: range(1, 2)}
_MANDATORY: Final = b"\x66\xf2\xf3"
_VEX: Final = (b"\xc4", b"\xc5")
_ALL: Final = frozenset(FIELDS)
_GENERAL: Final = frozenset({"rsp", *(f"r{number}" for number in range(16))})


@dataclass(frozen=True, slots=True)
class Seen:
    """One case, and what both machines made of it."""

    case: Case
    shape: Shape
    ours: Result
    theirs: Result

    def is_one_byte(self, *opcodes: int) -> bool:
        """Whether it is one of these opcodes without an escape."""
        return self.shape.escape == b"" and self.shape.opcode in opcodes

    def is_two_bytes(self, *opcodes: int) -> bool:
        """Whether it is one of these opcodes behind 0F."""
        return self.shape.escape == b"\x0f" and self.shape.opcode in opcodes

    @property
    def is_vector(self) -> bool:
        """Whether it is MMX or SSE."""
        return len(self.shape.escape) == 2 or self.is_two_bytes(*_VECTOR_OPCODES)

    @property
    def reads_and_writes(self) -> bool:
        """Whether it reads its operand and writes it, such as `add [rdi], eax`."""
        table = _READ_WRITE_0F if self.shape.escape else _READ_WRITE
        is_known = self.shape.escape in (b"", b"\x0f")
        return is_known and self.shape.reg in table.get(self.shape.opcode, ())

    @staticmethod
    def is_fetch_fault(result: Result) -> bool:
        """Whether the code itself could not be read."""
        return result["vector"] == _PF and result["error"] & _FETCH != 0

    def vectors(self, ours: int, theirs: int) -> bool:
        """Whether it ended with these vectors."""
        return self.ours["vector"] == ours and self.theirs["vector"] == theirs


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of difference.

    Attributes:
        instructions: which ones.
        example: one of them, from the state of `witness.example`; may be empty.
        ours: what our machine does.
        theirs: what QEMU does.
        right: who is right: "minios", "QEMU", "both", "neither", or "unclear".
        manual: where the manual says so.
        matches: whether a case is of this kind.
        fields: of the result, which may then differ.
    """

    instructions: str
    example: str
    ours: str
    theirs: str
    right: str
    manual: str
    matches: Callable[[Seen], bool]
    fields: frozenset[str] = _ALL


TABLE: Final = (
    Row(
        "any that faults",
        "0f 0b",
        "RFLAGS.RF is 1 in the frame",
        "RFLAGS.RF is 0 in the frame",
        "minios",
        'vol. 3B, "Instruction-Breakpoint Exception Condition"',
        lambda it: it.ours["rflags"] ^ it.theirs["rflags"] == _RF,
        frozenset({"rflags"}),
    ),
    Row(
        "rdtsc, rdtscp",
        "0f 31",
        "virtual time",
        "the host's time",
        "both",
        "vol. 2B, RDTSC: the counter may run at any rate",
        lambda it: it.is_two_bytes(0x31) or it.case.code.endswith(b"\x0f\x01\xf9"),
        frozenset({"r0", "r2"}),
    ),
    Row(
        "int n, where the IDT has no entry n",
        "cd 80",
        "#GP with the error code n * 8 + 2",
        "#GP with the error code n * 16 + 2",
        "minios",
        'vol. 3A, "Error Code": the index is the number of the gate',
        lambda it: it.theirs["error"] - 2 == 2 * (it.ours["error"] - 2),
        frozenset({"error"}),
    ),
    Row(
        "int n behind prefixes, where it is refused",
        "26 cd 80",
        "RIP in the frame is 2 bytes before the end (see `minios limits`)",
        "RIP is that of the first prefix",
        "QEMU",
        'vol. 3A, "Exception Classifications": RIP is that of the instruction',
        lambda it: (
            it.is_one_byte(0xCD)
            and len(it.case.code) > 2
            and it.ours["vector"] == it.theirs["vector"]
        ),
        frozenset({"rip", "error"}),
    ),
    Row(
        "c6 and c7 with another number than 0 in ModR/M",
        "c7 c8 00 00 00 00",
        "#UD",
        "like mov",
        "minios",
        'vol. 2D, "Opcode Extensions For One-Byte And Two-byte Opcodes", group 11',
        lambda it: (
            it.is_one_byte(0xC6, 0xC7)
            and it.shape.reg != 0
            and it.ours["vector"] == _UD
        ),
    ),
    Row(
        "ins and outs in ring 3, without the right to use the port",
        "6c",
        "the page of the operand is looked at first: #PF, or its first byte is zeroed",
        "#GP",
        "QEMU",
        "vol. 2A, INS: #GP(0) if CPL is greater than IOPL and the bitmap says no",
        lambda it: it.is_one_byte(*_STRING_IO) and it.theirs["vector"] == _GP,
    ),
    Row(
        "syscall",
        "0f 05",
        "the arithmetic flags are kept, unless FMASK clears them",
        "they are cleared",
        "minios",
        "vol. 2B, SYSCALL: RFLAGS becomes RFLAGS AND NOT IA32_FMASK",
        lambda it: (
            it.vectors(_SYSCALL, _SYSCALL) and not it.theirs["rflags"] & _ARITHMETIC
        ),
        frozenset({"rflags"}),
    ),
    Row(
        "VEX in front of an instruction that has an SSE form",
        "c5 f8 57 c1",
        "run as that form",
        "#UD",
        "QEMU",
        'vol. 1, "Detection of Intel AVX Instructions": CPUID does not offer AVX',
        lambda it: (
            it.shape.escape in _VEX
            and it.theirs["vector"] == _UD
            and it.ours["vector"] != _SYSCALL
        ),
    ),
    Row(
        "lock, where the destination is not memory or the instruction takes no lock",
        "f0 0f 6f c1",
        "run without it",
        "#UD",
        "QEMU",
        "vol. 2A, LOCK: #UD",
        lambda it: _LOCK in it.shape.prefixes and it.theirs["vector"] == _UD,
    ),
    Row(
        "lock in front of MMX and SSE",
        "",
        "run without it",
        "run without it, but not always at the same address",
        "neither",
        "vol. 2A, LOCK: #UD",
        lambda it: _LOCK in it.shape.prefixes and it.is_vector,
    ),
    Row(
        "phaddw, phaddd and their like, with one register twice",
        "66 0f 38 02 d2",
        "the upper half is added from what the lower half has become",
        "both halves are the same",
        "QEMU",
        "vol. 2B, PHADDW/PHADDD: the sums are those of the operands as they were",
        lambda it: it.shape.escape == b"\x0f\x38" and it.shape.opcode in _HORIZONTAL,
        frozenset({"floats", "vectors"}),
    ),
    Row(
        "int1 (f1)",
        "f1",
        "#DB, as a trap",
        "#UD",
        "minios",
        "vol. 2A, INT n/INTO/INT3/INT1: one byte that generates #DB",
        lambda it: it.is_one_byte(0xF1) and it.vectors(_DB, _UD),
    ),
    Row(
        "one that reads its operand in memory and then writes it",
        "01 07",
        "#PF of a write",
        "#PF of a read",
        "minios",
        'vol. 3A, "Page-Fault Exceptions": the access is a write',
        lambda it: (
            it.reads_and_writes
            and it.theirs["vector"] == _PF
            and it.ours["error"] == it.theirs["error"] | _WRITE
        ),
        frozenset({"error"}),
    ),
    Row(
        "lock in front of bt, bts, btr and btc with a register in the place of memory",
        "f0 0f a3 c1",
        "#UD",
        "the process of QEMU dies",
        "minios",
        "vol. 2A, LOCK: #UD",
        lambda it: (
            _LOCK in it.shape.prefixes
            and it.is_two_bytes(0xA3, 0xAB, 0xB3, 0xBA, 0xBB)
            and it.vectors(_UD, DIED)
        ),
    ),
    Row(
        "lock in front of what QEMU runs without it",
        "f0 0f 05",
        "#UD",
        "runs, or another fault",
        "minios",
        "vol. 2A, LOCK: #UD",
        lambda it: _LOCK in it.shape.prefixes and it.ours["vector"] == _UD,
    ),
    Row(
        "66 in front of a near jump or loop",
        "66 eb 00",
        "RIP is cut to 16 bits",
        "66 is ignored",
        "QEMU",
        'vol. 1, "Branch Functions in 64-Bit Mode"',
        lambda it: (
            b"\x66" in it.shape.prefixes
            and (it.is_one_byte(*_NEAR_JUMPS) or it.is_two_bytes(*range(0x80, 0x90)))
        ),
    ),
    Row(
        "66 in front of enter",
        "66 c8 02 00 00",
        "the upper 48 bits of RBP are replaced",
        "they are kept",
        "QEMU",
        "vol. 2A, ENTER: with an operand size of 16, BP is written",
        lambda it: it.is_one_byte(0xC8) and b"\x66" in it.shape.prefixes,
        frozenset({"r5"}),
    ),
    Row(
        "lahf and sahf behind REX",
        "48 9f",
        "use SPL in the place of AH",
        "use AH",
        "QEMU",
        "vol. 2A, LAHF: the operand is AH, it is not encoded",
        lambda it: it.is_one_byte(0x9E, 0x9F) and it.shape.rex != 0,
        frozenset({"rflags", "rsp", "r0", "r4"}),
    ),
    Row(
        "cmpxchg of 32 bits that does not exchange",
        "0f b1 cb",
        "the upper half of the destination becomes 0",
        "it stays",
        "unclear",
        "vol. 2A, CMPXCHG: the destination gets a write cycle in any case",
        lambda it: it.is_two_bytes(0xB1) and it.shape.is_register,
        _GENERAL,
    ),
    Row(
        "66 in front of bswap",
        "66 0f cb",
        "swaps 32 bits",
        "swaps 64 bits",
        "both",
        "vol. 2A, BSWAP: undefined with 16 bits",
        lambda it: it.is_two_bytes(*range(0xC8, 0xD0)) and b"\x66" in it.shape.prefixes,
        _GENERAL,
    ),
    Row(
        "any with REX in front of a legacy prefix",
        "48 66 50",
        "REX counts for nothing",
        "REX counts",
        "minios",
        'vol. 2A, "REX Prefixes": ignored unless right in front of the opcode',
        lambda it: it.shape.stray_rex,
    ),
    Row(
        "SSE and popcnt with 66 together with F2 or F3, or F2 with F3",
        "66 f2 0f 5a de",
        "66 decides; F2 with F3 is #UD",
        "F2 and F3 decide, the last of them",
        "both",
        'vol. 2A, "Instruction Prefixes": such use is reserved',
        lambda it: (
            (it.is_vector or it.is_two_bytes(0xB8))
            and sum(prefix in it.shape.prefixes for prefix in _MANDATORY) > 1
        ),
    ),
    Row(
        "several, of which a later one sets flags and has not run",
        "04 ff 6b 1c 25 00 20 20 00 01",
        "flags of the earlier ones are missing from the frame of a fault",
        "they are there",
        "QEMU",
        'vol. 3A, "Exception Classifications": the state before the instruction',
        lambda it: (
            it.ours["rip"] > USER_CODE + it.case.offset
            and it.ours["vector"] == it.theirs["vector"] != _INT3
        ),
        frozenset({"rflags"}),
    ),
    Row(
        "the last of a page, and the next page is not there",
        "",
        "#PF of the fetch before it has run",
        "#PF of the fetch after it has run",
        "QEMU",
        'vol. 3A, "Exception Classifications": the state before the instruction',
        lambda it: (
            it.is_fetch_fault(it.ours)
            and it.is_fetch_fault(it.theirs)
            and it.ours["rip"] < it.theirs["rip"] == it.theirs["cr2"]
        ),
    ),
    Row(
        "one that does not exist, and reaches into a page that is not there",
        "",
        "#UD",
        "#PF for the page",
        "QEMU",
        'vol. 3A, "Prioritization of Concurrent Events": fetching comes first',
        lambda it: it.is_fetch_fault(it.theirs) and it.ours["vector"] == _UD,
    ),
    Row(
        "rdpkru and wrpkru behind F2 or F3",
        "",
        "as without it",
        "#UD",
        "QEMU",
        "vol. 2B, RDPKRU: NP in its table means that these prefixes make it #UD",
        lambda it: it.is_two_bytes(0x01) and it.vectors(_GP, _UD),
    ),
    Row(
        "cpuid",
        "",
        "leaves 2 and 0xD describe the modelled CPU and what minios left of it",
        "they describe the modelled CPU and what QEMU can do of it",
        "both",
        "vol. 2A, CPUID",
        lambda it: it.is_two_bytes(0xA2) and it.case.registers[0] & 0xFFFFFFFF > 1,
        frozenset({"r0", "r1", "r2", "r3"}),
    ),
    Row(
        "66 in front of sysenter",
        "66 f3 0f 34",
        "#UD",
        "as without it, if F2 or F3 is there as well",
        "unclear",
        "vol. 2B, SYSENTER does not speak of prefixes",
        lambda it: it.is_two_bytes(0x34) and it.vectors(_UD, _GP),
    ),
    Row(
        "maskmovq that stores nothing",
        "",
        "no fault",
        "#PF",
        "both",
        "vol. 2B, MASKMOVQ: with a mask of 0, faults are up to the implementation",
        lambda it: it.is_two_bytes(0xF7) and it.vectors(_INT3, _PF),
    ),
    Row(
        "one that faults anyway, and reaches into a page that is not there",
        "",
        "#PF for the page",
        "the other fault",
        "minios",
        'vol. 3A, "Prioritization of Concurrent Events": fetching comes first',
        lambda it: it.is_fetch_fault(it.ours) and not it.is_fetch_fault(it.theirs),
    ),
    Row(
        "c6 and c7 behind REX.R",
        "44 c6 06 01",
        "#UD",
        "like mov",
        "QEMU",
        'vol. 2A, "More on REX Prefix Fields": ignored in an opcode extension',
        lambda it: (
            it.is_one_byte(0xC6, 0xC7)
            and it.shape.rex & 4 != 0
            and it.ours["vector"] == _UD
        ),
    ),
    Row(
        "xsave that faults",
        "",
        "#PF of a write, at the first byte",
        "#PF of a read, at the header",
        "both",
        'vol. 1, "Operation of XSAVE": the order of the accesses is not said',
        lambda it: it.is_two_bytes(0xAE) and it.vectors(_PF, _PF),
        frozenset({"error", "cr2"}),
    ),
    Row(
        "66 0f 12, 13, 16 and 17 with a register in the place of memory",
        "66 0f 16 ce",
        "like movhlps and movlhps",
        "uses memory of its own",
        "neither",
        "vol. 2B, MOVHPD, MOVLPD: the operand is m64",
        lambda it: it.is_two_bytes(0x12, 0x13, 0x16, 0x17) and it.shape.is_register,
        frozenset({"vectors"}),
    ),
    Row(
        "emms behind 66, F2 or F3",
        "f3 0f 77",
        "#UD",
        "runs",
        "minios",
        "vol. 2A, EMMS: NP in its table means that these prefixes make it #UD",
        lambda it: it.is_two_bytes(0x77) and it.vectors(_UD, _INT3),
    ),
    Row(
        "MMX behind REX.R or REX.B",
        "44 0f 38 1c c8",
        "uses what lies behind the eighth register",
        "uses one of the eight registers",
        "QEMU",
        'vol. 2A, "More on REX Prefix Fields": ignored for MMX registers',
        lambda it: it.is_vector and it.shape.rex & 5 != 0,
        frozenset({"vectors", "floats"}) | _GENERAL,
    ),
    Row(
        "SSE, operand in memory not on a multiple of 16",
        "0f 28 46 01",
        "runs, or #PF",
        "#GP",
        "QEMU",
        'vol. 2A, "Exceptions Type 1 (Aligned Memory Reference)"',
        lambda it: it.is_vector and it.theirs["vector"] == _GP,
    ),
    Row(
        "MMX or SSE in a form that does not exist",
        "0f 72 67 01 05",
        "runs as a form that does, or faults on its operand",
        "#UD",
        "QEMU",
        'vol. 2A, "Instruction Prefixes": 66, F2 and F3 are a part of the opcode',
        lambda it: it.is_vector and it.theirs["vector"] == _UD,
    ),
    Row(
        "0f e7 (movntq) with a register in the place of memory",
        "0f e7 c8",
        "#UD",
        "runs",
        "minios",
        "vol. 2B, MOVNTQ: the destination is m64",
        lambda it: it.is_two_bytes(0xE7) and it.shape.is_register,
    ),
    Row(
        "cmpps and its like with a predicate above 7",
        "0f c2 c1 ff",
        "#UD",
        "takes the lowest three bits",
        "QEMU",
        "vol. 2A, CMPPS: bits 7 to 3 of the immediate are reserved",
        lambda it: it.is_two_bytes(0xC2) and it.ours["vector"] == _UD,
    ),
    Row(
        "MMX that faults",
        "0f 2d 07",
        "the x87 tags have become valid",
        "they are as before",
        "QEMU",
        'vol. 3A, "Exception Classifications": the state before the instruction',
        lambda it: it.is_vector and it.ours["vector"] != _INT3,
        frozenset({"floats"}),
    ),
    Row(
        "MMX behind 0f 38 and 0f 3a",
        "0f 38 1c c8",
        "leaves the x87 tags as they are",
        "makes them valid",
        "QEMU",
        'vol. 3A, "The MMX State and MMX Register Aliasing"',
        lambda it: len(it.shape.escape) == 2,
        frozenset({"floats"}),
    ),
    Row(
        "SSE arithmetic",
        "0f 58 c1",
        "MXCSR does not collect the exceptions",
        "it does",
        "QEMU",
        'vol. 1, "SIMD Floating-Point Mask and Flag Bits"',
        lambda it: it.is_vector and it.ours["vector"] == _INT3,
        frozenset({"floats"}),
    ),
    Row(
        "x87 division of zero by zero",
        "d8 ff",
        "sets IE only",
        "sets IE and ZE",
        "minios",
        'vol. 1, "Invalid Arithmetic Operand Exception (#IA)"',
        lambda it: it.is_one_byte(*range(0xD8, 0xE0)),
        frozenset({"floats"}),
    ),
    Row(
        "SSE loads across the end of a page that is the last one",
        "",
        "the first half is loaded before the fault, and 16 bytes where 8 are due",
        "nothing is loaded",
        "QEMU",
        'vol. 3A, "Exception Classifications": the state before the instruction',
        lambda it: it.is_vector and it.ours["vector"] == _PF,
    ),
)


def explain(case: Case, ours: Result, theirs: Result) -> tuple[list[Row], list[str]]:
    """Which rows explain a difference, and the fields that none of them explains."""
    seen = Seen(case, Shape.of(case.code), ours, theirs)
    left = [name for name in FIELDS if ours[name] != theirs[name]]
    used: list[Row] = []
    for row in TABLE:
        if row.fields.intersection(left) and row.matches(seen):
            used.append(row)
            left = [name for name in left if name not in row.fields]
    return used, left
