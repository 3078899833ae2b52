"""What becomes of RFLAGS on the way into a handler, and on the way back.

A delivery clears TF, NT, RF and VM, and IF for an interrupt gate (SDM vol. 3A, "Flag
Usage By Exception- or Interrupt-Handler Procedure"); `syscall` clears what IA32_FMASK
says. Every other flag is still there for the handler's first instruction, wherever the
machine made the delivery: in the middle of a run of the engine, or between two.
"""

from __future__ import annotations

import pytest

from minios.machine import paging, segments, traps
from minios.machine.bare import CODE0, CODE3, CONTROLS, RING3_STACK, Bare
from minios.machine.traps import Cause, Delivery

CF, PF, AF, ZF, SF = 1, 4, 0x10, 0x40, 0x80
TF, IF, DF, OF, NT, AC = 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 14, 1 << 18
ARITHMETIC = CF | PF | AF | ZF | SF | OF
ALWAYS = 2
KEPT = ARITHMETIC | DF | AC
IOPL, RF, VM, VIF, VIP, ID = 3 << 12, 1 << 16, 1 << 17, 1 << 19, 1 << 20, 1 << 21
SYSTEM = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID
EACH = [1 << bit for bit in range(22) if (ARITHMETIC | SYSTEM) >> bit & 1]
IRQ = 0x40
NOWHERE = 0x60000000
RAX = 0
READ_FLAGS = bytes.fromhex("9c58 48cf")  # pushf; pop rax; iretq
Way = tuple[bytes, int]

# The instruction that is trapped, and the vector of its handler; the last three are
# delivered between two runs of the engine, the others in the middle of one.
WAYS = {
    "fault": (b"\x0f\x0b", 6),
    "int n": (b"\xcd\x80", 0x80),
    "page fault": (b"\x8a\x04\x25\x00\x00\x00\x70", 14),  # mov al, [0x70000000]
    "refused port": (b"\xe4\x10", 13),
    "no memory": (b"\xb8\x00\x00\x00\x60\xff\xe0", 6),  # mov eax, NOWHERE; jmp rax
    "interrupt": (b"", IRQ),
}


def trap(bare: Bare, way: Way, rflags: int, kind: int = segments.INTERRUPT_GATE) -> int:
    """Be trapped in ring 3 with these flags; the flags that the handler reads."""
    code, vector = way
    bare.set_gate(vector, dpl=3, kind=kind)
    bare.memory.write(bare.handler(vector), READ_FLAGS)
    bare.put(b"\x90" + code + b"\xeb\xfe", 3)
    bare.enter(3, controls=CONTROLS._replace(rflags=rflags))
    bare.map(NOWHERE, 0x7000000, paging.PRESENT | paging.USER)  # beyond RAM
    bare.run(1)
    if vector == IRQ:
        bare.processor.deliver(Delivery(IRQ, Cause.EXTERNAL))
    while bare.state.rip != bare.handler(vector):
        assert bare.state.cpl == 3
        bare.run(1)
    bare.run(2)
    return bare.state.general(RAX)


@pytest.mark.parametrize("flags", [KEPT, DF, CF, ARITHMETIC, 0])
@pytest.mark.parametrize("way", WAYS)
def test_a_handler_finds_the_flags_that_delivery_does_not_clear(
    way: str, flags: int
) -> None:
    """NT and IF are gone through an interrupt gate, the rest is as it was."""
    seen = trap(Bare(), WAYS[way], flags | IF | NT | ALWAYS)

    assert seen == flags | ALWAYS


@pytest.mark.parametrize("way", ["fault", "int n", "page fault"])
def test_a_handler_finds_them_without_a_pause(way: str) -> None:
    """Program, trap and handler in one run of the engine."""
    bare = Bare()
    code, vector = WAYS[way]
    bare.set_gate(vector, dpl=3)
    bare.memory.write(bare.handler(vector), READ_FLAGS)
    bare.put(b"\xf9\xfd" + code, 3)  # stc; std
    bare.enter(3)

    bare.run(5)

    assert bare.state.general(RAX) == DF | CF | ALWAYS


@pytest.mark.parametrize("way", WAYS)
def test_a_trap_gate_leaves_interrupts_on(way: str) -> None:
    """The only difference between the two kinds of gate."""
    seen = trap(Bare(), WAYS[way], KEPT | IF | NT | ALWAYS, segments.TRAP_GATE)

    assert seen == KEPT | IF | ALWAYS


@pytest.mark.parametrize("way", ["int n", "interrupt"])
def test_iretq_gives_the_program_its_flags_back(way: str) -> None:
    """All of them, NT and IF included."""
    bare = Bare()
    flags = KEPT | IF | ALWAYS
    trap(bare, WAYS[way], flags)

    bare.run(1)

    assert bare.state.cpl == 3
    assert bare.processor.engine.rflags == flags


def test_flags_that_instructions_made_reach_the_handler_of_an_interrupt() -> None:
    """`stc; std` in the run before: the handler reads 0x403."""
    bare = Bare()
    bare.memory.write(bare.handler(IRQ), READ_FLAGS)
    bare.put(b"\xf9\xfd\xeb\xfe", 3)
    bare.enter(3)
    bare.run(2)

    bare.processor.deliver(Delivery(IRQ, Cause.EXTERNAL))
    bare.run(2)

    assert bare.state.general(RAX) == DF | CF | ALWAYS


def test_a_saved_cpu_keeps_the_flags_of_a_delivery_just_made() -> None:
    """A snapshot between the delivery and the handler's first instruction."""
    bare = Bare()
    bare.memory.write(bare.handler(IRQ), READ_FLAGS)
    bare.put(b"\xf9\xfd\xeb\xfe", 3)
    bare.enter(3)
    bare.run(2)
    bare.processor.deliver(Delivery(IRQ, Cause.EXTERNAL))
    saved = bare.processor.engine.save()
    bare.run(2)

    bare.processor.engine.load(saved)
    bare.run(2)

    assert bare.state.general(RAX) == DF | CF | ALWAYS


@pytest.mark.parametrize("mask", [0, DF, CF | IF, KEPT | IF])
def test_the_entry_of_syscall_finds_what_fmask_leaves(mask: int) -> None:
    """Its first instruction reads RFLAGS AND NOT IA32_FMASK, and R11 holds all."""
    bare = Bare()
    flags = KEPT | IF | ALWAYS
    bare.put(READ_FLAGS, 0)
    bare.put(b"\x0f\x05", 3)
    bare.enter(3, controls=CONTROLS._replace(rflags=flags))
    layout = bare.state.layout
    bare.state.q[layout.star // 8] = 0x18 << 48 | 0x08 << 32
    bare.state.q[layout.lstar // 8] = CODE0
    bare.state.q[layout.fmask // 8] = mask

    bare.run(3)

    assert bare.state.general(RAX) == flags & ~mask | ALWAYS
    assert bare.state.general(11) == flags
    assert bare.state.general(1) == CODE3 + 2
    assert bare.state.rsp == RING3_STACK


@pytest.mark.parametrize("flag", EACH, ids=hex)
@pytest.mark.parametrize("set_before", [0, ARITHMETIC | SYSTEM])
def test_syscall_clears_one_flag_for_each_bit_of_fmask(
    flag: int, set_before: int
) -> None:
    """No flag is cleared of itself but RF, which the manual names, and none is set."""
    bare = Bare()
    bare.enter(3)
    bare.state.q[bare.state.layout.fmask // 8] = flag

    assert traps.enter_syscall(bare.state, set_before | ALWAYS, 2) is None

    kept = set_before & ~flag & ~RF
    assert bare.processor.engine.rflags == kept | ALWAYS


@pytest.mark.parametrize(
    ("kind", "cleared"),
    [
        (segments.INTERRUPT_GATE, TF | NT | RF | VM | IF),
        (segments.TRAP_GATE, TF | NT | RF | VM),
    ],
    ids=["interrupt gate", "trap gate"],
)
@pytest.mark.parametrize("flag", EACH, ids=hex)
def test_a_gate_clears_the_flags_of_its_kind(
    flag: int, kind: int, cleared: int
) -> None:
    """One flag at a time."""
    bare = Bare()
    bare.set_gate(IRQ, kind=kind)
    bare.enter(0, controls=CONTROLS._replace(rflags=flag))

    bare.processor.deliver(Delivery(IRQ, Cause.EXTERNAL))

    assert bare.processor.engine.rflags == flag & ~cleared | ALWAYS
