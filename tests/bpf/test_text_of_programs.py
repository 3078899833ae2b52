"""Assembler and disassembler: what one writes, the other reads, and capstone agrees."""

from __future__ import annotations

import capstone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minios.bpf import assembly, disassembly, instructions
from minios.bpf.instructions import ROWS, Instruction, Row
from minios.errors import ImageError

OPCODES = sorted(instructions.BY_OPCODE)
registers = st.integers(0, 15)
small = st.sampled_from([0, 1, 8, 16, 32, 64, 0x40, 0xE1, 0xF1, 0xA1])
immediates = st.one_of(small, st.integers(-(1 << 31), (1 << 31) - 1))
offsets = st.one_of(small, st.integers(-(1 << 15), (1 << 15) - 1))
eight_bytes = st.builds(
    Instruction,
    st.sampled_from([0, *OPCODES]),
    registers,
    registers,
    offsets,
    immediates,
).map(Instruction.pack)


def example_of(row: Row) -> bytes:
    """An instruction of this row, with something in every part that it has."""
    parts = row.parts
    one = Instruction(
        row.opcode,
        3 if "dst" in parts else 0,
        7 if "src" in parts else row.src,
        -5 if parts & {"offset", "jump"} else row.offset,
        -9 if parts & {"imm", "far", "wide", "helper"} else row.immediate,
    )
    second = Instruction(0, immediate=11 if parts & {"wide", "next"} else 0)
    return one.pack() + (second.pack() if row.is_wide else b"")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_instruction_is_written_and_read_back(row: Row) -> None:
    """Through its text, which names this row and no other."""
    code = example_of(row)
    (line,) = disassembly.disassemble(code)

    assert line.row == row
    assert assembly.assemble(line.text) == code


@given(st.lists(eight_bytes, max_size=6).map(b"".join))
def test_any_bytes_come_back_from_their_text(code: bytes) -> None:
    """Also those that are no instruction, or half of one: nothing is lost."""
    text = "\n".join(line.text for line in disassembly.disassemble(code))

    assert assembly.assemble(text) == code


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=6).map(b"".join))
def test_random_bytes_come_back_from_their_text(code: bytes) -> None:
    """Most of them are no instruction at all."""
    text = "\n".join(line.text for line in disassembly.disassemble(code))

    assert assembly.assemble(text) == code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_reserved_part_that_is_set_makes_it_no_instruction(row: Row) -> None:
    """RFC 9669, section 3.1: unused fields shall be cleared to zero."""
    good = instructions.unpack(example_of(row))
    assert instructions.row_of(good) == row
    shown = row.parts
    if "dst" not in shown:
        assert instructions.row_of(good._replace(dst=1)) is None
    if not shown & {"offset", "jump"}:
        assert instructions.row_of(good._replace(offset=999)) is None
    if not shown & {"imm", "far", "wide", "helper"}:
        assert instructions.row_of(good._replace(immediate=999)) is None
    if "src" not in shown:
        assert instructions.row_of(good._replace(src=9)) is None


def test_no_two_rows_are_the_same_instruction() -> None:
    """Otherwise what is shown would depend on the order of the table."""
    for row in ROWS:
        one = instructions.unpack(example_of(row))
        assert [it.name for it in ROWS if it.is_of(one)] == [row.name]


def test_the_opcodes_are_those_of_the_rfc() -> None:
    """Counted by class; the historical packet instructions are left out."""
    by_class = [sum(1 for it in OPCODES if it & 7 == kind) for kind in range(8)]

    assert by_class == [
        1,  # LD: lddw
        4 + 3,  # LDX: four sizes, three of them with their sign
        4,  # ST
        4 + 2,  # STX, and atomic operations of two sizes
        2 * 12 + 3,  # ALU: twelve with two sources, NEG, and two byte orders
        2 * 11 + 3,  # JMP: eleven comparisons with two sources, JA, CALL, EXIT
        2 * 11 + 1,  # JMP32: the same comparisons, and JA
        2 * 12 + 2,  # ALU64: twelve, NEG, and the swap of bytes
    ]


CAPSTONE_WORDS = {  # what capstone 5 calls the same: its own words for the old subset
    "ADD": "add", "SUB": "sub", "MUL": "mul", "DIV": "div", "OR": "or", "AND": "and",
    "LSH": "lsh", "RSH": "rsh", "NEG": "neg", "MOD": "mod", "XOR": "xor", "MOV": "mov",
    "ARSH": "arsh", "JA": "jmp", "JEQ": "jeq", "JGT": "jgt", "JGE": "jge",
    "JSET": "jset", "JNE": "jne", "JSGT": "jsgt", "JSGE": "jsge", "JLT": "jlt",
    "JLE": "jle", "JSLT": "jslt", "JSLE": "jsle", "CALL": "call", "EXIT": "exit",
}  # fmt: skip
JMP32 = 6  # a class that it does not know
CAPSTONE_SIZES = {"B": "b", "H": "h", "W": "w", "DW": "dw"}


def capstone_word(row: Row) -> str:
    """What capstone calls an instruction of the old subset; "" if it is a newer one."""
    name, _, rest = row.name.partition(" ")
    bare = name.rstrip("0123456789")
    if bare in CAPSTONE_WORDS and rest != "LOCAL" and name != "JA32":
        is_64 = name.endswith("64") and row.opcode & 7 == 7
        return CAPSTONE_WORDS[bare] + ("64" if is_64 else "")
    if name in ("LDX", "ST", "STX"):
        return f"{name.lower()}{CAPSTONE_SIZES[rest]}"
    return ""


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if capstone_word(row) and row.opcode & 7 != JMP32],
    ids=lambda row: row.name,
)
def test_capstone_reads_the_old_subset_as_we_do(row: Row) -> None:
    """Another disassembler gives the same operation and the same registers."""
    engine = capstone.Cs(capstone.CS_ARCH_BPF, capstone.CS_MODE_BPF_EXTENDED)
    (found,) = engine.disasm(example_of(row), 0)

    assert found.mnemonic == capstone_word(row)
    if "dst" in row.parts:
        assert "r3" in found.op_str
    if "src" in row.parts:
        assert "r7" in found.op_str


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r0 = 1\nr11 = 2", "line 2: there is no register 11"),
        ("frob r1", "line 1: 'frob r1' is no instruction"),
        ("goto nowhere", "there is no label nowhere"),
        ("call nobody", "there is no helper or function nobody"),
        ("r1 = map[seen]", "there is no map seen"),
        ("a: exit\na: exit", "line 2: the label a stands here again"),
        ("r0 = 4294967296", "4294967296 does not fit into 32 bits"),
        ("r0 = *(u8 *)(r1 + 32768)", "32768 does not fit into 16 bits"),
        ("r0 = 0x10000000000000000 ll", "does not fit into 64 bits"),
        ("r1 = (s8)5", "is no instruction"),
    ],
)
def test_a_mistake_in_the_text_is_one_sentence(text: str, words: str) -> None:
    """It names the line, and what is wrong in it."""
    with pytest.raises(ImageError) as caught:
        assembly.assemble(text)

    assert words in str(caught.value)


def test_labels_helpers_and_maps_may_be_named() -> None:
    """Names are for people; the bytes are the same as with numbers."""
    named = """
        r1 = map[seen]        ; a comment
        call map_lookup_elem  # another
        if r0 == 0 goto out   // and another
        call double
    out:
        exit
    double: exit
    """
    numbered = """
        r1 = map[1]
        call 1
        if r0 == 0 goto +1
        call pc+1
        exit
        exit
    """

    assert assembly.assemble(named, maps=("other", "seen")) == assembly.assemble(
        numbered
    )


def test_a_listing_names_targets_and_helpers() -> None:
    """A reader need not count instructions, nor know the numbers of helpers."""
    code = assembly.assemble("r1 = 5 ll\nif r1 == 0 goto +1\ncall 5\nexit\ncall 999")

    assert list(disassembly.listing(code)) == [
        "    0: r1 = 0x5 ll",
        "    2: if r1 == 0 goto +1                           to 4",
        "    3: call 5                                       ktime_get_ns",
        "    4: exit",
        "    5: call 999                                     no such helper",
    ]


def test_half_an_instruction_is_refused() -> None:
    """A program that was cut short is told so."""
    with pytest.raises(ImageError, match="15 bytes are not a whole number"):
        disassembly.disassemble(bytes(15))
