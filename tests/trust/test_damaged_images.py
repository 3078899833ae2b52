"""A plugin image may say anything: the kernel believes none of it."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from minios.abi.plugins import Kind
from minios.abi.structures import PLUGIN_MANIFEST
from minios.lab import events, own_plugins
from tests.trust import probe

PATH = "/SYSTEM/DRIVERS/PROBE.SYS"
LIMIT = 256 << 10  # DRIVER_BYTES_LIMIT
VALUE, SIZE = 8, 32  # offsets of st_value in a symbol, of sh_size in a section


def counter() -> bytes:
    """A driver that comes with minios."""
    image = own_plugins.find("counter").image(Kind.DRIVER)
    assert image is not None
    return image.bare


def with_number(data: bytes, at: int, number: int) -> bytes:
    """The bytes with another 64-bit number in one place."""
    return data[:at] + struct.pack("<Q", number) + data[at + 8 :]


def symbol_at(data: bytes, name: str) -> int:
    """Where the symbol of this name stands in the file."""
    table = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    names = [symbol.name for symbol in table.iter_symbols()]
    return int(table["sh_offset"]) + names.index(name) * int(table["sh_entsize"])


def section_at(data: bytes, name: str) -> int:
    """Where the entry of this section stands in the file."""
    file = ELFFile(BytesIO(data))
    names = [section.name for section in file.iter_sections()]
    return int(file["e_shoff"]) + names.index(name) * int(file["e_shentsize"])


def ends_of(image: bytes) -> list[str]:
    """What came of a driver with this image, while the machine starts."""
    disk = probe.disk_with({PATH: image}, probe.DRIVER.format("system"))
    with probe.machine("windows", disk) as lab:
        lab.boot()
        failed = [it.error for it in lab.all(events.ServiceFailed)]
        loaded = [it for it in lab.all(events.ModuleLoaded) if it.name == "probe.sys"]
        return failed + ["loaded" for _ in loaded]


REFUSED = ["not an executable that this system can load"]
NO_MANIFEST = ["the caller lacks the right for this call"]


def test_the_undamaged_driver_is_loaded() -> None:
    """What the other tests change is what makes the difference."""
    assert ends_of(counter()) == ["loaded"]


@pytest.mark.parametrize(
    ("name", "ends"), [("plugin", REFUSED), ("plugin_manifest", NO_MANIFEST)]
)
@pytest.mark.parametrize("value", [0x1000, 1 << 47, (1 << 64) - 8])
def test_a_table_outside_its_section_is_not_read(
    name: str, ends: list[str], value: int
) -> None:
    """The kernel read the manifest wherever the symbol said, and stopped."""
    image = counter()
    damaged = with_number(image, symbol_at(image, name) + VALUE, value)

    assert ends_of(damaged) == ends


def test_all_sections_together_have_a_limit() -> None:
    """One section may be as large as the limit, but then there is no room for others.

    After a failure the kernel takes back what lies below the limit, and no more.
    """
    image = counter()
    place = section_at(image, ".bss")

    assert ends_of(with_number(image, place + SIZE, LIMIT)) == REFUSED


def with_another_manifest(image: bytes) -> bytes:
    """The image with a second manifest at its end, which asks for every right."""
    begin = image.index(b"minios\0") - 12
    note = bytearray(image[begin : begin + PLUGIN_MANIFEST.size])
    note[20:24] = b"\xff" * 4  # rights
    return image + bytes(-len(image) % 8) + bytes(note)


def test_a_driver_with_two_manifests_is_not_loaded() -> None:
    """Nobody could say which of them was approved."""
    assert ends_of(with_another_manifest(counter())) == REFUSED


def test_an_extension_with_two_manifests_does_not_run() -> None:
    """Neither from the list, nor when somebody asks for it."""
    image = own_plugins.find("counter").image(Kind.EXTENSION)
    assert image is not None
    path = "/SYSTEM/EXTENS/PROBE.EXT"
    doubled = {path: with_another_manifest(image.bare)}
    disk = probe.disk_with(doubled, probe.EXTENSION.format("events,report"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        failed = [it.error for it in lab.all(events.ServiceFailed)]
        assert failed == REFUSED
        assert REFUSED[0] in lab.console(f"sysext activate {path}")
