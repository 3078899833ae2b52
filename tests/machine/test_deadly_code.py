"""No instruction of a guest ends the host's process.

LOCK before a bit test of a register is #UD (SDM vol. 2A, BT; LOCK). The engine would
call abort() while it translates it, and the whole process would be gone, this test
with it. So it must never read such bytes as an instruction, wherever they lie, however
they came there, and whoever put them there. The same bytes in the middle of another
instruction are harmless, and must stay so.
"""

from __future__ import annotations

import itertools
import random
import struct

import pytest

from minios.machine import cpu_state as cpu
from minios.machine import paging
from minios.machine.bare import (
    CODE0,
    CODE3,
    CONTROLS,
    RING0_STACK,
    RING3_STACK,
    TSS,
    Bare,
)

DB, UD = 1, 6
RAX, RCX, RBX, RSI, RDI = 0, 1, 3, 6, 7
IRQ = 0x40
TF = 1 << 8
OPEN = paging.PRESENT | paging.WRITE
EVERYBODY = OPEN | paging.USER
DEADLY = b"\xf0\x0f\xa3\xd1"  # lock bt ecx, edx
WORD = int.from_bytes(DEADLY, "little")
MOV_EAX = b"\xb8" + DEADLY  # the same bytes as a number: harmless
PAGE = 0x1000
NEAR, FAR = 0x40000000, 0x40001000  # two pages that lie apart in RAM
NOP, HLT = b"\x90", b"\xf4"
BIT_TESTS = [
    *(b"\xf0\x0f" + bytes((op, 0xC8)) for op in (0xA3, 0xAB, 0xB3, 0xBB)),
    *(b"\xf0\x0f\xba" + bytes((0xC0 | reg << 3, 1)) for reg in (4, 5, 6, 7)),
]
PREFIXED = [
    *(
        bytes(order) + b"\x0f\xab\xc0"
        for order in itertools.permutations(b"\xf0\x66\x3e")
    ),
    *(
        bytes(order) + b"\x0f\xbb\xff"
        for order in itertools.permutations(b"\xf0\xf2\x48")
    ),
    *(b"\xf0\x49\x0f\xba\xf7\x20", b"\x48\xf0\x0f\xa3\xc0", b"\xf0\xf0\x0f\xa3\xc0"),
    *(b"\xf0" * 12 + b"\x0f\xa3\xff", b"\xf0" + b"\x2e" * 11 + b"\x0f\xb3\xff"),
    b"\x66" * 11 + b"\xf0\x0f\xab\xc7",
]


def jump(source: int, target: int) -> bytes:
    """JMP from one address to another."""
    return b"\xe9" + struct.pack("<i", target - source - 5)


def outcome(bare: Bare, instructions: int = 100) -> list[tuple[int, int]]:
    """Run until a handler halts: vectors, and where they were raised."""
    bare.run(instructions)
    return [(fault.vector, fault.rip) for fault in bare.faults]


@pytest.mark.parametrize("code", BIT_TESTS + PREFIXED, ids=bytes.hex)
@pytest.mark.parametrize("ring", [0, 3])
@pytest.mark.parametrize("before", [b"", NOP, NOP * 5])
def test_it_is_an_invalid_instruction(code: bytes, ring: int, before: bytes) -> None:
    """At its first byte, in any ring, in front of a block or within one."""
    bare = Bare()
    bare.put(before + code, ring)
    bare.enter(ring)
    place = bare.state.rip + len(before)

    assert outcome(bare) == [(UD, place)]
    assert bare.clock.instructions == len(before) + 2  # and HLT of the handler


def test_a_bit_test_of_memory_may_be_locked() -> None:
    """LOCK BTS of memory does what it says."""
    bare = Bare()
    bare.put(b"\xf0\x0f\xab\x03", 0)
    bare.enter(0)
    bare.state.set_general(RBX, 0x8000)
    bare.state.set_general(RAX, 5)

    assert bare.run(1) is None
    assert bare.memory.read(0x8000, 1) == b"\x20"


def test_at_every_offset_of_a_page() -> None:
    """Also where it goes on in the next page, which lies elsewhere in RAM."""
    bare = Bare()
    frames = bare.new_page(), bare.new_page()
    bare.map(NEAR, frames[1], EVERYBODY)
    bare.map(FAR, frames[0], EVERYBODY)
    for at in range(PAGE):
        both = NOP * at + DEADLY + NOP * 2 * PAGE
        start = max(at - 3, 0)
        bare.memory.write(frames[1] + start, both[start:PAGE][:16])
        bare.memory.write(frames[0], both[PAGE : PAGE + 8])
        bare.enter(3, rip=NEAR + start)
        assert outcome(bare, 9) == [(UD, NEAR + at)]


@pytest.mark.parametrize("code", [BIT_TESTS[4], *PREFIXED[-3:]], ids=bytes.hex)
def test_across_two_pages_at_every_byte(code: bytes) -> None:
    """Of long ones, too; and from one page into the next by running."""
    for first in range(1, len(code)):
        bare = Bare()
        frames = bare.new_page(), bare.new_page()
        bare.map(NEAR, frames[1], EVERYBODY)
        bare.map(FAR, frames[0], EVERYBODY)
        start = PAGE - first
        bare.memory.write(frames[1] + start - 2, NOP * 2 + code[:first])
        bare.memory.write(frames[0], code[first:])
        for before in (0, 2):
            bare.enter(3, rip=FAR - first - before)
            assert outcome(bare) == [(UD, FAR - first)]


@pytest.mark.parametrize("prefixes", [b"", b"\x66", b"\x2e\x66"], ids=bytes.hex)
@pytest.mark.parametrize("first", [1, 2, 3])
def test_across_two_pages_when_the_second_changes(prefixes: bytes, first: int) -> None:
    """That it was harmless with one page behind it says nothing of another page.

    Harmless is a bit test of memory: LOCK BTS [RDI], EAX.
    """
    bare = Bare()
    frames = [bare.new_page() for _ in range(3)]
    bare.map(NEAR, frames[2], EVERYBODY)
    size = len(prefixes) + first
    bare.memory.write(frames[2] + PAGE - size, prefixes + b"\xf0\x0f\xab"[:first])
    for frame, rest in zip(frames[:2], (b"\x0f\xab\x07", b"\x0f\xab\xc7"), strict=True):
        bare.memory.write(frame, rest[first - 1 :] + NOP)
    for turn in (0, 1, 0, 0, 1, 1):
        bare.map(FAR, frames[turn], EVERYBODY)
        bare.enter(3, rip=FAR - size)
        bare.state.set_general(RDI, RING3_STACK - 0x800)
        assert outcome(bare, 2) == ([(UD, FAR - size)] if turn else [])


@pytest.mark.parametrize("ran", [(), (0,), (1,), (0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize("by", ["host", "guest"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_across_two_pages_when_one_has_run_before(
    ran: tuple[int, ...], by: str, size: int
) -> None:
    """And the last bytes come then, into either page."""
    for late in (0, 1):
        bare = Bare()
        frames = bare.new_page(), bare.new_page()
        bare.map(NEAR, frames[0], EVERYBODY)
        bare.map(FAR, frames[1], EVERYBODY)
        parts = DEADLY[:size], DEADLY[size:]
        places = frames[0] + PAGE - size, frames[1]
        bare.memory.write(places[1 - late], parts[1 - late])
        for page in ran:
            bare.memory.write(frames[page] + 0x800, NOP)
            bare.enter(3, rip=NEAR + page * PAGE + 0x800)
            bare.run(1)
        if by == "host":
            bare.memory.write(places[late], parts[late])
        for number, byte in enumerate(parts[late] if by == "guest" else b""):
            bare.put(b"\x88\x07", 0)  # mov [rdi], al
            bare.enter(0)
            bare.state.set_general(RAX, byte)
            bare.state.set_general(RDI, (FAR if late else FAR - size) + number)
            bare.run(1)
        bare.enter(3, rip=FAR - size)

        assert outcome(bare) == [(UD, FAR - size)]


# Written by the guest.


@pytest.mark.parametrize("has_run", [False, True], ids=["fresh", "has run"])
@pytest.mark.parametrize("ring", [0, 3])
def test_written_by_the_guest_before_it_jumps_there(
    ring: int, *, has_run: bool
) -> None:
    """A store to [RDI], and JMP RDI."""
    bare = Bare()
    bare.map(NEAR, bare.new_page(), EVERYBODY)
    place = NEAR + 0x123
    if has_run:
        bare.enter(ring, rip=place)
        bare.memory.write(
            bare.memory.words[bare.entry_addresses(NEAR)[3] >> 3] & ~0xFFF, NOP
        )
        bare.run(1)
    bare.put(b"\xc7\x07" + DEADLY + b"\xff\xe7", ring)
    bare.enter(ring)
    bare.state.set_general(RDI, place)

    assert outcome(bare) == [(UD, place)]


def test_written_into_the_block_that_runs() -> None:
    """The next instruction becomes a deadly one; all of it, or its last byte."""
    bare = Bare()
    bare.map(CODE3, CODE3, EVERYBODY)
    bare.put(b"\xc7\x05\x00\x00\x00\x00" + DEADLY + NOP * 9, 3)
    bare.enter(3)
    assert outcome(bare) == [(UD, CODE3 + 10)]
    bare.put(b"\xc6\x05\x03\x00\x00\x00\xd1" + DEADLY[:3] + b"\x03" + NOP * 9, 3)
    bare.enter(3)
    assert outcome(bare) == [(UD, CODE3 + 7)]


@pytest.mark.parametrize("missing", range(4))
def test_completed_by_one_byte(missing: int) -> None:
    """Any of the four comes last, again and again in the same place."""
    bare = Bare()
    place = CODE0 + 0x100
    bare.put(b"\x88\x07\xff\xe6", 0)  # mov [rdi], al; jmp rsi
    for _ in range(3):
        code = bytearray(DEADLY)
        code[missing] = 0x90
        bare.memory.write(place, bytes(code))
        bare.enter(0, rip=place)
        bare.state.set_general(RBX, 0x8000)
        bare.run(1)
        bare.enter(0)
        bare.state.set_general(RAX, DEADLY[missing])
        bare.state.set_general(RDI, place + missing)
        bare.state.set_general(RSI, place)
        assert outcome(bare) == [(UD, place)]


def test_written_through_another_address() -> None:
    """Ring 0 writes the frame of code through an alias that is not executable."""
    bare = Bare()
    frame = bare.new_page()
    bare.map(NEAR, frame, paging.PRESENT | paging.USER)
    bare.map(FAR, frame, OPEN | paging.NO_EXECUTE)
    bare.memory.write(frame, NOP * 4 + HLT)
    bare.enter(3, rip=NEAR)
    bare.run(4)
    bare.put(b"\xc7\x07" + DEADLY + b"\x90", 0)
    bare.enter(0)
    bare.state.set_general(RDI, FAR + 2)
    bare.run(2)
    bare.enter(3, rip=NEAR)

    assert outcome(bare) == [(UD, NEAR + 2)]


def test_mapped_in_the_place_of_other_code() -> None:
    """The guest changes an entry of a page table, and tells the CPU (INVLPG)."""
    bare = Bare()
    clean, deadly = bare.new_page(), bare.new_page()
    bare.memory.write(clean, NOP * 9)
    bare.memory.write(deadly, NOP + DEADLY)
    bare.map(NEAR, clean, OPEN)
    entry = bare.entry_addresses(NEAR)[3]
    bare.map(entry & ~0xFFF, entry & ~0xFFF, OPEN)
    bare.enter(0, rip=NEAR)
    bare.run(3)
    # mov [rdi], rax; invlpg [rbx]; jmp rbx
    bare.put(bytes.fromhex("488907 0f013b ffe3"), 0)
    bare.enter(0)
    for number, value in ((RDI, entry), (RAX, deadly | OPEN), (RBX, NEAR)):
        bare.state.set_general(number, value)

    assert outcome(bare) == [(UD, NEAR + 1)]


def test_completed_by_the_accessed_bit_of_a_page_table() -> None:
    """The CPU turns 83 into A3, in an entry whose neighbours make it deadly."""
    bare = Bare()
    frame = bare.new_page()
    table = bare.entry_addresses(NEAR)[3] & ~0xFFF
    bare.map(table, table, OPEN)
    bare.memory.words[table >> 3] = 0x0FF0 << 48 | frame | OPEN
    bare.memory.words[(table >> 3) + 1] = 0xD183
    bare.put(b"\x8b\x07\xff\xe3", 0)  # mov eax, [rdi]; jmp rbx
    bare.enter(0)
    bare.state.set_general(RDI, FAR)
    bare.state.set_general(RBX, table + 6)

    assert outcome(bare) == [(UD, table + 6)]
    assert bare.memory.read(table + 6, 4) == DEADLY


# Pushed by the CPU.


def test_pushed_over_code_by_an_exception() -> None:
    """RSP0 points into code, and the program's RSP is a deadly word."""
    bare = Bare()
    stack = CODE0 + 0x800
    bare.memory.write(TSS + 4, struct.pack("<Q", stack))
    bare.memory.write(stack - 40, NOP * 40)
    bare.set_gate(0x80, dpl=3)
    bare.memory.write(bare.handler(0x80), jump(bare.handler(0x80), stack - 16))
    bare.enter(0, rip=stack - 16)
    bare.run(3)
    bare.put(b"\xcd\x80", 3)
    bare.enter(3)
    bare.state.rsp = WORD

    bare.run(9)

    assert [(fault.vector, fault.rip) for fault in bare.faults] == [(UD, stack - 16)]


def test_pushed_over_code_by_a_program() -> None:
    """PUSH with RSP in the page that runs."""
    bare = Bare()
    bare.put(b"\x68" + DEADLY + b"\xff\xe4", 0)  # push DEADLY; jmp rsp
    bare.enter(0)
    bare.state.rsp = CODE0 + 0x108

    assert outcome(bare) == [(UD, CODE0 + 0x100)]


# Written by devices and the host.


@pytest.mark.parametrize("has_run", [False, True], ids=["fresh", "has run"])
def test_written_by_a_device_in_front_of_the_cpu(*, has_run: bool) -> None:
    """OUT, and the next instruction is another one."""
    bare = Bare()
    bare.put(b"\xe6\x10" + NOP * 8, 0)
    if has_run:
        bare.enter(0)
        bare.run(4)

    def on_out(port: int, size: int, value: int) -> None:
        del port, size, value
        bare.memory.write(CODE0 + 2, DEADLY)

    bare.processor.on_out = on_out  # type: ignore[method-assign]  # a stand-in device
    bare.enter(0)

    assert outcome(bare) == [(UD, CODE0 + 2)]


def test_written_by_the_host_and_taken_back() -> None:
    """Each time what is there now is what runs."""
    bare = Bare()
    for code in (NOP * 4, DEADLY, NOP * 4, MOV_EAX, DEADLY, NOP * 4):
        bare.put(code + HLT, 3)
        bare.enter(3)
        bare.run(1)
        vectors = [fault.vector for fault in bare.faults]
        assert vectors == ([UD] if code == DEADLY else [])


def test_kernel_text_that_is_expected_is_looked_at_too() -> None:
    """Pages that were announced as code change together, and then not."""
    bare = Bare()
    frames = [bare.new_page() for _ in range(4)]
    for number, frame in enumerate(frames):
        bare.map(NEAR + number * PAGE, frame, OPEN)
        bare.memory.write(frame, NOP * 4 + HLT)
    bare.processor.engine.expect_code(frames[0], frames[3] + PAGE)
    bare.enter(0, rip=NEAR)
    bare.run(3)
    bare.put(b"\xc7\x07" + DEADLY + b"\xff\xe7", 0)
    for number in (2, 0, 3):
        bare.enter(0)
        bare.state.set_general(RDI, NEAR + number * PAGE + 1)
        assert outcome(bare) == [(UD, NEAR + number * PAGE + 1)]
    bare.enter(0, rip=NEAR + PAGE)
    assert outcome(bare, 3) == []


# Harmless ones.


@pytest.mark.parametrize("ring", [0, 3])
def test_in_the_middle_of_another_instruction_it_is_a_number(ring: int) -> None:
    """Again and again; and all around it runs as ever."""
    bare = Bare()
    bare.put(NOP + MOV_EAX + NOP * 3, ring)
    for _ in range(5):
        bare.enter(ring)
        assert bare.run(4) is None
        assert bare.state.general(RAX) == WORD
        assert bare.state.rip == (CODE3 if ring else CODE0) + 8


def test_who_jumps_into_the_middle_is_refused() -> None:
    """Though the same bytes were found harmless before, and are afterwards."""
    bare = Bare()
    bare.put(MOV_EAX + NOP * 3, 3)
    for _ in range(3):
        bare.enter(3)
        assert bare.run(3) is None
        bare.enter(3, rip=CODE3 + 1)
        assert outcome(bare) == [(UD, CODE3 + 1)]


def test_a_loop_over_harmless_bytes_counts_right() -> None:
    """1: mov eax, DEADLY; dec ecx; jnz 1b."""
    bare = Bare()
    bare.put(MOV_EAX + b"\xff\xc9\x75\xf7" + NOP, 3)
    bare.enter(3)
    bare.state.set_general(RCX, 1000)

    assert bare.run(3000) is None
    assert (bare.state.rip, bare.state.general(RCX)) == (CODE3 + 9, 0)


def test_the_shadow_of_sti_is_kept_among_harmless_bytes() -> None:
    """STI, MOV EAX, CLI: an interrupt is taken before CLI."""
    bare = Bare()
    bare.put(b"\xfb" + MOV_EAX + b"\xfa" + NOP, 0)
    for _ in range(3):
        bare.enter(0)
        bare.interrupt(IRQ)
        bare.run(9)
        (rip,) = struct.unpack("<Q", bare.memory.read(bare.state.rsp, 8))
        assert rip == CODE0 + 6
        assert bare.state.general(RAX) == WORD


def test_a_single_step_over_harmless_bytes_is_reported() -> None:
    """#DB behind the instruction, once."""
    bare = Bare()
    bare.put(MOV_EAX + NOP, 3)
    for _ in range(3):
        bare.enter(3, controls=CONTROLS._replace(rflags=TF))
        bare.run(1)
        assert [(fault.vector, fault.rip) for fault in bare.faults] == [(DB, CODE3 + 5)]


def test_a_program_that_faults_among_harmless_bytes_faults_where_it_should() -> None:
    """A load behind the number, from nowhere."""
    bare = Bare()
    bare.put(MOV_EAX + b"\x8b\x18", 3)  # mov ebx, [rax]
    for _ in range(3):
        bare.enter(3)
        bare.run(2)
        assert [(fault.vector, fault.rip) for fault in bare.faults] == [(14, CODE3 + 5)]


# What was harmless once.


def test_a_number_in_front_of_a_bit_test_is_harmless_until_it_is_jumped_to() -> None:
    """PUSH -16; BT ECX, EDX: F0 is a number, and LOCK for who jumps behind the 6A."""
    bare = Bare()
    bare.put(b"\x6a\xf0\x0f\xa3\xd1" + NOP * 3, 3)
    for _ in range(3):
        bare.enter(3)
        assert bare.run(4) is None
        assert bare.state.rip == CODE3 + 7
        bare.enter(3, rip=CODE3 + 1)
        assert outcome(bare) == [(UD, CODE3 + 1)]


def test_an_instruction_that_makes_its_own_bytes_deadly() -> None:
    """XOR AL, 0F; STOS; SHR of the first byte, which becomes a prefix of LOCK BTS."""
    bare = Bare()
    frames = bare.new_page(), bare.new_page()
    bare.map(NEAR, frames[0], EVERYBODY)
    bare.map(FAR, frames[1], EVERYBODY)
    bare.memory.write(frames[1], bytes.fromhex("80f00f ab d02f") + NOP * 3)
    bare.enter(3, rip=FAR)
    bare.state.set_general(RDI, FAR - 4)

    assert bare.run(3) is None
    assert bare.memory.read(frames[1], 5) == bytes.fromhex("40 f00fabd0")
    bare.enter(3, rip=FAR)
    assert outcome(bare) == [(UD, FAR)]


def test_a_page_that_takes_the_place_of_a_deadly_one_while_it_runs() -> None:
    """The store changes the entry of its own page; then the first page comes back."""
    bare = Bare()
    deadly, clean = bare.new_page(), bare.new_page()
    store = b"\x48\x89\x07"  # mov [rdi], rax
    bare.memory.write(deadly, store + DEADLY)
    bare.memory.write(clean, store + NOP * 9)
    bare.map(NEAR, deadly, OPEN)
    entry = bare.entry_addresses(NEAR)[3]
    bare.map(entry & ~0xFFF, entry & ~0xFFF, OPEN)
    for frame, expected in ((clean, []), (deadly, [(UD, NEAR + 3)])):
        bare.map(NEAR, deadly, OPEN)
        bare.enter(0, rip=NEAR)
        bare.state.set_general(RDI, entry)
        bare.state.set_general(RAX, frame | OPEN)
        assert outcome(bare, 6) == expected


# Restless pages.


def test_a_page_that_is_code_and_data_by_turns_does_what_it_says() -> None:
    """It counts in its own page, a thousand times; then it turns deadly."""
    bare = Bare()
    bare.map(CODE3, CODE3, EVERYBODY)
    # 1: inc dword [rip+0x1fa]; dec ecx; jnz 1b
    bare.put(b"\xff\x05\xfa\x01\x00\x00\xff\xc9\x75\xf6" + NOP * 9, 3)
    bare.memory.write(CODE3 + 0x200, bytes(4))
    bare.enter(3)
    bare.state.set_general(RCX, 1000)
    assert bare.run(3000) is None
    assert bare.memory.read(CODE3 + 0x200, 4) == struct.pack("<I", 1000)

    bare.memory.write(CODE3 + 10, DEADLY)
    bare.run(1)

    assert [(fault.vector, fault.rip) for fault in bare.faults] == [(UD, CODE3 + 10)]


def test_two_pages_that_write_to_each_other_turn_deadly_in_the_end() -> None:
    """Each makes the other's next instruction, for many rounds."""
    bare = Bare()
    for page in (NEAR, FAR):
        bare.map(page, bare.new_page(), EVERYBODY)
    for turn in range(60):
        here, there = (NEAR, FAR) if turn % 2 else (FAR, NEAR)
        last = turn == 59
        frame = bare.memory.words[bare.entry_addresses(here)[3] >> 3] & ~0xFFF
        bare.memory.write(
            frame & 0xFFFFFF, b"\x89\x07\xff\xe7"
        )  # mov [rdi], eax; jmp rdi
        bare.enter(3, rip=here)
        bare.state.set_general(RAX, WORD if last else 0x90909090)
        bare.state.set_general(RDI, there + 0x200)
        assert outcome(bare, 4) == ([(UD, there + 0x200)] if last else [])


def test_random_programs_of_such_bytes_never_end_the_host() -> None:
    """Prefixes, bit tests and numbers in all orders, from every offset."""
    dice = random.Random(291)  # noqa: S311 - the same programs every time
    pieces = [
        *BIT_TESTS,
        *PREFIXED,
        MOV_EAX,
        NOP,
        b"\xf0",
        b"\x0f",
        b"\x48",
        b"\xeb\x01",
    ]
    bare = Bare()
    for _ in range(150):
        code = b"".join(dice.choice(pieces) for _ in range(20))
        bare.put(code, 3)
        for start in range(0, len(code), 7):
            bare.enter(3, rip=CODE3 + start)
            bare.run(8)
            assert all(fault.vector in (UD, 13, 14) for fault in bare.faults)
    assert bare.state.base(cpu.TR) == TSS
    assert bare.memory.read(TSS + 4, 8) == struct.pack("<Q", RING0_STACK)
