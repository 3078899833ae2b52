"""An address leads back to the function and the line that it was compiled from."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from minios.errors import ImageError
from minios.image import guest, symbols
from minios.image.symbols import Location, Symbols

BASE = 0xFFFFFFFFA0000000


def image(built: Path, name: str) -> Symbols:
    """The symbols of an image of the tiny tree."""
    return symbols.load(built / guest.GUEST / name)


def line_of(built: Path, name: str, words: str) -> int:
    """The number of the line of a source file that holds these words."""
    lines = (built / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@pytest.mark.parametrize(
    ("name", "function", "file"),
    [
        ("kernel.elf", "kernel_main", "minios/kernel/main.c"),
        ("kernel.elf", "entry", "minios/kernel/boot.S"),
        ("bin/sum", "main", "minios/user/programs/sum/sum.c"),
        ("bin/sum", "two", "minios/user/programs/sum/two.c"),
        ("bin/sum", "add", "minios/user/libc/add.c"),
        ("drivers/toy.sys", "start", "drivers/toy/toy.c"),
        ("extensions/toy.ext", "start", "drivers/toy/toy.c"),
        ("extensions/toy.ext", "_start", "minios/user/crt0.S"),
    ],
)
def test_the_first_byte_of_a_function_is_in_its_source_file(
    built: Path, name: str, function: str, file: str
) -> None:
    """For C and assembly, linked and relocatable."""
    found = image(built, name)

    location = found.locate(found.address(function))

    assert location is not None
    assert (location.function, location.offset, location.file) == (function, 0, file)
    assert location.line > 0


def test_every_instruction_of_a_line_is_found_by_that_line(built: Path) -> None:
    """The two directions agree: line to addresses, address to line."""
    kernel = image(built, "kernel.elf")
    file = "minios/kernel/main.c"
    line = line_of(built, file, "counter +=")

    addresses = kernel.lines(file)[line]

    assert addresses
    for address in addresses:
        location = kernel.locate(address)
        assert location is not None
        assert (location.file, location.line) == (file, line)


def test_a_placed_driver_is_found_from_its_base(built: Path) -> None:
    """A ring-0 plugin's addresses count from where the kernel put its .text."""
    driver = image(built, "drivers/toy.sys")

    location = driver.locate(BASE + driver.address("start") + 1, base=BASE)

    assert location is not None
    assert str(location).startswith("start+0x1 (drivers/toy/toy.c:")


@pytest.mark.parametrize("address", [0, 0xFFFFF, 0x180000, 1 << 63])
def test_an_address_outside_is_nobodys(built: Path, address: int) -> None:
    """Never the nearest neighbour: a wrong name is worse than none."""
    assert image(built, "kernel.elf").locate(address) is None


def test_padding_between_functions_is_nobodys(built: Path) -> None:
    """The linker fills up to the next multiple of 16 with what no function owns."""
    program = image(built, "bin/sum")
    add = next(symbol for symbol in program.functions if symbol.name == "add")

    assert program.function(add.address + add.size - 1) == add
    assert program.function(add.address + add.size) is None


def test_a_name_of_the_linker_script_is_no_function(built: Path) -> None:
    """`text_end` marks the end of .text and belongs to it, but no code is there."""
    kernel = image(built, "kernel.elf")

    assert kernel.locate(kernel.address("text_end")) is None


def test_without_debug_information_the_function_is_still_known(built: Path) -> None:
    """As on the disk: names, but no lines."""
    bare = image(built, "disk/SYSTEM/DRIVERS/TOY.SYS")

    assert bare.locate(bare.address("start")) == Location("start", 0, "", 0)
    assert bare.files() == ()


def test_an_unknown_name_is_the_authors_mistake(built: Path) -> None:
    """With the file that was searched."""
    with pytest.raises(
        ImageError, match=r"kernel\.elf: the file has no symbol 'kernal_main'"
    ):
        image(built, "kernel.elf").address("kernal_main")


def test_symbols_are_read_again_when_the_file_changes(built_tree: Path) -> None:
    """A rebuilt kernel must not be explained by the old one's lines."""
    kernel = built_tree / guest.GUEST / "kernel.elf"
    before = symbols.load(kernel)
    assert symbols.load(kernel) is before
    source = built_tree / "minios/kernel/main.c"
    source.write_text("int extra(void) { return 1; }\n" + source.read_text("utf-8"))

    guest.build(built_tree)

    assert symbols.load(kernel).address("extra")


def test_units_that_share_a_line_table_add_nothing_to_it(built: Path) -> None:
    """A thousand units with a thousand lines are a thousand lines, not a million."""
    content = bytearray((built / guest.GUEST / "kernel.elf").read_bytes())
    file = ELFFile(BytesIO(content))
    starts = {it.name: it["sh_offset"] for it in file.iter_sections()}
    for unit in file.get_dwarf_info().iter_CUs():
        first = unit.get_top_DIE().attributes["DW_AT_stmt_list"].offset
        at = starts[".debug_info"] + first
        content[at : at + 4] = bytes(4)

    shared = Symbols(Path("kernel.elf"), bytes(content))

    sound = image(built, "kernel.elf")
    assert [shared.lines(it) for it in shared.files()] == [
        sound.lines(it) for it in sound.files()
    ]


@pytest.mark.parametrize("limit", ["_MOST_LINES", "_LONGEST_PATH"])
def test_lines_are_not_read_where_they_would_be_too_many(
    built: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Each byte of the table becomes hundreds. The functions are still known."""
    content = (built / guest.GUEST / "kernel.elf").read_bytes()
    monkeypatch.setattr(symbols, limit, 3)

    found = Symbols(Path("kernel.elf"), content)

    assert found.files() == ()
    assert found.find("kernel_main") is not None
