"""Each limit in the list is still one: the code of its row does what the row says.

A test that fails here is good news: the engine has learnt something, and the row can
go, together with its probe.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from minios.boards import MICROVM
from minios.machine import cpu_state as cpu
from minios.machine import events, paging
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    HANDLERS,
    KERNEL_DATA,
    PML4,
    RING0_STACK,
    RING3_STACK,
    USER_CODE,
    USER_DATA,
    Bare,
)
from minios.machine.limits import LIMITS, Limit
from minios.machine.machine import Machine
from minios.machine.paging import Controls
from tests.machine.conftest import ENTRY, tiny_kernel

UD, GP, PF = 6, 13, 14
RAX, RDX, RBX, RBP = 0, 2, 3, 5
DATA = RING3_STACK - 0x800  # a place that ring 3 may write
NOT_CANONICAL = 0x4141_4141_4141_4141
NOWHERE = 0x900000
LSTAR, UNKNOWN_MSR = 0xC0000082, 0xDEAD
OSFXSR = 1 << 22  # a hidden flag: SSE is on
SSE = CONTROLS._replace(cr4=CONTROLS.cr4 | 3 << 9)
Probe = Callable[[Limit], None]
PROBES: dict[str, Probe] = {}


def probe(name: str) -> Callable[[Probe], Probe]:
    """Say of which limit a function is the probe."""

    def keep(function: Probe) -> Probe:
        PROBES[name] = function
        return function

    return keep


@pytest.mark.parametrize("it", LIMITS, ids=lambda it: it.name)
def test_the_limit_is_still_there(it: Limit) -> None:
    """Today's wrong behaviour, exactly."""
    PROBES[it.name](it)


def test_every_limit_has_a_probe_and_every_probe_a_limit() -> None:
    """And a name of its own."""
    assert sorted(PROBES) == sorted(limit.name for limit in LIMITS)


@pytest.mark.parametrize("it", LIMITS, ids=lambda it: it.name)
def test_a_limit_is_told_completely(it: Limit) -> None:
    """Whole sentences, and an answer to each question."""
    assert it.ring in (0, 3)
    assert bytes.fromhex(it.code)
    assert it.title
    assert it.section.startswith("vol. ")
    assert it.upstream.startswith(("no discussion found", "unicorn #", "QEMU "))
    assert all(words.endswith(".") for words in (it.manual, it.here, it.why))


def enter(it: Limit, controls: Controls = SSE, **registers: int) -> Bare:
    """Be before the code of a limit, in its ring."""
    bare = Bare()
    bare.put(bytes.fromhex(it.code), it.ring)
    bare.enter(it.ring, controls=controls)
    bare.state.hflags |= OSFXSR
    for name, value in registers.items():
        bare.state.set_general(cpu.GENERAL.index(name), value)
    return bare


def vectors(bare: Bare, instructions: int = 1) -> list[int]:
    """Run some instructions: what they were refused with."""
    bare.run(instructions)
    return [fault.vector for fault in bare.faults]


def frame(bare: Bare) -> tuple[int, ...]:
    """Error code, RIP, CS, RFLAGS, RSP and SS on the handler's stack."""
    return struct.unpack("<6Q", bare.memory.read(bare.state.rsp, 48))


def length(it: Limit) -> int:
    """Bytes of the example."""
    return len(bytes.fromhex(it.code))


# Interrupts and debugging.


@probe("nmi")
def no_device_sends_an_nmi(it: Limit) -> None:
    """The command register of the local APIC; an NMI would shut the CPU down here."""
    machine = Machine(MICROVM)
    resets: list[object] = []
    machine.observe(events.ResetHappened, resets.append)
    machine.power_on(tiny_kernel(bytes.fromhex(it.code) + b"\xeb\xfe"), "", None)

    machine.step(10)

    assert machine.registers()["rip"] == ENTRY + length(it)
    assert not resets
    machine.close()


@probe("watchpoint")
def a_watchpoint_on_data_never_fires(it: Limit) -> None:
    """Written and read; the same register does watch code."""
    for dr7 in (0xD0401, 0xF0401):  # writes, reads and writes: of 4 bytes
        assert vectors(enter(it, rax=dr7, rbx=0x8000), 6) == []
    bare = enter(it, rax=0x401, rbx=CODE0 + 6)
    assert vectors(bare, 3) == [1]


@probe("general-detect")
def nothing_protects_the_debug_registers(it: Limit) -> None:
    """GD is kept, and has no effect."""
    bare = enter(it, rax=0x2400)

    assert vectors(bare, 2) == []
    assert bare.state.general(RAX) == 0x2400


# Registers of ring 0.


@probe("cr8")
def cr8_reads_zero(it: Limit) -> None:
    """5 was written."""
    bare = enter(it, rax=5)

    assert vectors(bare, 3) == []
    assert bare.state.general(RAX) == 0


@probe("control-registers")
def reserved_bits_of_control_registers_are_taken(it: Limit) -> None:
    """CR4 keeps bit 31; CR3 and DR7 take the others silently, too."""
    bare = enter(it, rax=SSE.cr4 | 1 << 31)
    assert vectors(bare) == []
    assert bare.state.cr(4) == SSE.cr4 | 1 << 31
    for code, value in (
        ("0f22c0", CONTROLS.cr0 | 1 << 40),
        ("0f22d8", PML4 | 1 << 58),
        ("0f23f8", 1 << 40),
    ):
        bare.put(bytes.fromhex(code), 0)
        bare.enter(0)
        bare.state.set_general(RAX, value)
        assert vectors(bare) == []


@probe("pae")
def pae_can_be_switched_off(it: Limit) -> None:
    """CR4 = 0; then nothing is mapped any more, and the fault is another."""
    bare = enter(it, rax=0)

    bare.run(2)

    assert bare.state.cr(4) == 0
    assert bare.faults[0].vector == PF
    for cr0 in (0x11, 0x80010010):  # without PG, and PG without PE
        bare = enter(it, rax=cr0)
        bare.put(b"\x0f\x22\xc0", 0)
        assert vectors(bare) == []
        assert bare.state.cr(0) == cr0


@probe("msr")
def any_msr_takes_any_value(it: Limit) -> None:
    """LSTAR keeps what is no address; an unknown one is written, and reads 0."""
    bare = enter(it, rcx=LSTAR, rax=0, rdx=NOT_CANONICAL >> 32)
    assert vectors(bare) == []
    assert bare.state.lstar == NOT_CANONICAL >> 32 << 32
    assert vectors(enter(it, rcx=UNKNOWN_MSR, rax=1, rdx=0)) == []
    bare = enter(it, rcx=UNKNOWN_MSR, rax=1, rdx=7)
    bare.put(b"\x0f\x32", 0)
    assert vectors(bare) == []
    assert (bare.state.general(RAX), bare.state.general(RDX)) == (0, 0)


@probe("base")
def any_base_is_loaded(it: Limit) -> None:
    """FS, and the GDT."""
    bare = enter(it, CONTROLS._replace(cr4=CONTROLS.cr4 | 1 << 16), rax=1 << 50)
    assert vectors(bare) == []
    assert bare.state.base(cpu.FS) == 1 << 50
    bare = enter(it, rbx=0x8000)
    bare.put(b"\x0f\x01\x13", 0)  # lgdt [rbx]
    bare.memory.write(0x8000, struct.pack("<HQ", 0xFF, 1 << 50))
    assert vectors(bare) == []
    assert bare.state.base(cpu.GDTR) == 1 << 50


# Addresses.


@probe("jump-target")
def a_jump_to_nowhere_faults_at_its_target(it: Limit) -> None:
    """In the right ring, but behind the jump: RSP is popped, or pushed to."""
    bare = enter(it, rax=NOT_CANONICAL)
    assert vectors(bare, 2) == [GP]
    assert frame(bare)[1:5:3] == (NOT_CANONICAL, RING3_STACK)
    for code, rsp in (("ffe0", RING3_STACK), ("ffd0", RING3_STACK - 8)):
        bare = enter(it, rax=NOT_CANONICAL)
        bare.put(bytes.fromhex(code), 3)  # jmp rax, call rax
        assert vectors(bare) == [GP]
        assert bare.faults[0].ring == 3
        assert frame(bare)[1:5:3] == (NOT_CANONICAL, rsp)


@probe("return-target")
def a_return_to_nowhere_faults_in_ring3(it: Limit) -> None:
    """SYSRETQ, and IRETQ from elsewhere than the top of the kernel's stack."""
    bare = enter(it, rcx=NOT_CANONICAL)
    bare.run(1)
    assert (bare.faults[0].ring, bare.faults[0].rip) == (3, NOT_CANONICAL)
    bare = enter(it, rsp=RING0_STACK - 0x100)
    bare.put(b"\x48\xcf", 0)
    words = NOT_CANONICAL, USER_CODE, 2, RING3_STACK, USER_DATA
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *words))
    bare.run(1)
    assert (bare.faults[0].ring, bare.faults[0].rip) == (3, NOT_CANONICAL)


@probe("stack-fault")
def a_stack_nowhere_is_gp(it: Limit) -> None:
    """PUSH, and an operand that RBP leads to."""
    assert vectors(enter(it, rsp=NOT_CANONICAL)) == [GP]
    bare = enter(it, rbp=NOT_CANONICAL)
    bare.put(b"\x8b\x45\x00", 3)
    assert vectors(bare) == [GP]


@probe("alignment-check")
def nothing_checks_the_alignment(it: Limit) -> None:
    """CR0.AM and RFLAGS.AC are on."""
    controls = CONTROLS._replace(cr0=CONTROLS.cr0 | 1 << 18, rflags=1 << 18)

    assert vectors(enter(it, controls, rbx=DATA + 1)) == []


@probe("sse-alignment")
def sse_does_not_check_its_alignment(it: Limit) -> None:
    """A load (MOVAPS) and a store (MOVDQA)."""
    for code in (it.code, "660f7f03"):
        bare = enter(it, rbx=DATA + 1)
        bare.put(bytes.fromhex(code), 3)
        assert vectors(bare) == []
        assert bare.state.rip == CODE3 + len(bytes.fromhex(code))


@probe("page-table-as-code")
def a_page_table_with_code_gets_no_accessed_bits(it: Limit) -> None:
    """The same store by code that lies elsewhere sets them."""
    target, bits = 0x40000000, paging.ACCESSED | paging.DIRTY
    for is_in_table in (True, False):
        bare = Bare()
        bare.map(target, bare.new_page(), paging.PRESENT | paging.WRITE)
        entry = bare.entry_addresses(target)[3]
        table = entry & ~0xFFF
        bare.map(table, table, paging.PRESENT | paging.WRITE)
        place = table + 0x800 if is_in_table else CODE0
        bare.memory.write(place, bytes.fromhex(it.code))
        bare.enter(0, rip=place)
        bare.state.set_general(RBX, target)
        assert vectors(bare) == []
        assert bare.memory.words[entry >> 3] & bits == (0 if is_in_table else bits)


# Exceptions.


@probe("outside-long-mode")
def an_exception_before_long_mode_shuts_down(it: Limit) -> None:
    """In protected mode, as after a reset."""
    bare = Bare()
    bare.put(bytes.fromhex(it.code), 0)
    bare.processor.reset(CODE0, 0)

    bare.run(1)

    assert bare.processor.triple_fault


@probe("refused-int")
def a_refused_int_is_told_behind_its_prefixes(it: Limit) -> None:
    """Two of them here; REX counts as one."""
    bare = enter(it)
    assert vectors(bare) == [GP]
    assert frame(bare)[:2] == (0x21 * 8 + 2, CODE3 + 2)
    bare.put(bytes.fromhex("48cd21"), 3)
    bare.enter(3)
    bare.run(1)
    assert frame(bare)[1] == CODE3 + 1


@probe("string-port")
def a_refused_string_port_touches_memory(it: Limit) -> None:
    """INS zeroes a byte, and #PF comes before #GP."""
    bare = enter(it, rdi=DATA)
    bare.memory.write(DATA, b"\x77\x77")
    assert vectors(bare) == [GP]
    assert bare.memory.read(DATA, 2) == b"\x00\x77"
    assert vectors(enter(it, rdi=NOWHERE)) == [PF]
    bare = enter(it, rsi=NOWHERE)
    bare.put(b"\x6e", 3)  # outsb
    assert vectors(bare) == [PF]


@probe("flags-of-a-fault")
def a_fault_loses_flags(it: Limit) -> None:
    """AL = FF + FF: CF, AF and SF. Of these SF alone is left, unless cut between."""
    rf, sf, lost = 1 << 16 | 2, 0x80, 0x11
    for instructions, flags in ((1, sf | lost | rf), (9, sf | rf)):
        bare = enter(it, rax=0xFF)
        bare.run(instructions)
        bare.run(9)
        assert frame(bare)[1:4:2] == (CODE0 + 2, flags)


@probe("iretq-segments")
def iretq_clears_the_base_too(it: Limit) -> None:
    """GS is a segment of ring 0 with a base."""
    bare = enter(it, rsp=RING0_STACK - 40)
    words = CODE3, USER_CODE, 2, RING3_STACK, USER_DATA
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *words))
    bare.state.load_segment(cpu.GS, KERNEL_DATA, 0x1234000, 0xFFFFFFFF, 0xCF9300)

    assert vectors(bare) == []
    assert bare.state.cpl == 3
    assert (bare.state.selector(cpu.GS), bare.state.base(cpu.GS)) == (0, 0)


# Instructions that should not exist.


@probe("lock")
def lock_is_ignored(it: Limit) -> None:
    """MOV, XCHG of registers, BT in memory, IMUL, MOVQ, PUSH, TEST."""
    for code in (
        *(it.code, "f087c3", "f00fa303", "f00fafc3", "f00f6fc1", "f050", "f08503"),
    ):
        bare = enter(it, rbx=DATA)
        bare.put(bytes.fromhex(code), 3)
        assert vectors(bare) == []


@probe("vex")
def vex_is_sse(it: Limit) -> None:
    """VXORPS of 128 bits runs; of 256 bits it is refused."""
    assert vectors(enter(it)) == []
    bare = enter(it)
    bare.put(bytes.fromhex("c5fc57c1"), 3)
    assert vectors(bare) == [UD]


@probe("vex-privileged")
def vex_is_ignored_before_privileged_instructions(it: Limit) -> None:
    """MOV to CR3 runs in ring 0. In ring 3 it is refused, for its ring."""
    bare = enter(it, rbp=PML4 | 0x18)
    assert vectors(bare) == []
    assert bare.state.cr(3) == PML4 | 0x18
    bare.put(bytes.fromhex(it.code), 3)
    bare.enter(3)
    assert vectors(bare) == [GP]


@probe("group-11")
def xbegin_is_mov(it: Limit) -> None:
    """EAX is its operand."""
    bare = enter(it)

    assert vectors(bare) == []
    assert bare.state.general(RAX) == 5


@probe("mov-rex-r")
def rex_r_spoils_mov(it: Limit) -> None:
    """Bytes and words."""
    assert vectors(enter(it, rbx=DATA)) == [UD]
    bare = enter(it, rbx=DATA)
    bare.put(bytes.fromhex("44c70301000000"), 3)
    assert vectors(bare) == [UD]


@probe("pop-group")
def all_of_8f_is_pop(it: Limit) -> None:
    """RSP moves."""
    bare = enter(it, rsp=DATA)

    assert vectors(bare) == []
    assert bare.state.rsp == DATA + 8


@probe("sse-forms")
def forms_that_do_not_exist_run(it: Limit) -> None:
    """MOVHPD and MOVLPD of registers, PSRLD in memory."""
    for code in (it.code, "660f12ce", "0f726701"):
        bare = enter(it, rdi=DATA)
        bare.put(bytes.fromhex(code), 3)
        assert vectors(bare) == []


@probe("cmpps")
def a_large_predicate_is_ud(it: Limit) -> None:
    """8 would be 0."""
    assert vectors(enter(it)) == [UD]


# Instructions with a wrong result.


@probe("near-jump-66")
def rip_is_cut(it: Limit) -> None:
    """From 1 MiB to 3; the conditional jump that is not taken stays."""
    bare = enter(it)
    place = 0x100000
    bare.map(place, place, paging.PRESENT | paging.WRITE)
    for code, rip in ((it.code, 3), ("667400", place + 3)):
        bare.memory.write(place, bytes.fromhex(code))
        bare.enter(0, rip=place)
        assert vectors(bare) == []
        assert bare.state.rip == rip


@probe("enter-66")
def enter_writes_all_of_rbp(it: Limit) -> None:
    """The upper 48 bits are those of RSP."""
    bare = enter(it, rbp=0x1234_5678_9ABC_DEF0)

    assert vectors(bare) == []
    assert bare.state.general(RBP) == RING3_STACK - 2


@probe("sahf-rex")
def sahf_uses_spl(it: Limit) -> None:
    """AH has all flags, SPL none; LAHF writes to SPL."""
    bare = enter(it, rax=0xFF00)
    assert vectors(bare) == []
    assert bare.processor.engine.rflags == 2
    bare = enter(it)
    bare.put(b"\x48\x9f", 3)
    assert vectors(bare) == []
    assert (bare.state.rsp, bare.state.general(RAX)) == (RING3_STACK + 2, 0)


@probe("shld-rip")
def shld_counts_one_byte_short(it: Limit) -> None:
    """A bit is shifted into the word one byte below the operand."""
    bare = enter(it, rbx=0xFFFF)
    operand = CODE0 + length(it) + 0xF7

    assert vectors(bare) == []
    assert bare.memory.read(operand - 1, 2) == b"\x01\x00"


@probe("cmpxchg")
def cmpxchg_clears_half_of_rax(it: Limit) -> None:
    """EAX and the operand are equal."""
    bare = enter(it, rax=cpu.MASK64, rbx=DATA)
    bare.memory.write(DATA, b"\xff" * 8)

    assert vectors(bare) == []
    assert bare.state.general(RAX) == 0xFFFFFFFF


@probe("bzhi")
def bzhi_loses_the_highest_bit(it: Limit) -> None:
    """255 of 64 bits are to be kept."""
    bare = enter(it, rbx=cpu.MASK64, rcx=0xFF)

    assert vectors(bare) == []
    assert bare.state.general(RAX) == cpu.MASK64 >> 1


@probe("mxcsr")
def mxcsr_collects_nothing(it: Limit) -> None:
    """1 / 3 is not exact."""
    bare = enter(it, rbx=DATA, rax=1, rcx=3)
    code = "f30f2ac0 f30f2ac9" + it.code  # cvtsi2ss xmm0, eax; cvtsi2ss xmm1, ecx
    bare.put(bytes.fromhex(code), 3)

    assert vectors(bare, 4) == []
    assert bare.memory.read(DATA, 4) == (0x1F80).to_bytes(4, "little")


@probe("mmx-rex")
def rex_r_names_a_ninth_mmx_register(it: Limit) -> None:
    """PALIGNR to MM0 would copy MM1 to it."""
    bare = enter(it, rax=0x1111, rbx=0x2222)
    # movq mm0, rax; movq mm1, rbx; ...; movq rdx, mm0
    bare.put(bytes.fromhex(f"480f6ec0 480f6ecb {it.code} 480f7ec2"), 3)

    assert vectors(bare, 4) == []
    assert bare.state.general(RDX) == 0x1111


@probe("mmx-tags")
def three_byte_mmx_leaves_the_tags(it: Limit) -> None:
    """FNINIT, PABSB, FXSAVE; PADDB in its place makes all eight valid."""
    for code, tags in ((it.code, 0), ("dbe3 0ffcc8 480fae03", 0xFF)):
        bare = enter(it, rbx=DATA)
        bare.put(bytes.fromhex(code), 3)
        assert vectors(bare, 3) == []
        assert bare.memory.read(DATA + 4, 1)[0] == tags


@probe("mmx-fault")
def mmx_changes_the_tags_before_it_faults(it: Limit) -> None:
    """FNINIT, PADDB of a page that is not there; the handler does FXSAVE."""
    bare = enter(it, rdi=NOWHERE, rbx=DATA)
    bare.memory.write(HANDLERS + PF * 16, bytes.fromhex("480fae03"))

    assert vectors(bare, 3) == [PF]
    assert bare.memory.read(DATA + 4, 1)[0] == 0xFF
