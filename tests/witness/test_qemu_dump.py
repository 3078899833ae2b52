"""QEMU's machine dies as ours does: the dump on its disk tells the same."""

from __future__ import annotations

import pytest

from minios.abi.disk_layout import DUMP_SECTOR, SECTOR_SIZE
from minios.dev import qemu
from minios.dump import parts, post_mortem
from minios.dump.post_mortem import PostMortem
from minios.lab import Happened, Lab, content_files, events, seconds
from minios.lab.system_disk import system_disk

pytestmark = pytest.mark.witness

OPTIONS = {"first_event_ms": "20"}


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def ours(disk: bytes) -> bytes:
    """The disk after the first crash of our machine."""
    with Lab(model="windows", disk=disk, options=OPTIONS) as lab:
        lab.run_until(Happened(events.DumpWritten), within=seconds(1))
        return lab.disk_image()


def theirs(disk: bytes) -> bytes:
    """The disk after the first crash of QEMU's: it ends at the reset."""
    words = {"model": "windows", "seed": "1", **OPTIONS}
    line = " ".join(f"{name}={value}" for name, value in words.items())
    return qemu.run(disk, line).disk


def examine(disk: bytes) -> PostMortem:
    """What the reserved sectors tell."""
    return post_mortem.examine(parts.parse(disk[DUMP_SECTOR * SECTOR_SIZE :]))


@pytest.mark.parametrize(
    ("content", "code"),
    [("channel-291-bad", 0x50), ("channel-291-bad-user-half", 0x7E)],
)
def test_qemu_leaves_the_same_dump(content: str, code: int) -> None:
    """Stop code, parameters, registers, trace, page walk and origin are equal."""
    disk = system_disk(content_files.find(content).data)
    one, other = examine(ours(disk)), examine(theirs(disk))
    stop, witness = one.dump.stop, other.dump.stop

    assert stop is not None
    assert witness is not None
    assert stop.code == witness.code == code
    assert stop.parameters == witness.parameters
    assert stop.registers["rip"] == witness.registers["rip"]
    assert one.blamed == other.blamed
    assert [str(it) for it in one.frames] == [str(it) for it in other.frames]
    assert str(one.frames[0].location).startswith("interpreter_matches")
    assert one.picture is not None
    assert other.picture is not None
    assert one.picture.origin == other.picture.origin is not None
    assert one.picture.fault == other.picture.fault
    assert one.walk is not None
    assert other.walk is not None
    assert one.walk.refusal == other.walk.refusal
    assert other.dump.missing == ()
