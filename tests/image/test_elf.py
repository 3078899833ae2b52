"""An ELF file is read as it is, and what is none is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ImageError
from minios.image import elf, guest


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
