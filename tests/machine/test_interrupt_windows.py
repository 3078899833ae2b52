"""An interrupt is taken at the first instruction boundary that allows it, no later.

While IF is 0 the CPU holds an interrupt back. STI opens the window behind the
instruction that follows it (its shadow); POPF, IRETQ and SYSRETQ open it at once (SDM
vol. 2B, STI and POPF; vol. 3A, "Masking Exceptions and Interrupts When Switching
Stacks").
"""

from __future__ import annotations

import struct

import pytest

from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    HANDLERS,
    RING0_STACK,
    RING3_STACK,
    USER_CODE,
    USER_DATA,
    Bare,
)

IRQ, OTHER = 0x40, 0x41
IF = 1 << 9
RCX, R11 = 1, 11
OPEN = CONTROLS._replace(rflags=IF)
NOP, STI, CLI, MOV_SS, HLT = b"\x90", b"\xfb", b"\xfa", b"\x8e\xd0", b"\xf4"
IRETQ, SYSRETQ = b"\x48\xcf", b"\x48\x0f\x07"
PUSH_IF, POPF = b"\x68\x02\x02\x00\x00", b"\x9d"
PATIENCE = 2000


def loop(body: bytes, nops: int) -> bytes:
    """Some NOPs, and then the body for ever."""
    return NOP * nops + body + bytes((0xEB, 0x100 - len(body) - 2))


def enter_by_jump(bare: Bare) -> None:
    """Be in ring 0 before a JMP to the code: it is not the first block that runs."""
    place = CODE0 + 0x100
    bare.memory.write(place, b"\xe9" + struct.pack("<i", CODE0 - place - 5))
    bare.enter(0, rip=place)


def interrupted_at(bare: Bare) -> tuple[int, int]:
    """Run until an interrupt is taken: RIP in its frame, and instructions until then.

    The handler is one HLT.
    """
    begun = bare.clock.instructions
    bare.run(PATIENCE)
    assert bare.processor.halted
    (rip,) = struct.unpack("<Q", bare.memory.read(bare.state.rsp, 8))
    return rip, bare.clock.instructions - begun - 1


@pytest.mark.parametrize("nops", range(8))
def test_a_window_of_one_boundary_is_enough(nops: int) -> None:
    """STI, NOP, CLI: the only boundary is the one before CLI."""
    bare = Bare()
    bare.put(loop(STI + NOP + CLI, nops), 0)
    bare.enter(0)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + nops + 2, nops + 2)


@pytest.mark.parametrize("nops", range(8))
@pytest.mark.parametrize("done", range(4))
def test_code_that_has_run_before_is_interrupted_there_too(
    nops: int, done: int
) -> None:
    """The pin rises at each instruction of the loop; the next window is never far."""
    bare = Bare()
    bare.put(loop(STI + NOP + CLI, nops), 0)
    bare.enter(0)
    bare.run(nops + 4 * 100 + done)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + nops + 2, (2 - done) % 4)


def test_a_shadow_without_a_boundary_is_no_window() -> None:
    """STI, CLI: the interrupt waits for ever."""
    bare = Bare()
    bare.put(loop(STI + CLI, 0), 0)
    bare.enter(0)
    bare.interrupt(IRQ)

    bare.run(PATIENCE)

    assert bare.pin.waiting == [IRQ]
    assert not bare.processor.halted


def test_a_second_sti_casts_no_shadow() -> None:
    """IF was 1 already, so the window opens behind it."""
    bare = Bare()
    bare.put(loop(STI + STI + CLI, 0), 0)
    bare.enter(0)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + 2, 2)


def test_mov_to_ss_casts_a_shadow_though_if_is_set() -> None:
    """So that RSP can be loaded next, and no interrupt comes between."""
    bare = Bare()
    bare.put(MOV_SS + NOP + NOP, 0)
    bare.enter(0, controls=OPEN)
    bare.state.set_general(0, 0x10)
    bare.run(1)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + 3, 1)


def test_an_interrupt_before_sti_waits_for_its_shadow() -> None:
    """Though the run ends between STI and the next instruction."""
    bare = Bare()
    bare.put(STI + NOP + NOP, 0)
    bare.enter(0)
    bare.interrupt(IRQ)

    bare.run(1)
    assert bare.processor.is_masked
    assert interrupted_at(bare) == (CODE0 + 2, 1)


@pytest.mark.parametrize("nops", range(8))
def test_popf_opens_the_window_at_once(nops: int) -> None:
    """The boundary is the one behind POPF."""
    bare = Bare()
    bare.put(loop(PUSH_IF + POPF + CLI, nops), 0)
    enter_by_jump(bare)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + nops + 6, nops + 3)


@pytest.mark.parametrize("nops", range(8))
def test_iretq_opens_the_window_at_its_target(nops: int) -> None:
    """In ring 3 not one instruction runs before."""
    bare = Bare()
    bare.put(NOP * nops + IRETQ, 0)
    bare.put(NOP * 9, 3)
    enter_by_jump(bare)
    bare.state.rsp = RING0_STACK - 40
    words = CODE3, USER_CODE, IF | 2, RING3_STACK, USER_DATA
    bare.memory.write(bare.state.rsp, struct.pack("<5Q", *words))
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE3, nops + 2)


@pytest.mark.parametrize("nops", range(8))
def test_sysretq_opens_the_window_at_its_target(nops: int) -> None:
    """IF comes from R11."""
    bare = Bare()
    bare.put(NOP * nops + SYSRETQ, 0)
    bare.put(NOP * 9, 3)
    enter_by_jump(bare)
    bare.state.set_general(RCX, CODE3)
    bare.state.set_general(R11, IF | 2)
    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE3, nops + 2)


def test_two_interrupts_are_taken_one_behind_the_other() -> None:
    """The second at the IRETQ of the first: the same boundary of the loop."""
    bare = Bare()
    bare.memory.write(bare.handler(IRQ), IRETQ)
    bare.put(loop(STI + NOP + CLI, 3), 0)
    bare.enter(0)
    bare.interrupt(IRQ)
    bare.interrupt(OTHER)

    assert interrupted_at(bare) == (CODE0 + 5, 5 + 1)
    assert bare.state.rip == bare.handler(OTHER) + 1


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_how_the_run_is_cut_does_not_move_the_window(count: int) -> None:
    """Single steps, and steps of a few."""
    bare = Bare()
    bare.put(loop(STI + NOP + CLI, 5), 0)
    bare.enter(0)
    bare.interrupt(IRQ)

    for _ in range(30):
        bare.run(count)

    assert bare.processor.halted
    assert struct.unpack("<Q", bare.memory.read(bare.state.rsp, 8)) == (CODE0 + 7,)


def test_an_interrupt_wakes_a_cpu_that_waits() -> None:
    """STI, HLT: the shadow ends with HLT, and the return is behind it."""
    bare = Bare()
    bare.put(STI + HLT + NOP, 0)
    bare.enter(0)
    bare.run(9)
    assert (bare.processor.halted, bare.state.rip) == (True, CODE0 + 2)

    bare.interrupt(IRQ)

    assert interrupted_at(bare) == (CODE0 + 2, 0)


def test_a_device_in_the_middle_of_a_run_is_heard_in_the_next_window() -> None:
    """OUT raises the pin; the window lies behind it in the same run."""
    bare = Bare()
    heard: list[int] = []

    def on_out(port: int, size: int, value: int) -> None:
        del port, size
        heard.append(value)
        bare.interrupt(IRQ)

    bare.processor.on_out = on_out  # type: ignore[method-assign]  # a stand-in device
    bare.put(b"\xe6\x10" + NOP * 3 + STI + NOP + CLI, 0)
    bare.enter(0)

    assert interrupted_at(bare) == (CODE0 + 7, 6)
    assert heard == [0]
    assert HANDLERS <= bare.state.rip < HANDLERS + 0x1000
