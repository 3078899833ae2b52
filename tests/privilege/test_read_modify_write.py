"""Whether a refused access was a write: bit 1 (W) of the error code.

An instruction that reads its operand in order to write it asks for the right to write
at once (SDM vol. 3A, "Page-Fault Exceptions"). One that only reads does not, whatever
its opcode looks like. The tables are from the instruction reference (SDM vol. 2).
"""

from __future__ import annotations

import pytest

from minios.machine import paging
from minios.machine.bare import CODE3, Bare

RBX = 3
PF = 14
PRESENT, WRITE, USER = 1, 2, 4
NOWHERE = 0x40000000
READ_ONLY = paging.PRESENT | paging.USER

# All with [rbx] as operand: ModR/M is (reg << 3) | 3.
ARITHMETIC = ("add", "or", "adc", "sbb", "and", "sub", "xor")  # cmp would be next
READ_MODIFY_WRITE = {
    **{
        f"{name} [m{8 + 24 * wide}], r": f"{8 * row + wide:02x}03"
        for row, name in enumerate(ARITHMETIC)
        for wide in (0, 1)
    },
    **{
        f"{name} [m], imm ({opcode:02x})": f"{opcode:02x}{8 * reg + 3:02x}"
        + "01" * size
        for reg, name in enumerate(ARITHMETIC)
        for opcode, size in ((0x80, 1), (0x81, 4), (0x83, 1))
    },
    **{
        f"{name} ({opcode:02x})": f"{opcode:02x}{8 * reg + 3:02x}" + "01" * size
        for reg, name in enumerate(
            ("rol", "ror", "rcl", "rcr", "shl", "shr", "", "sar")
        )
        for opcode, size in (
            *((0xC0, 1), (0xC1, 1), (0xD0, 0), (0xD1, 0), (0xD2, 0), (0xD3, 0)),
        )
        if name
    },
    "xchg [m8], r": "8603",
    "xchg [m32], r": "8703",
    "not [m8]": "f613",
    "neg [m8]": "f61b",
    "not [m32]": "f713",
    "neg [m32]": "f71b",
    "inc [m8]": "fe03",
    "dec [m8]": "fe0b",
    "inc [m32]": "ff03",
    "dec [m32]": "ff0b",
    "shld [m], r, 1": "0fa40301",
    "shld [m], r, cl": "0fa503",
    "shrd [m], r, 1": "0fac0301",
    "shrd [m], r, cl": "0fad03",
    "bts [m], r": "0fab03",
    "btr [m], r": "0fb303",
    "btc [m], r": "0fbb03",
    "bts [m], 1": "0fba2b01",
    "btr [m], 1": "0fba3301",
    "btc [m], 1": "0fba3b01",
    "cmpxchg [m8], r": "0fb003",
    "cmpxchg [m32], r": "0fb103",
    "xadd [m8], r": "0fc003",
    "xadd [m32], r": "0fc103",
    "cmpxchg8b [m]": "0fc70b",
    "cmpxchg16b [m]": "480fc70b",
    "lock inc [m32]": "f0ff03",
    "add [m64], r": "480103",
    "add [m16], r": "660103",
}
WRITES = {
    "mov [m8], r": "8803",
    "mov [m32], r": "8903",
    "mov [m32], imm": "c70301000000",
    "movnti [m], r": "0fc303",
    "setz [m8]": "0f9403",
    "pop [m64]": "8f03",
    "fst [m32]": "d913",
}
READS = {
    **{f"{name} r, [m]": f"{8 * row + 3:02x}03" for row, name in enumerate(ARITHMETIC)},
    "cmp [m8], r": "3803",
    "cmp [m32], r": "3903",
    "cmp r, [m32]": "3b03",
    "cmp [m8], imm (80)": "803b01",
    "cmp [m32], imm (81)": "813b01000000",
    "cmp [m32], imm (83)": "833b01",
    "mov r, [m8]": "8a03",
    "mov r, [m32]": "8b03",
    "movsxd r, [m32]": "486303",
    "movzx r, [m8]": "0fb603",
    "test [m8], r": "8403",
    "test [m32], r": "8503",
    "test [m8], imm": "f60301",
    "test [m32], imm": "f70301000000",
    "mul [m8]": "f623",
    "mul [m32]": "f723",
    "imul [m32]": "f72b",
    "div [m32]": "f733",
    "idiv [m32]": "f73b",
    "imul r, [m32]": "0faf03",
    "imul r, [m32], 1": "6b0301",
    "bt [m], r": "0fa303",
    "bt [m], 1": "0fba2301",
    "bsf r, [m]": "0fbc03",
    "cmovz r, [m]": "0f4403",
    "jmp [m64]": "ff23",
    "call [m64]": "ff13",
    "push [m64]": "ff33",
    "fld [m32]": "d903",
    "ldmxcsr [m32]": "0fae13",
}
FORMS = {
    **dict.fromkeys(READ_MODIFY_WRITE.items(), True),
    **dict.fromkeys(WRITES.items(), True),
    **dict.fromkeys(READS.items(), False),
}


def refused(bare: Bare, code: str, ring: int) -> int:
    """The error code of the #PF at [rbx]."""
    bare.put(bytes.fromhex(code), ring)
    bare.enter(ring)
    bare.state.hflags |= 1 << 22  # SSE is on, for LDMXCSR
    bare.state.set_general(RBX, NOWHERE)
    bare.state.rsp -= 0x100
    fault = bare.run(1)
    assert fault is not None
    assert (fault.vector, fault.address) == (PF, NOWHERE)
    assert fault.error_code is not None
    return fault.error_code


@pytest.mark.parametrize(
    ("name", "code", "is_write"),
    [(name, code, is_write) for (name, code), is_write in FORMS.items()],
)
@pytest.mark.parametrize("ring", [0, 3])
def test_the_error_code_says_whether_it_would_have_written(
    name: str, code: str, ring: int, *, is_write: bool
) -> None:
    """The page is not there."""
    del name

    error = refused(Bare(), code, ring)

    assert error == (USER if ring else 0) | (WRITE if is_write else 0)


@pytest.mark.parametrize("code", READ_MODIFY_WRITE.values(), ids=READ_MODIFY_WRITE)
def test_a_read_only_page_refuses_the_write(code: str) -> None:
    """The read alone would be allowed: P, W and U."""
    bare = Bare()
    bare.map(NOWHERE, bare.new_page(), READ_ONLY)

    assert refused(bare, code, 3) == PRESENT | WRITE | USER


@pytest.mark.parametrize("code", READS.values(), ids=READS)
def test_a_read_only_page_lets_reads_pass(code: str) -> None:
    """No page fault there (to divide by its zero, or to jump to it, is another)."""
    bare = Bare()
    bare.map(NOWHERE, bare.new_page(), READ_ONLY)
    bare.put(bytes.fromhex(code), 3)
    bare.enter(3)
    bare.state.hflags |= 1 << 22
    bare.state.set_general(RBX, NOWHERE)

    fault = bare.run(1)

    assert fault is None or fault.address != NOWHERE


@pytest.mark.parametrize(
    ("code", "address", "is_write"),
    [
        ("830425 00004000 01", 0x400000, True),  # add dword [0x400000], 1
        ("833c25 00004000 01", 0x400000, False),  # cmp dword [0x400000], 1
        ("8305 00003f00 01", CODE3 + 7 + 0x3F0000, True),  # add dword [rip+...], 1
        ("67 0103", 0x40000000, True),  # add [ebx], eax
        ("42 014423 10", 0x40000010, True),  # add [rbx+r12+16], eax
        ("64 0103", 0x40001000, True),  # add fs:[rbx], eax
    ],
)
def test_other_ways_to_say_where_the_operand_is(
    code: str, address: int, *, is_write: bool
) -> None:
    """Absolute, relative to RIP, by 32 bits, by two registers, in FS."""
    bare = Bare()
    bare.put(bytes.fromhex(code), 3)
    bare.enter(3)
    bare.state.set_general(RBX, NOWHERE)
    if code.startswith("64"):
        bare.state.load_segment(4, 0, 0x1000, 0xFFFFFFFF, 0xCFF300)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.address) == (PF, address)
    assert fault.error_code == USER | (WRITE if is_write else 0)


def test_code_that_cannot_be_fetched_is_no_write() -> None:
    """An instruction that begins like ADD goes on in a page that is not there."""
    bare = Bare()
    bare.memory.write(CODE3 + 0xFFF, b"\x01")  # add ...
    bare.map(CODE3 + 0x1000, 0, 0)
    bare.enter(3, rip=CODE3 + 0xFFF)

    fault = bare.run(1)

    assert fault is not None
    assert (fault.vector, fault.address) == (PF, CODE3 + 0x1000)
    assert fault.error_code is not None
    assert not fault.error_code & WRITE
