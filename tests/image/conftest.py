"""A tiny tree of sources, laid out as the real one, that builds in a second."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from minios.image import guest
from minios.image.recipe import ROOT

KERNEL_LD = """\
ENTRY(entry)
PHDRS { text PT_LOAD FLAGS(5); note PT_NOTE FLAGS(4); data PT_LOAD FLAGS(6); }
SECTIONS
{
    . = 0x100000;
    .text : { *(.boot) *(.text .text.*) } :text
    text_end = .;
    .note.pvh : { KEEP(*(.note.pvh)) } :text :note
    . = ALIGN(0x1000);
    .data : { *(.data .data.* .rodata .rodata.*) } :data
    .bss : { *(.bss .bss.*) } :data
    /DISCARD/ : { *(.comment) *(.note.GNU-stack) }
}
"""

BOOT_S = """\
    .section .note.pvh, "a", @note
    .long 4, 4, 18
    .asciz "Xen"
    .long entry
    .section .boot, "ax"
    .globl entry
entry:
    call kernel_main
    hlt
"""

KERNEL_C = """\
#include <minios/abi.h>

int counter;

int kernel_main(void)
{
    counter += PAGE_SIZE;
    return counter;
}
"""

USER_LD = """\
ENTRY(_start)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS
{
    . = 0x400000;
    .text : { *(.text .text.*) } :text
    . = ALIGN(0x1000);
    .data : { *(.data .data.* .rodata .rodata.*) } :data
    .bss : { *(.bss .bss.*) } :data
    /DISCARD/ : { *(.comment) *(.note.*) }
}
"""

CRT0_S = """\
    .text
    .globl _start
_start:
    call main
    ud2
"""

PLUGIN_C = """\
#include <minios/plugin.h>

static int start(void)
{
    plugin_log("here in ring %d", plugin_ring());
    return 0;
}

const struct plugin plugin = {.name = "toy", .start = start};
"""

EXTENSION_C = """\
#include <minios/plugin.h>

int main(void) { return plugin.start(); }
int plugin_ring(void) { return 3; }
void plugin_log(const char *format, ...) { (void)format; }
"""

PLUGIN_TOML = """\
name = "toy"
version = "1.0"
license = "MIT"
description = "says where it is"
kinds = ["driver", "extension"]
"""

FILES = {
    "minios/kernel/kernel.ld": KERNEL_LD,
    "minios/kernel/boot.S": BOOT_S,
    "minios/kernel/main.c": KERNEL_C,
    "minios/user/user.ld": USER_LD,
    "minios/user/crt0.S": CRT0_S,
    "minios/user/libc/add.h": "int add(int left, int right);\n",
    "minios/user/libc/add.c": (
        '#include "add.h"\nint add(int left, int right) { return left + right; }\n'
    ),
    "minios/user/programs/sum/sum.c": (
        '#include <add.h>\n#include "two.h"\n'
        "int main(void) { return add(40, two()); }\n"
    ),
    "minios/user/programs/sum/two.h": "int two(void);\n",
    "minios/user/programs/sum/two.c": (
        '#include "two.h"\nint two(void) { return 2; }\n'
    ),
    "minios/user/programs/crimes/crime.h": "#define CRIME 1\n",
    "minios/user/programs/crimes/theft.c": (
        '#include "crime.h"\nint main(void) { return CRIME; }\n'
    ),
    "minios/user/extension/extension.c": EXTENSION_C,
    "minios/user/services.ini": "# none\n",
    "drivers/toy/plugin.toml": PLUGIN_TOML,
    "drivers/toy/toy.c": PLUGIN_C,
}


def make_tree(root: Path) -> Path:
    """Write the tiny tree, and what of the real one it is built with."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("minios/abi", "minios/bpf", "minios/image"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A fresh tiny tree, not yet built."""
    return make_tree(tmp_path / "tree")


@pytest.fixture
def built_tree(built: Path, tmp_path: Path) -> Path:
    """A tree that has been built, and may be changed."""
    return Path(shutil.copytree(built, tmp_path / "tree"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny tree that has been built. Not to be changed."""
    root = make_tree(tmp_path_factory.mktemp("built"))
    guest.build(root)
    return root
