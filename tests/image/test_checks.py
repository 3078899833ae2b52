"""The build refuses what would fail far from its cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ImageError
from minios.image import checks, elf, guest
from minios.image.recipe import ROOT

MAIN_C = "minios/kernel/main.c"
SUM_C = "minios/user/programs/sum/sum.c"
TOY_C = "drivers/toy/toy.c"

IMAGES = {
    "minios/kernel": "kernel",
    "minios/user/user.ld": "extensions/",  # has data, which the program has not
    "minios/user": "bin/",
    "drivers": "drivers/",
}

REFUSALS = [
    pytest.param(
        "minios/kernel/boot.S",
        ".long 4, 4, 18",
        ".long 4, 4, 17",
        "no PVH note",
        id="kernel without a PVH note",
    ),
    pytest.param(
        "minios/kernel/kernel.ld",
        "ENTRY(entry)",
        "ENTRY(kernel_main)",
        "PVH note",
        id="ENTRY is not the PVH entry",
    ),
    pytest.param(
        "minios/kernel/kernel.ld",
        ".text : {",
        ".text : { } .code : {",
        "text is empty",
        id="kernel with an empty text",
    ),
    pytest.param(
        "minios/kernel/kernel.ld",
        "FLAGS(5)",
        "FLAGS(7)",
        "writable and executable",
        id="kernel whose code is writable",
    ),
    pytest.param(
        "minios/user/user.ld",
        "data PT_LOAD FLAGS(6)",
        "data PT_LOAD FLAGS(7)",
        "writable and executable",
        id="program whose data is executable",
    ),
    pytest.param(
        "minios/user/user.ld",
        "ENTRY(_start)",
        "EXTERN(_start) ENTRY(0x500000)",
        "entry 0x500000",
        id="program that begins nowhere",
    ),
    pytest.param(
        MAIN_C,
        "counter +=",
        '__asm__("movaps %xmm0, %xmm1"); counter +=',
        "movaps xmm1, xmm0",
        id="kernel that uses SSE",
    ),
    pytest.param(
        SUM_C,
        "return add",
        '__asm__("paddd %xmm2, %xmm3"); return add',
        "paddd xmm3, xmm2",
        id="program that uses SSE",
    ),
    pytest.param(
        TOY_C,
        "return 0;",
        '__asm__("fld %st(1)"); return 0;',
        r"st\(1\)",
        id="driver that uses the x87",
    ),
    pytest.param(
        TOY_C,
        "return 0;",
        "extern int kernel_main(void); return kernel_main();",
        "kernel_main, which <minios/plugin.h> does not declare",
        id="driver that calls into the kernel",
    ),
    pytest.param(
        TOY_C,
        "static int start",
        '__attribute__((section("hot"))) static int start',
        "must have one executable section, but it has: ",
        id="driver with code in two sections",
    ),
    pytest.param(
        TOY_C,
        "const struct plugin plugin",
        "const struct plugin plug_in",
        "no plugin object",
        id="driver without a plugin object",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), REFUSALS)
def test_the_build_refuses(
    tree: Path, name: str, old: str, new: str, message: str
) -> None:
    """Each of these links without a complaint, and only the check sees it."""
    path = tree / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    only = next(image for folder, image in IMAGES.items() if name.startswith(folder))

    with pytest.raises(ImageError, match=message):
        guest.build(tree, only=only)


def test_the_sdk_declares_what_a_driver_may_use() -> None:
    """The names are read from the header itself: there is no second list."""
    names = checks.declared_names(ROOT / "minios/abi/include/minios/plugin.h")

    assert {"plugin_log", "plugin_read_file", "plugin_allocate", "memcpy"} <= names
    assert "plugin_connect_interrupt" in names  # its type stands on a line of its own
    assert not {"start", "event", "message", "format", "__attribute__"} & names


def test_the_symbols_of_a_driver_that_it_does_not_have_are_the_sdks(
    built: Path,
) -> None:
    """What the kernel will have to resolve when it loads the driver."""
    driver = elf.read(built / guest.GUEST / "drivers/toy.sys")

    assert driver.is_relocatable
    assert set(driver.undefined) == {"plugin_log", "plugin_ring"}
