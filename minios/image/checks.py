"""What the build refuses, because it would fail far from its cause.

An empty kernel links without a complaint; SSE code runs until the first `movaps` raises
#UD; a page both writable and executable works, and undoes the lesson. So every image is
looked at before it may stand in `minios/guest/`:

- a kernel: PVH note, entry where the note says, code at all
- everything: no segment both writable and executable, no vector register used
- a ring-0 plugin: one executable section, no name that the SDK does not declare

Left out: the .boot section is not disassembled, for part of it is 32-bit code.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NoReturn

import capstone

from minios.errors import ImageError
from minios.image.elf import Elf

_VECTOR_REGISTER: Final = re.compile(r"\b[xyz]?mm\d+\b|\bst\(\d\)")
_DECLARATION: Final = re.compile(
    r"^(?:\[\[.*?\]\] )?\w[\w ]*[ *\n](\w+)\(", re.MULTILINE
)
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BOOT_SECTION: Final = ".boot"


def check_kernel(elf: Elf) -> None:
    """Raise ImageError unless a PVH loader can start this kernel."""
    if elf.pvh_entry is None:
        _refuse(elf, "it has no PVH note, so no loader can start it", "See arch/boot.S")
    if elf.entry != elf.pvh_entry:
        _refuse(
            elf,
            f"ENTRY says {elf.entry:#x} but the PVH note {elf.pvh_entry:#x}",
            "Let both name the 32-bit entry",
        )
    check_program(elf)


def check_program(elf: Elf) -> None:
    """Raise ImageError unless this is an executable that a W^X loader can load."""
    text = elf.section(".text")
    if text is None or not text.size:
        _refuse(elf, "its .text is empty", "Does the linker script keep all of it?")
    for segment in elf.segments:
        if segment.writable and segment.executable:
            _refuse(
                elf,
                f"the segment at {segment.virtual:#x} is writable and executable",
                "Give code and data segments of their own in the linker script",
            )
    if not any(
        0 <= elf.entry - segment.virtual < segment.memory_size
        for segment in elf.segments
        if segment.executable
    ):
        _refuse(
            elf,
            f"its entry {elf.entry:#x} is in no executable segment",
            "Look at ENTRY in the linker script",
        )
    _check_registers(elf)


def check_driver(elf: Elf, sdk: frozenset[str]) -> None:
    """Raise ImageError unless the kernel could place this plugin and resolve it.

    `sdk` is what `declared_names` found in the SDK's header.
    """
    executable = [section.name for section in elf.sections if section.executable]
    if len(executable) != 1:
        names = ", ".join(executable) or "none"
        _refuse(
            elf,
            f"it has not one executable section but: {names}",
            "The loader gives one run of pages to code; see minios/image/driver.ld",
        )
    unknown = sorted(set(elf.undefined) - sdk)
    if unknown:
        _refuse(
            elf,
            f"it uses {', '.join(unknown)}, which <minios/plugin.h> does not declare",
            "A plugin has that header and nothing else",
        )
    if elf.symbol("plugin") is None:
        _refuse(elf, "it has no plugin object", "Define `const struct plugin plugin`")
    _check_registers(elf)


def declared_names(header: Path) -> frozenset[str]:
    """The functions that a C header declares."""
    text = _COMMENT.sub("", header.read_text(encoding="utf-8"))
    return frozenset(_DECLARATION.findall(text))


def _check_registers(elf: Elf) -> None:
    """No vector and no x87 register: the kernel neither enables nor saves them."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True
    for section in elf.sections:
        if not section.executable or section.name == _BOOT_SECTION:
            continue
        for address, _, name, operands in decoder.disasm_lite(
            section.data, section.address
        ):
            if _VECTOR_REGISTER.search(operands):
                _refuse(
                    elf,
                    f"`{name} {operands}` at {address:#x} uses a vector register",
                    "Use integers only, and leave the -mno-sse flags alone",
                )


def _refuse(elf: Elf, reason: str, advice: str) -> NoReturn:
    raise ImageError(f"refused: {reason}", where=elf.path.name, advice=advice)
