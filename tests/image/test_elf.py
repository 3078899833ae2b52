"""An ELF file is read as it is, and what is none is refused with a reason."""

from __future__ import annotations

import random
import struct
from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from minios.dev.fuzz.elf_changes import CHANGES
from minios.errors import ImageError
from minios.image import elf, guest
from minios.image.symbols import Symbols

SECTION_HEADER = 64  # bytes


def test_a_kernel_has_one_executable_segment_and_a_pvh_entry(built: Path) -> None:
    """The segments are those of the linker script, with their rights."""
    kernel = elf.read(built / guest.GUEST / "kernel.elf")
    text, data = kernel.segments

    assert (text.readable, text.writable, text.executable) == (True, False, True)
    assert (data.readable, data.writable, data.executable) == (True, True, False)
    assert text.virtual == text.physical == kernel.entry == kernel.pvh_entry


def test_bss_takes_memory_but_no_bytes_of_the_file(built: Path) -> None:
    """`counter` starts as zero, so nothing of it is stored."""
    data = elf.read(built / guest.GUEST / "kernel.elf").segments[1]

    assert data.memory_size - len(data.data) == 4


def test_symbols_know_their_section_and_kind(built: Path) -> None:
    """A function, a variable and a label of assembly."""
    kernel = elf.read(built / guest.GUEST / "kernel.elf")
    main, counter = kernel.symbol("kernel_main"), kernel.symbol("counter")
    entry = kernel.symbol("entry")

    assert main
    assert (main.section, main.is_function, main.is_global) == (".text", True, True)
    assert counter
    assert (counter.section, counter.size, counter.is_function) == (".bss", 4, False)
    assert entry
    assert (entry.address, entry.is_function) == (kernel.entry, False)
    assert kernel.symbol("nothing") is None


@pytest.mark.parametrize("length", [0, 3, 16, 63, 200])
def test_half_an_elf_file_is_refused(built: Path, tmp_path: Path, length: int) -> None:
    """Wherever it was cut."""
    path = tmp_path / "half"
    path.write_bytes((built / guest.GUEST / "kernel.elf").read_bytes()[:length])

    with pytest.raises(ImageError, match="half: the file is not a whole ELF file"):
        elf.read(path)


def test_a_missing_file_is_refused_with_advice(tmp_path: Path) -> None:
    """Most often the guest has not been built."""
    with pytest.raises(ImageError, match="minios dev build"):
        elf.read(tmp_path / "kernel.elf")


def test_whatever_is_damaged_there_is_an_answer(built: Path) -> None:
    """A stranger's recording may hold any image: one sentence, or symbols."""
    image = (built / guest.GUEST / "drivers/toy.sys").read_bytes()
    chance = random.Random(1)  # noqa: S311 - damage that can be repeated
    refused = 0

    for change in CHANGES.values():
        for _ in range(10):
            _, damaged = change(chance, image)
            try:
                found = Symbols(Path("toy.sys"), damaged)
            except ImageError:
                refused += 1
            else:
                found.locate(found.functions[0].address if found.functions else 0)

    assert 0 < refused < 10 * len(CHANGES)


def test_a_compressed_section_is_refused(built: Path) -> None:
    """A small file could hold more than the host has memory for."""
    image = (built / guest.GUEST / "drivers/toy.sys").read_bytes()
    file = ELFFile(BytesIO(image))
    names = [section.name for section in file.iter_sections()]
    flags = file["e_shoff"] + names.index(".debug_line") * file["e_shentsize"] + 8
    damaged = image[:flags] + struct.pack("<Q", 0x800) + image[flags + 8 :]

    with pytest.raises(ImageError, match="compressed"):
        elf.parse(damaged, Path("toy.sys"))


def test_sections_that_share_bytes_are_refused(built: Path) -> None:
    """A thousand sections, each the whole file, would be more than memory."""
    content = bytearray((built / guest.GUEST / "kernel.elf").read_bytes())
    header = ELFFile(BytesIO(content))["e_shoff"] + SECTION_HEADER
    struct.pack_into("<2Q", content, header + 24, 0, len(content))

    with pytest.raises(ImageError, match="its sections share bytes"):
        elf.parse(bytes(content), Path("image"))


def test_a_symbol_with_a_name_of_many_pages_is_refused(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All symbols could share it, and each would get a copy."""
    monkeypatch.setattr(elf, "_LONGEST_NAME", len("kernel_main") - 1)

    with pytest.raises(ImageError, match="its symbols share a long name"):
        elf.read(built / guest.GUEST / "kernel.elf")


def test_section_headers_that_share_bytes_are_refused(built: Path) -> None:
    """With a size of 0 there would be one after the other without an end."""
    content = bytearray((built / guest.GUEST / "kernel.elf").read_bytes())
    content[58:60] = b"\0\0"

    with pytest.raises(ImageError, match="its headers have another size"):
        elf.parse(bytes(content), Path("image"))
