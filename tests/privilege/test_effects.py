"""What an instruction did: done if it was allowed, not done if it was refused.

"No fault" alone would be true of a CPU that does nothing.
"""

from __future__ import annotations

import itertools
import struct

import pytest

from minios.machine import rules
from minios.machine.bare import CODE3, CONTROLS, PML4, RING3_STACK, Bare
from minios.machine.paging import Controls

GP, PF = 13, 14
P, W, U = 1 << 0, 1 << 1, 1 << 2
IF, AC, WP = 1 << 9, 1 << 18, 1 << 16
SMAP = 1 << 21
RAX, RBX = 0, 3
PORT = 0x20
TARGET = 0x40000000
BEFORE, AFTER = 0x11, 0x5A
CLI, STI, IN, OUT = b"\xfa", b"\xfb", b"\xe4\x20", b"\xe6\x20"
RINGS = range(4)
NO_WP = CONTROLS._replace(cr0=CONTROLS.cr0 & ~WP)
WITH_SMAP = CONTROLS._replace(cr4=CONTROLS.cr4 | SMAP)


class Latch:
    """A device with one register, which remembers what was written."""

    name = "latch"

    def __init__(self) -> None:
        self.value = AFTER
        self.reads = 0

    def reset(self) -> None:
        """Nothing."""

    def read(self, offset: int, size: int) -> int:
        """The register."""
        del offset, size
        self.reads += 1
        return self.value

    def write(self, offset: int, size: int, value: int) -> None:
        """Set the register."""
        del offset, size
        self.value = value

    def next_deadline(self) -> int | None:
        """Never."""
        return None

    def advance(self, now: int) -> None:
        """Nothing."""

    def save(self) -> object:
        """Nothing."""
        return None

    def load(self, state: object) -> None:
        """Nothing."""


def with_iopl(iopl: int, flags: int = 0) -> Controls:
    """The controls with an IOPL and other bits of RFLAGS."""
    return CONTROLS._replace(rflags=iopl << 12 | flags)


def begin(bare: Bare, code: bytes, ring: int, controls: Controls, rax: int) -> None:
    """Be in front of an instruction, with a value in RAX."""
    bare.put(code, ring)
    bare.enter(ring, controls=controls)
    bare.state.set_general(RAX, rax)


def saved_rflags(bare: Bare) -> int:
    """RFLAGS in the frame of a fault with an error code."""
    words = struct.unpack("<6Q", bare.memory.read(bare.state.rsp, 48))
    return int(words[3])


@pytest.mark.parametrize(
    ("ring", "rights", "controls", "allowed"),
    [
        (3, P | W | U, CONTROLS, True),
        (3, P | U, CONTROLS, False),
        (3, P | W, CONTROLS, False),
        (3, P | U, NO_WP, False),
        (3, W | U, CONTROLS, False),
        (0, P | W, CONTROLS, True),
        (0, P | W | U, CONTROLS, True),
        (0, P, CONTROLS, False),
        (0, P, NO_WP, True),
        (0, P | W | U, WITH_SMAP, False),
        (0, P | W | U, WITH_SMAP._replace(rflags=AC), True),
    ],
)
def test_memory_changes_if_and_only_if_the_write_is_allowed(
    ring: int, rights: int, controls: Controls, *, allowed: bool
) -> None:
    """`mov [rbx], al`: the byte is the new one, or still the old one."""
    bare = Bare()
    frame = bare.new_page()
    bare.memory.write(frame, bytes((BEFORE,)) * 3)
    bare.map(TARGET, frame, rights, upper=(P | W | U,) * 3)
    begin(bare, b"\x88\x03", ring, controls, AFTER)
    bare.state.set_general(RBX, TARGET + 1)

    fault = bare.run(1)

    assert (fault is None) is allowed
    middle = AFTER if allowed else BEFORE
    assert bare.memory.read(frame, 3) == bytes((BEFORE, middle, BEFORE))


@pytest.mark.parametrize(("ring", "allowed"), [(0, True), (3, False)])
def test_a_read_fills_the_register_if_and_only_if_it_is_allowed(
    ring: int, *, allowed: bool
) -> None:
    """`mov al, [rbx]` from a supervisor page: ring 3 does not see the byte."""
    bare = Bare()
    frame = bare.new_page()
    bare.memory.write(frame, bytes((AFTER,)))
    bare.map(TARGET, frame, P | W, upper=(P | W | U,) * 3)
    begin(bare, b"\x8a\x03", ring, CONTROLS, BEFORE)
    bare.state.set_general(RBX, TARGET)

    fault = bare.run(1)

    assert (fault is None) is allowed
    assert bare.state.general(RAX) == (AFTER if allowed else BEFORE)


@pytest.mark.parametrize(("ring", "allowed"), [(0, True), (3, False)])
def test_mov_to_cr3_changes_the_address_space_in_ring0_only(
    ring: int, *, allowed: bool
) -> None:
    """CR3 is the new table, or still the old one."""
    bare = Bare()
    table = bare.new_page()
    bare.memory.write(table, bare.memory.read(PML4, 0x1000))
    begin(bare, b"\x0f\x22\xd8", ring, CONTROLS, table)  # mov cr3, rax

    fault = bare.run(1)

    assert (fault is None) is allowed
    assert bare.state.cr(3) == (table if allowed else PML4)


def test_mov_to_cr3_makes_the_new_tables_hold() -> None:
    """The next access goes where the new table says."""
    bare = Bare()
    old, new, table = bare.new_page(), bare.new_page(), bare.new_page()
    bare.memory.write(old, bytes((BEFORE,)))
    bare.memory.write(new, bytes((AFTER,)))
    elsewhere = 1 << 39
    bare.map(elsewhere, new, P | W)
    bare.map(elsewhere * 2, old, P | W)
    words = list(struct.unpack("<512Q", bare.memory.read(PML4, 0x1000)))
    words[2] = words[1]
    bare.memory.write(table, struct.pack("<512Q", *words))
    # mov al, [rbx]; mov ah, al; mov cr3, rdx; mov al, [rbx]
    begin(bare, bytes.fromhex("8a03 88c4 0f22da 8a03"), 0, CONTROLS, 0)
    bare.state.set_general(RBX, elsewhere * 2)
    bare.state.set_general(2, table)

    assert bare.run(4) is None
    assert bare.state.general(RAX) == BEFORE << 8 | AFTER


@pytest.mark.parametrize(("ring", "iopl"), list(itertools.product(RINGS, RINGS)))
@pytest.mark.parametrize("code", [CLI, STI], ids=["cli", "sti"])
def test_if_changes_if_and_only_if_cpl_is_within_iopl(
    code: bytes, ring: int, iopl: int
) -> None:
    """CLI clears IF and STI sets it; refused, the program's IF is what it was."""
    before, after = (IF, 0) if code == CLI else (0, IF)
    bare = Bare()
    begin(bare, code, ring, with_iopl(iopl, before), 0)

    fault = bare.run(1)

    if ring <= iopl:
        assert fault is None
        assert bare.state.system_flags & IF == after
    else:
        assert fault is not None
        assert (fault.vector, fault.error_code, fault.ring) == (GP, 0, ring)
        assert fault.rule == rules.INTERRUPT_FLAG
        assert saved_rflags(bare) & IF == before


@pytest.mark.parametrize(("ring", "iopl"), list(itertools.product(RINGS, RINGS)))
def test_in_reads_the_device_if_and_only_if_cpl_is_within_iopl(
    ring: int, iopl: int
) -> None:
    """AL is the device's value, the rest of RAX stays; refused, nobody was asked."""
    bare = Bare()
    latch = Latch()
    bare.bus.ports[PORT] = latch, 0
    begin(bare, IN, ring, with_iopl(iopl), 0x123400 | BEFORE)

    fault = bare.run(1)

    allowed = ring <= iopl
    assert bare.state.general(RAX) == 0x123400 | (AFTER if allowed else BEFORE)
    assert latch.reads == int(allowed)
    if allowed:
        assert fault is None
    else:
        assert fault is not None
        assert (fault.vector, fault.error_code, fault.ring) == (GP, 0, ring)
        assert fault.rule == rules.IO_PRIVILEGE


@pytest.mark.parametrize(("ring", "iopl"), list(itertools.product(RINGS, RINGS)))
def test_out_reaches_the_device_if_and_only_if_cpl_is_within_iopl(
    ring: int, iopl: int
) -> None:
    """The register of the device is AL, or what it was."""
    bare = Bare()
    latch = Latch()
    bare.bus.ports[PORT] = latch, 0
    begin(bare, OUT, ring, with_iopl(iopl), 0x77)

    fault = bare.run(1)

    allowed = ring <= iopl
    assert (fault is None) is allowed
    assert latch.value == (0x77 if allowed else AFTER)


def test_an_in_that_the_bitmap_allows_returns_the_value() -> None:
    """Ring 3 with IOPL 0 and a zero bit for the port."""
    bare = Bare()
    bare.bus.ports[PORT] = Latch(), 0
    bare.set_io_bitmap((PORT,))
    begin(bare, IN, 3, CONTROLS, BEFORE)

    assert bare.run(1) is None
    assert bare.state.general(RAX) == AFTER


def test_an_in_where_nobody_answers_returns_ones() -> None:
    """As on a real bus."""
    bare = Bare()
    begin(bare, IN, 0, CONTROLS, 0)

    assert bare.run(1) is None
    assert bare.state.general(RAX) == 0xFF


def test_a_refused_write_blames_ring3_and_returns_to_it() -> None:
    """The frame leads back to the instruction, with the stack as it was."""
    bare = Bare()
    begin(bare, b"\x88\x03", 3, CONTROLS, AFTER)
    bare.state.set_general(RBX, PML4)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.error_code, fault.address) == (PF, 7, PML4)
    assert (fault.ring, fault.rip) == (3, CODE3)
    words = struct.unpack("<6Q", bare.memory.read(bare.state.rsp, 48))
    assert (words[1], words[4]) == (CODE3, RING3_STACK)
