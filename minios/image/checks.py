"""Checks of built images, for mistakes that would fail far from their cause.

An empty kernel links without an error. SSE code runs until the first `movaps` raises
#UD. A page that is writable and executable works, but makes the lesson wrong. So every
image is checked before it comes into `minios/guest/`:

- a kernel: it has a PVH note, its entry is where the note says, and it has code
- every image: no segment is writable and executable, no vector register is used
- a plugin: its manifest is that of plugin.toml, and the kernel has room for it
- a ring-0 plugin: it has one executable section, and uses only names of the SDK

Left out: the .boot section is not disassembled, because part of it is 32-bit code.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NoReturn

import capstone

from minios.errors import ImageError
from minios.image.elf import Elf

# An x87 instruction that loads or stores a number names no register.
_VECTOR_REGISTER: Final = re.compile(r"\b[xyz]?mm\d+\b|\bst\(\d\)|^f\w+ .*ptr")
_DECLARATION: Final = re.compile(
    r"^(?:\[\[.*?\]\] )?\w[\w ]*[ *\n](\w+)\(", re.MULTILINE
)
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BOOT_SECTION: Final = ".boot"
_MOST_MEMORY: Final = 256 << 10  # of a plugin: as minios/kernel/plugins/object.c


def check_nothing(_elf: Elf) -> None:
    """Accept a part of an image: the whole will be checked."""


def check_kernel(elf: Elf) -> None:
    """Raise ImageError unless a PVH loader can start this kernel."""
    if elf.pvh_entry is None:
        _refuse(
            elf,
            "it has no PVH note, so no loader can start it",
            "Compare it with arch/boot.S",
        )
    if elf.entry != elf.pvh_entry:
        _refuse(
            elf,
            f"ENTRY is {elf.entry:#x}, but the PVH note says {elf.pvh_entry:#x}",
            "Let both name the 32-bit entry",
        )
    check_program(elf)


def check_program(elf: Elf) -> None:
    """Raise ImageError unless this is an executable that a W^X loader can load."""
    text = elf.section(".text")
    if text is None or not text.size:
        _refuse(
            elf, "its .text is empty", "Check that the linker script keeps all code"
        )
    for segment in elf.segments:
        if segment.writable and segment.executable:
            _refuse(
                elf,
                f"the segment at {segment.virtual:#x} is writable and executable",
                "Put code and data in separate segments in the linker script",
            )
    if not any(
        0 <= elf.entry - segment.virtual < segment.memory_size
        for segment in elf.segments
        if segment.executable
    ):
        _refuse(
            elf,
            f"its entry {elf.entry:#x} is not in an executable segment",
            "Look at ENTRY in the linker script",
        )
    _check_registers(elf)


def check_driver(elf: Elf, sdk: frozenset[str]) -> None:
    """Raise ImageError unless the kernel can load this plugin and resolve its names.

    `sdk` is what `declared_names` found in the SDK's header.
    """
    executable = [section.name for section in elf.sections if section.executable]
    if len(executable) != 1:
        names = ", ".join(executable) or "none"
        _refuse(
            elf,
            f"it must have one executable section, but it has: {names}",
            "Put all code in one section, as minios/image/driver.ld does",
        )
    unknown = sorted(set(elf.undefined) - sdk)
    if unknown:
        _refuse(
            elf,
            f"it uses {', '.join(unknown)}, which <minios/plugin.h> does not declare",
            "Use only what that header declares",
        )
    if elf.symbol("plugin") is None:
        _refuse(elf, "it has no plugin object", "Define `const struct plugin plugin`")
    _check_registers(elf)


def check_plugin(elf: Elf, note: bytes) -> None:
    """Raise ImageError if the kernel would not, or must not, load this plugin.

    The kernel believes the manifest in the image: a plugin may not bring one of its
    own. `note` is what plugin.toml says.
    """
    for section in elf.sections:
        if section.name.startswith(".note") and section.data != note:
            _refuse(
                elf,
                f"its section {section.name} is not the manifest from plugin.toml",
                "Let the compiler choose the sections",
            )
    size = sum(section.size for section in elf.sections)
    if size > _MOST_MEMORY:
        _refuse(
            elf,
            f"it needs {size >> 10} KiB of memory, and may have {_MOST_MEMORY >> 10}",
            "Make its arrays smaller, or take memory with plugin_allocate",
        )


def declared_names(header: Path) -> frozenset[str]:
    """The functions that a C header declares."""
    text = _COMMENT.sub("", header.read_text(encoding="utf-8"))
    return frozenset(_DECLARATION.findall(text))


def _check_registers(elf: Elf) -> None:
    """Refuse vector and x87 registers: the kernel neither enables nor saves them."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True
    for section in elf.sections:
        if not section.executable or section.name == _BOOT_SECTION:
            continue
        for address, _, name, operands in decoder.disasm_lite(
            section.data, section.address
        ):
            if _VECTOR_REGISTER.search(f"{name} {operands}"):
                _refuse(
                    elf,
                    f"`{name} {operands}` at {address:#x} uses a vector register",
                    "Use integers only, and leave the -mno-sse flags alone",
                )


def _refuse(elf: Elf, reason: str, advice: str) -> NoReturn:
    raise ImageError(f"refused: {reason}", where=elf.path.name, advice=advice)
