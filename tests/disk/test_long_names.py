"""A long name that another system gave goes with its file; so say two checkers."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from minios.dev.fsck import Fsck
from minios.disk import SectorsOfBuffer, Volume
from minios.machine.disk_image import DiskImage
from tests.disk.kernel_disk import SMALL, KernelDisk, Library, blank_volume, build

pytestmark = pytest.mark.witness

ENTRY = 32
PARTS = 3
LONG = "a name that is rather long.text"
SHORT = b"ANAME~1 TXT"
PATH = "/ANAME~1.TXT"
DATA = b"what is in it"


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The kernel's file system."""
    return build(tmp_path_factory.mktemp("disk"))


def part(number: int) -> bytes:
    """One entry of the long name (fatgen 1.03, section 7), numbered from 1."""
    checksum = 0
    for byte in SHORT:
        checksum = ((checksum & 1) << 7) + (checksum >> 1) + byte & 0xFF
    units = [ord(it) for it in LONG] + [0]
    units += [0xFFFF] * (13 * PARTS - len(units))
    words = struct.pack("<13H", *units[13 * (number - 1) : 13 * number])
    order = number | (0x40 if number == PARTS else 0)
    head = bytes([order]) + words[:10] + bytes([0x0F, 0, checksum])
    return head + words[10:22] + bytes(2) + words[22:]


def disk_with_a_long_name(before: int) -> bytes:
    """So many files in the root directory, then one that has a long name, too."""
    files = {f"/F{number}": b"" for number in range(before)}
    files |= {f"/P{number}": b"" for number in range(PARTS)}
    image = bytearray(blank_volume({**files, PATH: DATA}))
    root = SMALL.first_root * 512
    entries = range(root, root + 64 * ENTRY, ENTRY)
    first = next(it for it in entries if image[it : it + 2] == b"P0")
    for number in range(PARTS):
        at = first + number * ENTRY
        image[at : at + ENTRY] = part(PARTS - number)
    return bytes(image)


def assert_sound(image: bytes) -> None:
    """Nothing to complain of, not even a part of a name that belongs to nobody."""
    with Fsck() as fsck:
        assert fsck.ask(DiskImage(image)).findings == ()


# The label and /D stand first; 16 entries are a sector.
PLACES = {"one sector": 3, "across a border": 12, "all but the file": 11}


@pytest.mark.parametrize("before", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(
    "change",
    [
        lambda disk: disk.unlink(PATH),
        lambda disk: disk.rename(PATH, "/SHORT.TXT"),
        lambda disk: disk.rename(PATH, "/D/OTHER.TXT"),
        lambda disk: disk.rename(PATH, "/F0"),
        lambda disk: disk.rename("/F0", PATH),
        lambda disk: disk.put(PATH, b"new"),
    ],
    ids=["rm", "mv here", "mv there", "mv over", "mv onto it", "write"],
)
def test_the_kernel_leaves_no_part_behind(
    library: Library, before: int, change: Callable[[KernelDisk], None]
) -> None:
    """Wherever the parts of the name stand; and no cut loses a file."""
    image = disk_with_a_long_name(before)
    assert_sound(image)
    disk = library.mount(image)

    with disk.cuts():
        change(disk)

    assert_sound(disk.image)


def test_a_name_in_one_sector_goes_with_its_file_in_one_write(library: Library) -> None:
    """So a power cut leaves both or neither."""
    disk = library.mount(disk_with_a_long_name(3))

    with disk.cuts() as cuts:
        disk.unlink(PATH)

    assert cuts.regions == ["root", "fat"]
    assert_sound(cuts.states[0].contents())


def test_parts_of_another_name_stay(library: Library) -> None:
    """Only those with the checksum of the short name go."""
    image = bytearray(disk_with_a_long_name(3))
    at = bytes(image).index(SHORT)
    image[at : at + len(SHORT)] = b"OTHER   TXT"
    disk = library.mount(bytes(image))

    disk.unlink("/OTHER.TXT")

    assert disk.image.count(part(1)) == 1


@pytest.mark.parametrize("before", PLACES.values(), ids=PLACES)
def test_our_own_volume_leaves_no_part_behind(before: int) -> None:
    """The disk of a stopped machine is changed from Python by the same rule."""
    image = bytearray(disk_with_a_long_name(before))
    Volume(SectorsOfBuffer(image)).rename(PATH, "/D/OTHER.TXT")
    assert_sound(bytes(image))

    image = bytearray(disk_with_a_long_name(before))
    Volume(SectorsOfBuffer(image)).delete(PATH)
    assert_sound(bytes(image))
