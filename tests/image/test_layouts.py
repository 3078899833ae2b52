"""Structures and variables of the kernel, as its debug information has them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from minios import paths
from minios.abi.structures import NAME_SIZE
from minios.errors import ImageError
from minios.image import guest, layouts
from minios.image.c_types import Kind


def test_a_static_variable_is_found_in_its_own_unit() -> None:
    """Two files each have a `next_id`; their addresses differ."""
    known = layouts.load(paths.guest_file("kernel.elf"))

    thread = known.variable("tasks/thread.c", "next_id")
    process = known.variable("tasks/process.c", "next_id")

    assert thread.address != process.address
    assert thread.type.size == process.type.size == 4


def test_the_members_of_a_structure_stand_where_the_compiler_put_them() -> None:
    """A thread points to the next thread; a process holds an array of handles."""
    known = layouts.load(paths.guest_file("kernel.elf"))

    thread = known.structure("tasks/thread.c", "thread")
    process = known.structure("tasks/process.c", "process")

    following = thread.fields["next"].type
    assert following.kind is Kind.POINTER
    assert following.target is thread
    assert thread.fields["stack_top"].offset == 8
    assert thread.fields["state"].type.names[0] == "THREAD_READY"
    assert process.fields["name"].type.count == NAME_SIZE
    handle = process.fields["handles"].type.target
    assert handle is not None
    assert handle.fields["port"].offset == handle.fields["pipe"].offset  # of a union


def test_what_is_only_declared_in_a_unit_is_defined_in_another() -> None:
    """process.c knows only the name of `struct port`."""
    known = layouts.load(paths.guest_file("kernel.elf"))

    port = (
        known.structure("tasks/process.c", "process").fields["death_port"].type.target
    )

    assert port is not None
    assert "inbox" in port.fields


@pytest.mark.parametrize("name", ["no_such_thing", ""])
def test_a_name_that_is_not_there_is_told(name: str) -> None:
    """With the unit in which it was looked for."""
    known = layouts.load(paths.guest_file("kernel.elf"))

    with pytest.raises(ImageError, match="thread"):
        known.variable("tasks/thread.c", name)


def test_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    """One sentence, with its name."""
    path = tmp_path / "it.elf"
    path.write_bytes(b"no ELF at all")

    with pytest.raises(ImageError, match=r"it\.elf"):
        layouts.load(path)


def test_damaged_debug_information_is_refused(built: Path, tmp_path: Path) -> None:
    """Its abbreviations end too early; the message is a sentence, too."""
    image = (built / guest.GUEST / "kernel.elf").read_bytes()
    section = ELFFile(BytesIO(image)).get_section_by_name(".debug_abbrev")
    assert section is not None
    begin, size = section["sh_offset"], section["sh_size"]
    path = tmp_path / "kernel.elf"
    path.write_bytes(image[:begin] + b"\xff" * size + image[begin + size :])

    with pytest.raises(ImageError, match=r"kernel\.elf: the file is not a whole ELF"):
        layouts.load(path)
