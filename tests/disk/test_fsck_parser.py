"""What `fsck.fat` says is read strictly: only lost clusters are let pass."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache, partial

import pytest

from minios.dev import fsck
from minios.dev.fsck import Fsck, FsckReport, read_answer
from minios.disk import SectorsOfBuffer, find_damage, make_image
from minios.machine.disk_image import DiskImage

FILES = {"/A.BIN": b"a" * 5000, "/DIR/B.BIN": b"b" * 9000}
FAT = 136 * 512
A_BIN = 168 * 512 + 32  # its directory entry: the label comes before it
DIR = A_BIN + 32
CLUSTER, SIZE = 26, 28  # in a directory entry
GREETING = "fsck.fat 4.2 (2021-01-31)\n"
SUMMARY = "d.img: 4 files, 9/8142 clusters\n"
LOST = "Reclaimed 4 unused clusters (8192 bytes).\n\nLeaving filesystem unchanged.\n"


@cache
def image() -> bytes:
    """A sound disk with the files."""
    return make_image(FILES)


def damaged(*changes: tuple[int, bytes]) -> DiskImage:
    """The image with bytes replaced."""
    found = bytearray(image())
    for offset, data in changes:
        found[offset : offset + len(data)] = data
    return DiskImage(bytes(found))


def entries(cluster: int, *values: int) -> tuple[int, bytes]:
    """Entries of the FAT, from a cluster on."""
    return FAT + 2 * cluster, struct.pack(f"<{len(values)}H", *values)


LOST_DISKS = {
    "one": (partial(damaged, entries(100, 0xFFFF)), 1),
    "a chain": (partial(damaged, entries(100, 101, 102, 0xFFFF)), 3),
    "two chains": (partial(damaged, entries(100, 101, 0xFFFF, 0xFFFF)), 3),
    "a chain to a free one": (partial(damaged, entries(100, 300)), 1),
}
"""What an interrupted update may leave: nobody's clusters, linked or half linked."""

WORSE_DISKS = {
    "chain too long": (
        partial(damaged, (A_BIN + SIZE, b"\1\0\0\0")),
        "Truncating file",
    ),
    "chain too short": (partial(damaged, entries(3, 0xFFFF)), "Truncating file"),
    "no size": (partial(damaged, (A_BIN + SIZE, bytes(4))), "Truncating file"),
    "free cluster": (partial(damaged, entries(3, 0)), "Contains a free cluster"),
    "shared": (partial(damaged, (A_BIN + CLUSTER, b"\6\0")), "share clusters"),
    "circle": (partial(damaged, entries(4, 2)), "Circular cluster chain"),
    "no cluster": (partial(damaged, (A_BIN + CLUSTER, b"\xff\xff")), "beyond limit"),
    "two of a name": (
        partial(damaged, (DIR, b"A       BIN\x20")),
        "Duplicate directory entry",
    ),
    "bad name": (partial(damaged, (A_BIN, b"\1\2\3")), "Bad short file name"),
    "dirty": (partial(damaged, (FAT + 3, b"\x7f")), "Dirty bit is set"),
}
"""One of each kind of damage that costs somebody something."""


@pytest.fixture(name="witness")
def installed_witness() -> Iterator[Fsck]:
    """The program; a test that needs it is a witness."""
    if fsck.program() is None:
        pytest.skip("fsck.fat is not installed (package dosfstools)")
    with Fsck() as found:
        yield found


@pytest.mark.witness
@pytest.mark.parametrize("name", LOST_DISKS)
def test_lost_clusters_are_counted_and_are_no_finding(name: str, witness: Fsck) -> None:
    """They cost room, and nobody a file; the survey counts the same."""
    make, lost = LOST_DISKS[name]
    disk = make()

    assert witness.ask(disk) == FsckReport(lost, ())
    (damage,) = find_damage(disk)
    assert damage.startswith(f"{lost} clusters belong to no file")


@pytest.mark.witness
@pytest.mark.parametrize("name", WORSE_DISKS)
def test_whatever_is_worse_is_a_finding(name: str, witness: Fsck) -> None:
    """Each of them is named, also when clusters are lost as well."""
    make, words = WORSE_DISKS[name]
    disk = make()
    verdict = witness.ask(disk)

    assert not verdict.is_sound
    assert any(words in finding for finding in verdict.findings), verdict


@pytest.mark.witness
def test_a_disk_that_is_none_is_a_finding(witness: Fsck) -> None:
    """It gives up, and says so where nobody would look for it."""
    verdict = witness.ask(DiskImage(bytes(1 << 20)))

    assert any(finding.startswith("stderr") for finding in verdict.findings)


@pytest.mark.witness
def test_the_same_witness_follows_a_disk_as_it_changes(witness: Fsck) -> None:
    """Also back to what it was, and over to another."""
    disk = DiskImage(image())
    assert witness.ask(disk) == FsckReport(0, ())
    disk.write(136, LOST_DISKS["a chain"][0]().read(136))
    assert witness.ask(disk) == FsckReport(3, ())
    disk.overlay.clear()
    assert witness.ask(disk) == FsckReport(0, ())
    assert not witness.ask(WORSE_DISKS["circle"][0]()).is_sound
    assert witness.ask(disk) == FsckReport(0, ())
    assert find_damage(SectorsOfBuffer(image())) == ()


@pytest.mark.parametrize(
    ("code", "output", "errors", "finding"),
    [
        (1, GREETING + SUMMARY, "", "exit code 1"),
        (0, GREETING + LOST + SUMMARY, "", "exit code 0 with 4"),
        (-11, GREETING + LOST + SUMMARY, "", "exit code -11"),
        (0, "", "", "no greeting"),
        (0, SUMMARY, "", "no greeting"),
        (0, GREETING, "", "no summary"),
        (1, GREETING + LOST, "", "no summary"),
        (0, GREETING + SUMMARY, "oh dear\n", "stderr: oh dear"),
        (1, GREETING + LOST + "Something new.\n" + SUMMARY, "", "Something new."),
        (1, GREETING + SUMMARY + LOST, "", "no summary"),
        (1, GREETING + "Reclaimed 4 unused clusters.\n" + SUMMARY, "", "Reclaimed"),
    ],
)
def test_an_answer_that_is_not_understood_is_a_finding(
    code: int, output: str, errors: str, finding: str
) -> None:
    """Silence, a crash, a new sentence: none of them passes for a sound disk."""
    verdict = read_answer(code, output, errors)

    assert any(line.startswith(finding) for line in verdict.findings), verdict


def test_an_answer_that_is_understood() -> None:
    """With and without lost clusters."""
    assert read_answer(0, GREETING + SUMMARY, "") == FsckReport(0, ())
    assert read_answer(1, GREETING + LOST + SUMMARY, "") == FsckReport(4, ())
