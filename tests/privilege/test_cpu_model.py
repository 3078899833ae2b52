"""What the CPU is: what CPUID offers is there, what it does not offer is not."""

from __future__ import annotations

import struct

import pytest

from minios.machine.bare import CODE0, CODE3, CONTROLS, Bare

UD, GP, DB = 6, 13, 1
RAX, RCX, RDX, RBX = 0, 1, 2, 3
OSXSAVE, OSFXSR = 1 << 18, 1 << 9
AVX, XSAVE = 1 << 28, 1 << 26
X87, SSE, YMM, ZMM, PKRU = 1 << 0, 1 << 1, 1 << 2, 7 << 5, 1 << 9
TSC_AUX = 0xC0000103
DATA = 0x8000
WITH_XSAVE = CONTROLS._replace(cr4=CONTROLS.cr4 | OSXSAVE | OSFXSR)


def run(code: str, ring: int = 0, **registers: int) -> Bare:
    """Run one instruction with XSAVE enabled."""
    bare = Bare()
    bare.put(bytes.fromhex(code), ring)
    bare.enter(ring, controls=WITH_XSAVE)
    bare.state.hflags |= 1 << 22
    for name, value in registers.items():
        bare.state.set_general(("rax", "rcx", "rdx", "rbx").index(name), value)
    bare.run(1)
    return bare


def cpuid(leaf: int, subleaf: int = 0) -> tuple[int, int, int, int]:
    """EAX, EBX, ECX and EDX."""
    state = run("0fa2", rax=leaf, rcx=subleaf).state
    eax, ebx, ecx, edx = (state.general(n) for n in (RAX, RBX, RCX, RDX))
    return eax, ebx, ecx, edx


def test_cpuid_offers_no_more_states_than_features() -> None:
    """Leaf 1 has no AVX, so leaf 0xD has neither YMM nor ZMM."""
    assert cpuid(1)[2] & (AVX | XSAVE) == XSAVE

    eax, _, _, edx = cpuid(0xD)

    assert (eax, edx) == (X87 | SSE | PKRU, 0)


@pytest.mark.parametrize("component", [2, 5, 6, 7])
def test_states_that_are_not_offered_have_no_size(component: int) -> None:
    """Their subleaf of leaf 0xD is all zeros (SDM vol. 2A, CPUID)."""
    assert cpuid(0xD, component) == (0, 0, 0, 0)


@pytest.mark.parametrize("extra", [YMM, ZMM, YMM | ZMM, 1 << 3, 1 << 62])
def test_xsetbv_refuses_states_that_are_not_offered(extra: int) -> None:
    """#GP(0) (SDM vol. 2D, XSETBV); those that are offered it takes."""
    wanted = X87 | SSE | extra
    bare = run("0f01d1", rcx=0, rax=wanted & 0xFFFFFFFF, rdx=wanted >> 32)
    assert [fault.vector for fault in bare.faults] == [GP]

    bare = run("0f01d1", rcx=0, rax=X87 | SSE | PKRU, rdx=0)
    assert bare.faults == []


def test_xcr0_is_x87_at_power_on() -> None:
    """SDM vol. 3A, "Processor State After Reset": 1."""
    state = run("0f01d0", rcx=0, rax=7, rdx=7).state

    assert (state.general(RAX), state.general(RDX)) == (X87, 0)


def test_floating_point_is_as_after_power_on() -> None:
    """FCW is 0x40 and MXCSR 0x1F80 (SDM vol. 3A, "Processor State After Reset")."""
    bare = run("480fae03", rbx=DATA)  # fxsave64 [rbx]

    assert struct.unpack("<H", bare.memory.read(DATA, 2)) == (0x40,)
    assert struct.unpack("<I", bare.memory.read(DATA + 24, 4)) == (0x1F80,)


@pytest.mark.parametrize("ring", [0, 3])
@pytest.mark.parametrize("value", [0x77, 0xFFFFFFFF])
def test_rdtscp_reads_tsc_aux(ring: int, value: int) -> None:
    """ECX is what the kernel has put there; RDTSC leaves RCX alone."""
    bare = Bare()
    bare.put(b"\x0f\x30", 0)
    bare.enter(0)
    bare.state.set_general(RCX, TSC_AUX)
    bare.state.set_general(RAX, value)
    bare.run(1)
    for code, rcx in ((b"\x0f\x01\xf9", value), (b"\x0f\x31", 1 << 40)):
        bare.put(code, ring)
        bare.enter(ring)
        bare.state.set_general(RCX, 1 << 40)

        assert bare.run(1) is None
        assert bare.state.general(RCX) == rcx
        assert bare.state.general(RAX) == bare.processor.now


@pytest.mark.parametrize("ring", [0, 3])
@pytest.mark.parametrize("prefixes", [b"", b"\x66", b"\x2e\x48"])
def test_int1_is_a_trap(ring: int, prefixes: bytes) -> None:
    """#DB whose frame has the next instruction, whatever the DPL of its gate is.

    SDM vol. 2A, INT n, INTO, INT3, INT1.
    """
    bare = Bare()
    bare.put(prefixes + b"\xf1", ring)
    bare.enter(ring)

    bare.run(1)

    behind = (CODE3 if ring else CODE0) + len(prefixes) + 1
    assert [fault.vector for fault in bare.faults] == [DB]
    assert bare.state.rip == bare.handler(DB)
    assert struct.unpack("<Q", bare.memory.read(bare.state.rsp, 8)) == (behind,)


def test_a_handler_that_returns_goes_on_behind_int1() -> None:
    """Which #UD would never do."""
    bare = Bare()
    bare.memory.write(bare.handler(DB), b"\x48\xcf")  # iretq
    bare.put(b"\xf1\x90", 3)
    bare.enter(3)

    bare.run(3)

    assert (bare.state.cpl, bare.state.rip) == (3, CODE3 + 2)


def test_lock_before_int1_does_not_exist() -> None:
    """#UD."""
    assert [fault.vector for fault in run("f0f1", 3).faults] == [UD]
