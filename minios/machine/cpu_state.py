"""The engine's CPU state, read and written in place.

The engine keeps the registers of the CPU in one C structure. We read and write it
through two views of machine words, so an access to a register is one index. This is why
a trap costs only microseconds. `calibration.py` finds out where each field is.

Invariants: valid only while the engine lives, and only inside a hook or between runs.
The current privilege level (CPL) is in the two lowest bits of `hflags`, never in those
of CS. While the engine runs, it keeps RFLAGS in pieces (arithmetic flags, DF, the
rest). It joins them when a run ends, and separates them when a run begins.

Left out: the x87 and SSE registers. Snapshots contain them, but they have no names
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GENERAL: Final = (
    "rax",
    "rcx",
    "rdx",
    "rbx",
    "rsp",
    "rbp",
    "rsi",
    "rdi",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "r13",
    "r14",
    "r15",
)
SEGMENTS: Final = ("es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr", "gdtr", "idtr")
RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11 = range(12)
ES, CS, SS, DS, FS, GS, LDTR, TR, GDTR, IDTR = range(10)

# The head of the structure, in bytes; calibration proves each of them.
RIP_AT: Final = 128
EFLAGS_AT: Final = 136
CC_SRC_AT: Final = 152
CC_OP_AT: Final = 168
DF_AT: Final = 172
HFLAGS_AT: Final = 176
SEGMENTS_AT: Final = 184
SEGMENT_SIZE: Final = 24  # selector u32, hole, base u64, limit u32, flags u32
CR_AT: Final = SEGMENTS_AT + len(SEGMENTS) * SEGMENT_SIZE

# Indices of words, for code that reads a register on every trap.
BASE: Final = tuple((SEGMENTS_AT + n * SEGMENT_SIZE + 8) // 8 for n in range(10))
LIMIT: Final = tuple((SEGMENTS_AT + n * SEGMENT_SIZE + 16) // 4 for n in range(10))

_CS: Final = (SEGMENTS_AT + CS * SEGMENT_SIZE) // 4
CC_OP_EFLAGS: Final = 1  # "the arithmetic flags are in cc_src as they are"
ARITHMETIC_FLAGS: Final = 0x8D5  # OF SF ZF AF PF CF
FLAG_TF: Final = 1 << 8
FLAG_IF: Final = 1 << 9
FLAG_DF: Final = 1 << 10
FLAG_IOPL: Final = 3 << 12
FLAG_NT: Final = 1 << 14
FLAG_RF: Final = 1 << 16
FLAG_VM: Final = 1 << 17
FLAG_AC: Final = 1 << 18

HF_CPL: Final = 3
HF_INHIBIT_IRQ: Final = 1 << 3
HF_CS32: Final = 1 << 4
HF_SS32: Final = 1 << 5
HF_ADDSEG: Final = 1 << 6
HF_PE: Final = 1 << 7
HF_LMA: Final = 1 << 14
HF_CS64: Final = 1 << 15
HF_SMAP: Final = 1 << 23
HF_MIRRORED: Final = FLAG_TF | FLAG_IOPL | FLAG_RF | FLAG_VM
MASK64: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class StateLayout:
    """Byte offsets in the CPU state that differ between builds of the engine."""

    size: int
    efer: int
    star: int
    lstar: int
    fmask: int
    error_code: int
    exception_is_int: int
    old_exception: int


class CpuState:
    """The registers of one running engine.

    A value of this type proves that the engine was calibrated, so the offsets are
    right.
    """

    __slots__ = (
        "_efer",
        "_error_code",
        "_exception_is_int",
        "_fmask",
        "_lstar",
        "_old_exception",
        "_star",
        "d",
        "flags_in_pieces",
        "layout",
        "q",
        "raw",
    )

    def __init__(self, raw: memoryview, layout: StateLayout) -> None:
        self.raw = raw
        self.layout = layout
        self.q = raw.cast("Q")  # 64-bit words
        self.d = raw.cast("I")  # 32-bit words
        # Whether RFLAGS must be put together before the engine may run.
        self.flags_in_pieces = True
        self._efer = layout.efer // 8
        self._star = layout.star // 8
        self._lstar = layout.lstar // 8
        self._fmask = layout.fmask // 8
        self._error_code = layout.error_code // 4
        self._exception_is_int = layout.exception_is_int // 4
        self._old_exception = layout.old_exception // 4

    def release(self) -> None:
        """Called when the engine is closed: a later access is an error, not a crash."""
        for view in (self.q, self.d, self.raw):
            view.release()

    def general(self, number: int) -> int:
        """Read a general register, by its number in the instruction encoding."""
        return self.q[number]

    def set_general(self, number: int, value: int) -> None:
        """Write a general register."""
        self.q[number] = value & MASK64

    @property
    def rsp(self) -> int:
        """The stack pointer."""
        return self.q[RSP]

    @rsp.setter
    def rsp(self, value: int) -> None:
        self.q[RSP] = value & MASK64

    @property
    def rip(self) -> int:
        """The instruction pointer."""
        return self.q[RIP_AT // 8]

    @rip.setter
    def rip(self, value: int) -> None:
        self.q[RIP_AT // 8] = value & MASK64

    @property
    def hflags(self) -> int:
        """The engine's hidden flags: CPL, mode, interrupt shadow."""
        return self.d[HFLAGS_AT // 4]

    @hflags.setter
    def hflags(self, value: int) -> None:
        self.d[HFLAGS_AT // 4] = value

    @property
    def cpl(self) -> int:
        """The current privilege level (CPL): the ring."""
        return self.d[HFLAGS_AT // 4] & HF_CPL

    def enter_code64(
        self, ring: int, selector: int, hidden: tuple[int, int, int]
    ) -> None:
        """Set the CPU to 64-bit code in a ring: CS, and the hidden flags that follow.

        Args:
            ring: the new CPL.
            selector: the selector of the code segment, with its RPL.
            hidden: base, limit and flags of the descriptor.
        """
        d = self.d
        at = HFLAGS_AT // 4
        kept = d[at] & ~(HF_CPL | HF_INHIBIT_IRQ | HF_ADDSEG)
        d[at] = kept | HF_CS64 | HF_CS32 | HF_SS32 | ring
        d[_CS] = selector
        self.q[_CS // 2 + 1], d[_CS + 4], d[_CS + 5] = hidden

    @property
    def system_flags(self) -> int:
        """RFLAGS, of which only the system flags are sure to be right."""
        return self.q[EFLAGS_AT // 8]

    def write_rflags(self, value: int) -> None:
        """Set all of RFLAGS, and the copies that the engine keeps of parts of it."""
        d = self.d
        self.q[CC_SRC_AT // 8] = value & ARITHMETIC_FLAGS
        d[CC_OP_AT // 4] = CC_OP_EFLAGS
        d[DF_AT // 4] = 0xFFFFFFFF if value & FLAG_DF else 1
        self.q[EFLAGS_AT // 8] = value & ~(ARITHMETIC_FLAGS | FLAG_DF) | 2
        at = HFLAGS_AT // 4
        d[at] = d[at] & ~HF_MIRRORED | value & HF_MIRRORED
        self.flags_in_pieces = True

    def join_flags(self, value: int) -> None:
        """Between runs: join the pieces of RFLAGS, as the engine expects it."""
        self.q[EFLAGS_AT // 8] = value
        self.flags_in_pieces = False

    def selector(self, segment: int) -> int:
        """The visible part of a segment register."""
        return self.d[(SEGMENTS_AT + segment * SEGMENT_SIZE) // 4]

    def base(self, segment: int) -> int:
        """The base of a segment or descriptor table."""
        return self.q[(SEGMENTS_AT + segment * SEGMENT_SIZE + 8) // 8]

    def limit(self, segment: int) -> int:
        """The limit of a segment or descriptor table: the offset of its last byte."""
        return self.d[(SEGMENTS_AT + segment * SEGMENT_SIZE + 16) // 4]

    def load_segment(
        self, segment: int, selector: int, base: int, limit: int, flags: int
    ) -> None:
        """Set a segment register, with its visible and its hidden part."""
        at = SEGMENTS_AT + segment * SEGMENT_SIZE
        self.d[at // 4] = selector
        self.q[at // 8 + 1] = base
        self.d[at // 4 + 4] = limit
        self.d[at // 4 + 5] = flags

    def cr(self, number: int) -> int:
        """A control register, 0 to 4."""
        return self.q[CR_AT // 8 + number]

    def set_cr(self, number: int, value: int) -> None:
        """Write a control register without its side effects."""
        self.q[CR_AT // 8 + number] = value

    @property
    def efer(self) -> int:
        """IA32_EFER."""
        return self.q[self._efer]

    @efer.setter
    def efer(self, value: int) -> None:
        self.q[self._efer] = value

    @property
    def star(self) -> int:
        """IA32_STAR: the segments of `syscall` and `sysret`."""
        return self.q[self._star]

    @property
    def lstar(self) -> int:
        """IA32_LSTAR: the address to which `syscall` goes."""
        return self.q[self._lstar]

    @property
    def fmask(self) -> int:
        """IA32_FMASK: the flags that `syscall` clears."""
        return self.q[self._fmask]

    @property
    def error_code(self) -> int:
        """The error code of the exception that the engine reports."""
        return self.d[self._error_code]

    @property
    def exception_is_int(self) -> bool:
        """Whether the reported exception was an `int n`, `int3` or `into`."""
        return self.d[self._exception_is_int] != 0

    @property
    def exception_in_flight(self) -> bool:
        """Whether the engine still waits for `forget_exception`."""
        return self.d[self._old_exception] != 0xFFFFFFFF

    def forget_exception(self) -> None:
        """Tell the engine that the exception was delivered.

        The engine never notices by itself. Without this call it would treat the next
        page fault as a double fault.
        """
        self.d[self._old_exception] = 0xFFFFFFFF
        self.d[self._exception_is_int] = 0
