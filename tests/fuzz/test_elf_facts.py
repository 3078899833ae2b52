"""Which images a loader must refuse, whatever its code says."""

from __future__ import annotations

import pytest

from minios.abi.plugins import Kind
from minios.dev.fuzz.elf_changes import HEADER, SECTION, SEGMENT, Field, get, tables
from minios.dev.fuzz.elf_facts import must_be_refused
from minios.lab import own_plugins


def image(name: str, kind: Kind) -> bytes:
    """An image that comes with minios."""
    found = own_plugins.find(name).image(kind)
    assert found is not None
    return found.bare


def with_field(data: bytes, base: int, field: Field, value: int) -> bytes:
    """The bytes with another number in one field."""
    at = base + field.at
    return data[:at] + value.to_bytes(field.size, "little") + data[at + field.size :]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, built.kind)
        for name in own_plugins.shipped()
        for built in own_plugins.find(name).images
    ],
)
def test_nothing_is_said_against_a_whole_image(name: str, kind: Kind) -> None:
    """Else the fuzzer would find what is none."""
    assert must_be_refused(image(name, kind), kind) == ""


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("flags", 7, "a segment is writable and executable"),
        ("offset", 1 << 40, "a segment ends behind the file"),
        ("file_size", 1 << 20, "a segment ends behind the file"),
        ("address", 0, "a segment lies outside the user half"),
        ("address", 1 << 63, "a segment lies outside the user half"),
        ("memory_size", 1 << 20, "two segments share a page"),
        ("memory_size", 1, "a segment has more bytes in the file than in memory"),
    ],
)
def test_a_segment_that_no_loader_may_take(field: str, value: int, reason: str) -> None:
    """One field of the first segment in memory is changed."""
    data = image("counter", Kind.EXTENSION)
    first = next(
        it
        for it in tables(data, "segment", SEGMENT)
        if get(data, it, SEGMENT["type"]) == 1
    )

    changed = with_field(data, first, SEGMENT[field], value)

    assert must_be_refused(changed, Kind.EXTENSION) == reason


def test_a_section_must_lie_in_the_file() -> None:
    """The loader copies it into the kernel's memory."""
    data = image("counter", Kind.DRIVER)
    first = tables(data, "section", SECTION)[1]

    changed = with_field(data, first, SECTION["size"], len(data))

    assert must_be_refused(changed, Kind.DRIVER) == "a section ends behind the file"


@pytest.mark.parametrize(
    ("name", "kind", "other"),
    [
        ("counter", Kind.DRIVER, Kind.EXTENSION),
        ("counter", Kind.EXTENSION, Kind.DRIVER),
        ("lamps", Kind.USER_DRIVER, Kind.DRIVER),
    ],
)
def test_the_other_image_must_be_refused(name: str, kind: Kind, other: Kind) -> None:
    """A driver is no program, and a program is no driver."""
    assert must_be_refused(image(name, other), kind).startswith("its type is")


def test_an_entry_in_the_kernel_must_be_refused() -> None:
    """The CPU would go there with the rights of ring 3, but why try."""
    data = with_field(
        image("counter", Kind.EXTENSION), 0, HEADER["entry"], 0xFFFF_FFFF_8010_0000
    )

    reason = must_be_refused(data, Kind.EXTENSION)

    assert reason == "its entry is outside the user half"
