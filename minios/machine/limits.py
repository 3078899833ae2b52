"""Where this machine differs from the manual, and we cannot correct it.

Our CPU is the Unicorn engine, version 2.1.4, and what we do around it. Where Unicorn
is wrong we mend it, if it lets us. Each row of this table is a case in which it does
not: it runs most instructions by itself, and calls us only for a few.

`minios limits` prints the table. A test runs the code of each row, and fails on the day
when Unicorn does what the manual says: then the row goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that works otherwise here than on a real CPU.

    Attributes:
        name: a short name that stays.
        title: what a program does.
        code: the smallest example, in hexadecimal; empty if bytes alone do not show it.
        ring: in which ring the example runs.
        manual: what the CPU should do.
        section: where Intel's manual (SDM) says so.
        here: what happens here.
        why: why we cannot correct it.
        upstream: where the makers of Unicorn talk about it.
    """

    name: str
    title: str
    code: str
    ring: int
    manual: str
    section: str
    here: str
    why: str
    upstream: str


_REFERENCE: Final = 'vol. 3A, "Exception and Interrupt Reference"'
_NO_CALL: Final = "Unicorn runs this instruction itself and does not call us."
_DECODER: Final = (
    "Unicorn's decoder is wrong. We are called only for instructions that it "
    "refuses, not for those that it accepts."
)
_NO_THREAD: Final = "no discussion found"

LIMITS: Final = (
    # Interrupts and debugging.
    Limit(
        name="nmi",
        title="sending a non-maskable interrupt (NMI) to the CPU",
        code="c7 05 f0 00 e0 fe ff 01 00 00  c7 05 00 03 e0 fe 00 44 00 00",
        ring=0,
        manual="The CPU takes vector 2 even while IF is 0, and holds back the next NMI "
        "until IRET.",
        section='vol. 3A, "Nonmaskable Interrupt (NMI)"',
        here="Nothing. The local APIC has no command register, and no other device "
        "sends an NMI.",
        why="Unicorn does not tell us about IRET, so we could not know when the "
        "next NMI may come.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="watchpoint",
        title="watching data with a debug register (DR7, R/W 1 or 3)",
        code="0f 23 c3  0f 23 f8  90  89 03  8b 03  90",
        ring=0,
        manual="#DB follows the access, and DR6 says which watchpoint it was.",
        section='vol. 3B, "Data Memory and I/O Breakpoint Exception Conditions"',
        here="No exception. Breakpoints on code and on ports do work.",
        why="A hook on every load and store would tell us, but it would make all code "
        "many times slower.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="general-detect",
        title="protecting the debug registers (DR7, GD)",
        code="0f 23 f8  0f 21 f8",
        ring=0,
        manual="The next access to a debug register raises #DB, and DR6 has BD set.",
        section='vol. 3B, "General-Detect Exception Condition"',
        here="The access is done.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    # Registers of ring 0.
    Limit(
        name="cr8",
        title="writing the task priority to CR8",
        code="44 0f 22 c0  31 c0  44 0f 20 c0",
        ring=0,
        manual="CR8 reads back what was written, and interrupts of a lower priority "
        "wait.",
        section='vol. 3A, "Task Priority in IA-32e Mode"',
        here="The value is lost: CR8 reads 0, and no interrupt waits.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="control-registers",
        title="writing a reserved bit of CR0, CR3, CR4 or DR7",
        code="0f 22 e0",
        ring=0,
        manual="#GP(0).",
        section="vol. 2B, MOV to and from control registers and debug registers",
        here="The value is taken. Bits that Unicorn does not know are dropped.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="pae",
        title="switching off a part of 64-bit mode (PAE, PG, PE) in 64-bit mode",
        code="0f 22 e0",
        ring=0,
        manual="#GP(0): the CPU must leave 64-bit mode first.",
        section="vol. 2B, MOV to and from control registers",
        here="The value is taken. Afterwards the CPU reads the page tables in another "
        "way, and the guest crashes.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="msr",
        title="a model-specific register (MSR): an unknown one, or a wrong value",
        code="0f 30",
        ring=0,
        manual="#GP(0): there is no such MSR, a reserved bit is set, or an address is "
        "not canonical.",
        section="vol. 2D, WRMSR; vol. 2B, RDMSR",
        here="WRMSR takes any value, and forgets it if it does not know the MSR. RDMSR "
        "of an unknown MSR gives 0.",
        why="Unicorn does not call us for RDMSR and WRMSR.",
        upstream="unicorn #2298 (merged after 2.1.4) makes it call",
    ),
    Limit(
        name="base",
        title="loading a base that is not canonical (LGDT, LIDT, WRFSBASE, WRGSBASE)",
        code="f3 48 0f ae d0",
        ring=0,
        manual="#GP(0).",
        section="vol. 2D, WRFSBASE and WRGSBASE; vol. 2A, LGDT and LIDT",
        here="The base is loaded.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    # Addresses.
    Limit(
        name="jump-target",
        title="RET, JMP or CALL to an address that is not canonical",
        code="50  c3",
        ring=3,
        manual="#GP(0) at the instruction, before it changes RSP or RIP.",
        section="vol. 2B, RET; vol. 2A, CALL and JMP",
        here="#GP(0), but RIP is already the target, and RSP is moved. The handler "
        "cannot see which instruction jumped.",
        why="Unicorn jumps first, and calls us when it finds no code there. It does "
        "not say where it came from.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="return-target",
        title="SYSRET or IRETQ to an address that is not canonical",
        code="48 0f 07",
        ring=0,
        manual="#GP(0) in ring 0, at the instruction.",
        section="vol. 2B, SYSRET; vol. 2A, IRET",
        here="#GP(0) at the target, in ring 3. It is in ring 0 only if the frame "
        "at the top of the kernel's stack shows that it was a return.",
        why="Unicorn changes the ring first, and calls us when it finds no code at "
        "the target. It does not say where it came from.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="stack-fault",
        title="using a stack address that is not canonical",
        code="50",
        ring=3,
        manual="#SS(0).",
        section=f"{_REFERENCE}, #SS",
        here="#GP(0).",
        why="Unicorn says only that an address was not canonical. It does not say "
        "whether the access went to the stack.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="alignment-check",
        title="a misaligned access in ring 3 with CR0.AM and RFLAGS.AC set",
        code="8b 03",
        ring=3,
        manual="#AC(0).",
        section=f"{_REFERENCE}, #AC",
        here="The access is done.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="sse-alignment",
        title="an SSE operand in memory that is not at a multiple of 16",
        code="0f 28 03",
        ring=3,
        manual="#GP(0), except for the instructions for unaligned data.",
        section=f"{_REFERENCE}, #GP",
        here="The access is done.",
        why=_NO_CALL,
        upstream="unicorn #1783 (open), QEMU issue 217 (corrected in QEMU)",
    ),
    Limit(
        name="page-table-as-code",
        title="executing code in a page that is also a page table",
        code="89 03",
        ring=0,
        manual="The CPU sets the accessed and dirty bits in the page table.",
        section='vol. 3A, "Accessed and Dirty Flags"',
        here="The bits stay as they were.",
        why="We have to make pages of code read-only to see what changes in them. The "
        "engine drops its own writes to such a page without telling us.",
        upstream=_NO_THREAD,
    ),
    # Exceptions.
    Limit(
        name="outside-long-mode",
        title="an exception or interrupt before the guest is in 64-bit mode",
        code="0f 0b",
        ring=0,
        manual="The CPU goes through an 8-byte gate of the IDT.",
        section='vol. 3A, "Exception- or Interrupt-Handler Procedures"',
        here="The machine resets, as after a triple fault.",
        why="Unicorn delivers no exception. We deliver them in 64-bit mode only, "
        "because the kernel allows none before.",
        upstream="unicorn #1219 (closed): delivery is left to those who use Unicorn",
    ),
    Limit(
        name="refused-int",
        title="INT n with prefixes, where the gate is not open to the ring",
        code="64 3e cd 21",
        ring=3,
        manual="#GP, and RIP in the frame is the first byte of the instruction.",
        section='vol. 3A, "Exception Classifications"',
        here="#GP, and RIP in the frame is the INT behind the prefixes.",
        why="Unicorn has moved RIP behind the instruction when it calls us. How "
        "many prefixes came before cannot be read backwards.",
        upstream="unicorn #1048, #872 (closed)",
    ),
    Limit(
        name="string-port",
        title="INS or OUTS in ring 3 without the right to use the port",
        code="6c",
        ring=3,
        manual="#GP(0), and memory is not touched.",
        section="vol. 2A, INS; vol. 2B, OUTS",
        here="Memory comes first: #PF if the page is not there, and INS has already "
        "written a 0 to the first byte of its destination.",
        why="Unicorn calls us for the port after it has tried the memory.",
        upstream=_NO_THREAD,
    ),
    Limit(
        name="flags-of-a-fault",
        title="RFLAGS of a fault, behind an instruction that sets flags",
        code="04 ff  6b 1c 25 00 00 20 00 01",
        ring=0,
        manual="The frame has the flags of the instruction before the fault.",
        section='vol. 3A, "Exception Classifications"',
        here="Some flags may be missing (here CF and AF), if a later instruction would "
        "have replaced them. A single step before the fault gives the right ones.",
        why="Unicorn computes no flag that its translation does not use.",
        upstream="unicorn #2373 (open): another cause of wrong flags in a fault",
    ),
    Limit(
        name="iretq-segments",
        title="IRETQ to ring 3 while FS, GS, DS or ES has a segment of ring 0",
        code="48 cf",
        ring=0,
        manual="The selector becomes 0. The base in the hidden part stays.",
        section="vol. 2A, IRET",
        here="The base becomes 0, too.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    # Instructions that should not exist.
    Limit(
        name="lock",
        title="LOCK before an instruction that cannot be locked",
        code="f0 89 c3",
        ring=3,
        manual="#UD.",
        section="vol. 2A, LOCK",
        here="It runs as if LOCK were not there. LOCK before a bit test of a register "
        "is #UD.",
        why=f"{_DECODER} We look for the bit tests, because they would end minios.",
        upstream="unicorn #855 (closed without a change), #2358 (merged after 2.1.4: "
        "bit tests only)",
    ),
    Limit(
        name="vex",
        title="an instruction with a VEX prefix (AVX), which CPUID does not offer",
        code="c5 f8 57 c1",
        ring=3,
        manual="#UD, except for BMI1 and BMI2, which CPUID offers.",
        section='vol. 1, "Detection of Intel AVX Instructions"',
        here="It runs as its SSE form, with two operands instead of three.",
        why=_DECODER,
        upstream="unicorn #1879 (open), #1658 (closed), #1074 (closed)",
    ),
    Limit(
        name="vex-privileged",
        title="a VEX prefix before an instruction of ring 0 without that form",
        code="c5 e8 22 dd",
        ring=0,
        manual="#UD.",
        section='vol. 2A, "The VEX Prefix"',
        here="It runs (this one writes CR3). In ring 3 it is #GP(0). Before SYSCALL "
        "and SYSENTER it is #UD.",
        why=_DECODER,
        upstream="unicorn #1074 (closed)",
    ),
    Limit(
        name="group-11",
        title="XBEGIN and XABORT, which CPUID does not offer",
        code="c7 f8 05 00 00 00",
        ring=3,
        manual="#UD.",
        section="vol. 2D, XBEGIN and XABORT",
        here="It runs as MOV to EAX or AL.",
        why=_DECODER,
        upstream="unicorn #2361 (open)",
    ),
    Limit(
        name="mov-rex-r",
        title="MOV of a constant to memory with REX.R",
        code="44 c6 03 01",
        ring=3,
        manual="REX.R is ignored, because this field is a part of the opcode.",
        section='vol. 2A, "More on REX Prefix Fields"',
        here="#UD.",
        why="Unicorn's decoder is wrong. To correct this, we would have to execute the "
        "instruction ourselves.",
        upstream="unicorn #2361 (open)",
    ),
    Limit(
        name="pop-group",
        title="the opcode 8F with another number than 0 in its ModR/M byte",
        code="8f c8",
        ring=3,
        manual="#UD: only number 0 is POP.",
        section='vol. 2D, "Opcode Extension Tables"',
        here="It runs as POP.",
        why=_DECODER,
        upstream="unicorn #2354 (merged after 2.1.4)",
    ),
    Limit(
        name="sse-forms",
        title="forms of MMX and SSE instructions that do not exist",
        code="66 0f 16 ce",
        ring=3,
        manual="#UD: this MOVHPD has an operand in memory only.",
        section="vol. 2B, MOVHPD",
        here="Some run as a form that exists (this one as MOVLHPS).",
        why=_DECODER,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="cmpps",
        title="CMPPS, CMPPD, CMPSS and CMPSD with a predicate above 7",
        code="0f c2 c1 08",
        ring=3,
        manual="Only the lowest three bits count.",
        section="vol. 2A, CMPPS",
        here="#UD.",
        why="Unicorn's decoder is wrong. To correct this, we would have to execute the "
        "instruction ourselves.",
        upstream=_NO_THREAD,
    ),
    # Instructions with a wrong result.
    Limit(
        name="near-jump-66",
        title="an operand-size prefix (66) before a near jump",
        code="66 eb 00",
        ring=0,
        manual="The prefix is ignored.",
        section='vol. 1, "Branch Functions in 64-Bit Mode"',
        here="RIP is cut to 16 bits, as on CPUs of AMD.",
        why=_NO_CALL,
        upstream="QEMU pull request 58 on GitHub (closed there)",
    ),
    Limit(
        name="enter-66",
        title="an operand-size prefix (66) before ENTER",
        code="66 c8 02 00 00",
        ring=3,
        manual="BP is written. The other 48 bits of RBP stay.",
        section="vol. 2A, ENTER",
        here="All of RBP is written.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="sahf-rex",
        title="LAHF or SAHF with a REX prefix",
        code="48 9e",
        ring=3,
        manual="They use AH.",
        section="vol. 2A, LAHF; vol. 2B, SAHF",
        here="They use SPL, the lowest byte of RSP.",
        why=_NO_CALL,
        upstream="unicorn #2370 (open)",
    ),
    Limit(
        name="shld-rip",
        title="SHLD or SHRD by a constant, with an operand relative to RIP",
        code="66 0f a4 1d f7 00 00 00 01",
        ring=0,
        manual="The address counts from the end of the instruction.",
        section='vol. 2A, "RIP-Relative Addressing"',
        here="The address is one byte too low.",
        why=_NO_CALL,
        upstream="unicorn #2335 (closed)",
    ),
    Limit(
        name="cmpxchg",
        title="CMPXCHG with 32 bits in memory that does exchange",
        code="0f b1 0b",
        ring=3,
        manual="RAX stays as it is.",
        section="vol. 2A, CMPXCHG",
        here="The upper half of RAX becomes 0.",
        why=_NO_CALL,
        upstream="unicorn #2332 (closed)",
    ),
    Limit(
        name="bzhi",
        title="BZHI with a number above the size of the operand",
        code="c4 e2 f0 f5 c3",
        ring=3,
        manual="The operand is copied as it is.",
        section="vol. 2A, BZHI",
        here="Its highest bit becomes 0.",
        why=_NO_CALL,
        upstream="unicorn #2331 (closed)",
    ),
    Limit(
        name="mxcsr",
        title="an SSE result that is not exact",
        code="f3 0f 5e c1  0f ae 1b",
        ring=3,
        manual="MXCSR collects the exceptions (here PE) until a program clears them.",
        section='vol. 1, "SIMD Floating-Point Mask and Flag Bits"',
        here="The flags of MXCSR never change.",
        why=_NO_CALL,
        upstream="unicorn #2006 (open)",
    ),
    Limit(
        name="mmx-rex",
        title="an MMX instruction of three opcode bytes with REX.R or REX.B",
        code="44 0f 3a 0f c1 00",
        ring=3,
        manual="REX.R and REX.B are ignored, because there are eight MMX registers.",
        section='vol. 2A, "More on REX Prefix Fields"',
        here="It uses a ninth to sixteenth register, which is other floating-point "
        "state of Unicorn (never memory of the host).",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="mmx-tags",
        title="an MMX instruction of three opcode bytes",
        code="db e3  0f 38 1c c8  48 0f ae 03",
        ring=3,
        manual="All x87 registers become valid.",
        section='vol. 3A, "The MMX State and MMX Register Aliasing"',
        here="The x87 registers stay empty.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
    Limit(
        name="mmx-fault",
        title="an MMX instruction that faults",
        code="db e3  0f fc 07",
        ring=3,
        manual="A fault leaves all registers as they were before the instruction.",
        section='vol. 3A, "Exception Classifications"',
        here="The x87 registers have become valid.",
        why=_NO_CALL,
        upstream=_NO_THREAD,
    ),
)
