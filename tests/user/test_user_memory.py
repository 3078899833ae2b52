"""Who may use memory: ring 0 while it copies, and nobody to write to its code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab, page_tables, seconds
from minios.machine.paging import NO_EXECUTE, USER, WRITE

AC = 1 << 18


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A machine whose programs make system calls all the time."""
    with Lab(model="macos") as lab:
        lab.boot()
        yield lab


@pytest.mark.parametrize(
    "copy", ["copy_from_user", "copy_to_user", "copy_text_from_user"]
)
def test_user_memory_is_closed_again_after_a_copy(lab: Lab, copy: str) -> None:
    """EFLAGS.AC is clear when a copy begins, and when it has come back."""
    lab.type("ls /bin\r")
    lab.run_to(copy, within=seconds(1))
    before = lab.machine.registers()
    back = lab.machine.read_virtual(before["rsp"], 8)
    assert back is not None

    lab.run_to(int.from_bytes(back, "little"), within=seconds(1))
    after = lab.machine.registers()

    assert after["rsp"] == before["rsp"] + 8
    assert not before["rflags"] & AC
    assert not after["rflags"] & AC
    assert after["rax"] == 0  # the copy was made


def test_the_kernels_code_can_be_written_nowhere(lab: Lab) -> None:
    """No frame that ring 0 executes is writable at another address."""
    table = lab.machine.registers()["cr3"]
    written, executed = set[int](), set[int]()
    for _, size, rights, physical in page_tables.pages(lab.machine.ram, table):
        frames = range(physical, physical + size, 0x1000)
        if rights & WRITE:
            written.update(frames)
        if not rights & (NO_EXECUTE | USER):
            executed.update(frames)

    assert executed
    assert not written & executed
