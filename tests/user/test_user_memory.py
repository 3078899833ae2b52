"""User memory is open to ring 0 while it is copied, and at no other time (SMAP)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab, seconds

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
    assert after["rax"] & 0xFF == 1  # the copy was made
