"""A line program makes the rows that DWARF 4 says, and that pyelftools makes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from elftools.common.exceptions import DWARFError
from elftools.elf.elffile import ELFFile

from minios import paths
from minios.image import guest, symbols
from minios.image.line_program import Row, Rules, rows
from minios.image.symbols import Symbols

RULES = Rules(
    shortest=1,
    line_base=-5,
    line_range=14,
    operands=(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1),
)
"""What the compiler writes: 12 standard opcodes, so 13 is the first special one."""


def made(code: str) -> list[Row]:
    """The rows of a program in hexadecimal."""
    return list(rows(bytes.fromhex(code), RULES))


@pytest.mark.parametrize(
    ("opcodes", "address", "file", "line"),
    [
        ("", 0x1000, 1, 1),
        ("13", 0x1000, 1, 2),  # special 0x12 + 1: 0x13 - 13 = 6 = line base + 1
        ("20", 0x1001, 1, 1),  # special: 0x20 - 13 = 19 = one address, line + 0
        ("02 80 01", 0x1080, 1, 1),  # advance_pc 128
        ("03 e4 00", 0x1000, 1, 101),  # advance_line 100
        ("03 e4 00 03 7f", 0x1000, 1, 100),  # ... and -1
        ("04 07", 0x1000, 7, 1),  # set_file
        ("08", 0x1011, 1, 1),  # const_add_pc: (255 - 13) / 14 = 17
        ("09 34 12", 0x2234, 1, 1),  # fixed_advance_pc
        ("05 09 06 07 0a 0b 0c 03", 0x1000, 1, 1),  # column, flags, isa
        ("00 03 04 81 01", 0x1000, 1, 1),  # set_discriminator
    ],
)
def test_each_opcode_changes_what_dwarf_says(
    opcodes: str, address: int, file: int, line: int
) -> None:
    """Worked out by hand from sections 6.2.5.1 to 6.2.5.3."""
    begin = "00 09 02 00 10 00 00 00 00 00 00"  # set_address 0x1000

    last = made(f"{begin} {opcodes} 01")[-1]  # copy

    assert last == Row(address, file, line, is_end=False)


def test_a_sequence_that_ends_leaves_nothing_to_the_next() -> None:
    """Otherwise the lines of one function would be told of the next one."""
    first, end, second = made("02 10 03 05 04 02 01 00 01 01 01")

    assert first == Row(0x10, 2, 6, is_end=False)
    assert end == Row(0x10, 2, 6, is_end=True)
    assert second == Row(0, 1, 1, is_end=False)


@pytest.mark.parametrize(
    "code",
    [
        "02",  # no operand
        "02 80",  # an operand that does not end
        "03 " + "80" * 11,  # one with more than 64 bits
        "09 01",  # half an operand
        "00",  # an extended opcode without a size
        "00 09 02 00 10",  # an address that is not there
        "00 00 01",  # an opcode that is longer than its size
    ],
)
def test_a_program_that_contradicts_itself_is_refused(code: str) -> None:
    """No row is guessed."""
    with pytest.raises(DWARFError):
        made(code)


def test_special_opcodes_that_reach_no_line_are_refused() -> None:
    """The file's number would be a divisor."""
    with pytest.raises(DWARFError):
        list(rows(b"\x20", Rules(1, -5, 0, ())))


@pytest.mark.parametrize(
    "name",
    ["kernel.elf", "bin/sum", "drivers/toy.sys", "extensions/toy.ext"],
)
def test_another_reader_of_dwarf_finds_the_same_lines(built: Path, name: str) -> None:
    """It is pyelftools, which is slower and keeps all registers."""
    content = (built / guest.GUEST / name).read_bytes()
    dwarf = ELFFile(BytesIO(content)).get_dwarf_info()
    expected: dict[int, set[int]] = {}
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        assert program is not None
        for entry in program.get_entries():
            if entry.state is not None and not entry.state.end_sequence:
                lines = expected.setdefault(int(entry.state.line), set())
                lines.add(int(entry.state.address))
    expected.pop(0, None)
    found: dict[int, set[int]] = {}
    image = Symbols(Path(name), content)

    for file in image.files():
        for line, addresses in image.lines(file).items():
            found.setdefault(line, set()).update(addresses)

    assert found == expected
    assert found


def test_the_lines_of_the_kernel_that_ships_are_read() -> None:
    """There is a limit to what is read, and a kernel that grows may come to it."""
    kernel = symbols.load(paths.guest_file("kernel.elf"))

    found = kernel.locate(kernel.address("kernel_main"))

    assert found is not None
    assert found.file == "minios/kernel/main.c"
