"""The sensor's interpreter is the same machine code in ring 0 and in ring 3.

That is what makes the comparison of the rings fair. Looks at the images as built.
"""

from __future__ import annotations

from pathlib import Path

import capstone
import pytest

from minios.image import elf, guest

IMAGES = ("drivers/sentinel.sys", "extensions/sentinel.ext")
FUNCTION = "interpreter_matches"


@pytest.fixture(scope="module", name="folder")
def built_guest() -> Path:
    """The guest's folder, with both images of the sensor in it."""
    folder = Path(__file__).parents[2] / guest.GUEST
    if not all((folder / name).exists() for name in IMAGES):
        guest.build()
    return folder


def function_bytes(path: Path) -> bytes:
    """The machine code of the interpreter in an image."""
    image = elf.read(path)
    symbol = image.symbol(FUNCTION)
    assert symbol is not None
    section = image.section(symbol.section)
    assert section is not None
    start = symbol.address - section.address
    return section.data[start : start + symbol.size]


def test_the_interpreter_is_the_same_bytes_in_both_rings(folder: Path) -> None:
    """Driver and extension hold the same machine code for it."""
    driver, extension = (function_bytes(folder / name) for name in IMAGES)

    assert driver
    assert driver == extension


def test_the_null_check_stands_right_before_the_faulting_read(folder: Path) -> None:
    """Load of the pointer, test, jump, then a dword read through it: as in the dump."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    code = function_bytes(folder / IMAGES[0])
    lines = [f"{name} {words}" for _, _, name, words in decoder.disasm_lite(code, 0)]

    tests = [at for at, line in enumerate(lines) if line.startswith("test r")]
    shapes = [
        (lines[at - 1], lines[at + 2])
        for at in tests
        if "*8]" in lines[at - 1] and lines[at + 1].startswith("je")
    ]
    assert len(shapes) == 1
    pointer, read = shapes[0]
    register = pointer.removeprefix("mov ").partition(",")[0]
    assert read.endswith(f"dword ptr [{register}]")
