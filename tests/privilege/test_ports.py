"""I/O privilege: the permission bitmap, and that a refused access did not happen."""

from __future__ import annotations

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import segments
from minios.machine.bare import CODE3, RING3_STACK, TASK_STATE, TSS, Bare
from minios.machine.events import PortAccess

GP = 13
IO_BITMAP = 0x68  # behind the last field of the TSS
DATA = RING3_STACK - 0x800
SIZES = {1: "ec", 2: "66ed", 4: "ed"}  # in al/ax/eax, dx
RDX, RSI, RDI, RCX, RBX = 2, 6, 7, 1, 3


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("port", [0x2F8, 0x2FE, 0x2FF, 0x300])
def test_every_byte_of_an_access_needs_its_bit(port: int, size: int) -> None:
    """An access is allowed if the bitmap has a zero for each port that it covers."""
    allowed = set(range(0x2F8, 0x300))
    bare = Bare()
    bare.set_io_bitmap(tuple(allowed))
    bare.put(bytes.fromhex(SIZES[size]), 3)
    bare.enter(3)
    bare.state.set_general(RDX, port)

    fault = bare.run(1)

    if set(range(port, port + size)) <= allowed:
        assert fault is None
    else:
        assert fault is not None
        assert (fault.vector, fault.error_code, fault.rip) == (GP, 0, CODE3)


def test_a_port_beyond_the_bitmap_is_refused() -> None:
    """The bitmap ends at the limit of the TSS; what lies behind is forbidden."""
    bare = Bare()
    bare.set_io_bitmap((0x10,))
    bare.put(b"\xec", 3)
    bare.enter(3)
    bare.state.set_general(RDX, 0xCF9)

    assert bare.run(1) is not None


@pytest.mark.parametrize(("beyond", "allowed"), [(0, False), (1, True)])
def test_the_byte_after_the_ports_byte_lies_within_the_tss(
    beyond: int, *, allowed: bool
) -> None:
    """Two bytes are read for any port (SDM vol. 1, "I/O Permission Bit Map").

    So the limit of the TSS must reach one byte past that of the port.
    """
    port = 0x2F8
    bare = Bare()
    bare.set_io_bitmap((port,))
    bare.put(b"\xec", 3)
    bare.enter(3)
    limit = IO_BITMAP + port // 8 + beyond
    bare.state.load_segment(cpu.TR, TASK_STATE, TSS, limit, segments.BUSY_TSS)
    bare.state.set_general(RDX, port)

    fault = bare.run(1)

    assert (None if fault is None else fault.vector) == (None if allowed else GP)


def test_nothing_after_a_refused_out_is_executed() -> None:
    """`out; mov [rbx], rax`: the store did not happen, and RIP is at the `out`."""
    bare = Bare()
    bare.put(bytes.fromhex("ee488903"), 3)
    bare.memory.write(DATA, b"\x11" * 8)
    bare.enter(3)
    bare.state.set_general(RBX, DATA)

    fault = bare.run(2)

    assert fault is not None
    assert fault.rip == CODE3
    assert bare.memory.read(DATA, 8) == b"\x11" * 8
    assert bare.clock.instructions == 2  # the `out`, and the `hlt` of its handler


def test_a_refused_access_reaches_no_device() -> None:
    """The bus hears nothing of it."""
    bare = Bare()
    heard: list[PortAccess] = []
    bare.listeners.subscribe(PortAccess, heard.append)

    assert bare.attempt(bytes.fromhex("e620"), 3) is not None
    assert heard == []


def test_a_refused_in_leaves_the_registers_alone() -> None:
    """RAX and the flags in the frame are those before the `in`."""
    bare = Bare()
    bare.put(bytes.fromhex("4883e801ed"), 3)  # sub rax, 1: sets CF, SF, AF, PF
    bare.enter(3)

    assert bare.run(2) is not None
    assert bare.state.general(0) == 0xFFFFFFFFFFFFFFFF
    frame = bare.memory.read(bare.state.rsp, 48)
    assert int.from_bytes(frame[8:16], "little") == CODE3 + 4  # RIP
    assert int.from_bytes(frame[24:32], "little") & 0x8D5 == 0x95  # CF PF AF SF


@pytest.mark.parametrize("code", ["f36e", "f36c"], ids=["rep outsb", "rep insb"])
def test_a_refused_string_access_does_not_begin(code: str) -> None:
    """RCX, RSI and RDI have not moved."""
    bare = Bare()
    bare.put(bytes.fromhex(code), 3)
    bare.enter(3)
    for register, value in ((RCX, 5), (RSI, DATA), (RDI, DATA)):
        bare.state.set_general(register, value)

    assert bare.run(1) is not None
    registers = tuple(bare.state.general(n) for n in (RCX, RSI, RDI))
    assert registers == (5, DATA, DATA)
