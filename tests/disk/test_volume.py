"""What a volume promises to the person who puts files on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from minios.disk import (
    DiskError,
    DiskFullError,
    MissingFileError,
    NameRefusedError,
    NameTakenError,
    SectorsOfBuffer,
    SparseSectors,
    Volume,
    WrongKindError,
    find_damage,
    make_image,
)
from minios.disk.image import format_volume

FILES = {"/SYSTEM/SERVICES.INI": b"[init]\n", "/README.TXT": b"hello " * 1000}


@pytest.fixture
def sectors() -> SparseSectors:
    """A disk with an empty volume on it."""
    blank = SparseSectors()
    format_volume(blank)
    return blank


@pytest.fixture
def volume(sectors: SparseSectors) -> Volume:
    """An empty volume."""
    return Volume(sectors)


def test_an_image_holds_the_files_it_was_made_of() -> None:
    """Every file reads back, and nothing else is there."""
    volume = Volume(SectorsOfBuffer(make_image(FILES, directories=["/TEMP"])))

    assert {path: volume.read(path) for path in FILES} == FILES
    assert {entry.path for entry in volume.walk()} == {*FILES, "/SYSTEM", "/TEMP"}


def test_the_same_files_make_the_same_bytes() -> None:
    """There is no clock in an image."""
    assert make_image(FILES) == make_image(FILES)


def test_an_image_has_the_size_and_the_reserved_sectors_of_the_layout() -> None:
    """The crash dump's sectors are zero, and the first FAT comes after them."""
    image = make_image(FILES)

    assert len(image) == 16 << 20
    assert not any(image[512 : 136 * 512])
    assert image[136 * 512 : 136 * 512 + 4] == b"\xf8\xff\xff\xff"


def test_making_a_disk_touches_only_what_is_not_zero() -> None:
    """Data, one sector of the table, directories: not the other 32,000 sectors."""
    sectors = SparseSectors()
    volume = format_volume(sectors)
    volume.write("/A.BIN", bytes(10 * 512))

    boot, table, root, data = 1, 1, 1, 10
    assert len(sectors._written) == boot + table + root + data


def test_names_are_found_in_lower_case_too(volume: Volume) -> None:
    """FAT keeps names in upper case and does not look at the case."""
    volume.write("/readme.txt", b"hello")

    assert volume.read("/ReadMe.Txt") == b"hello"
    assert volume.list()[0].name == "README.TXT"


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 2047, 2048, 2049, 100_000])
def test_a_file_of_any_size_reads_back(volume: Volume, size: int) -> None:
    """The edges of sectors and clusters are where it would go wrong."""
    data = bytes(index % 251 for index in range(size))
    volume.write("/A.BIN", data)

    assert volume.read("/A.BIN") == data
    assert volume.list()[0].size == size


def test_writing_again_replaces_the_contents(
    volume: Volume, sectors: SparseSectors
) -> None:
    """The old clusters are free again: the file shrinks and grows without loss."""
    for size in (10_000, 10, 0, 50_000):
        volume.write("/A.BIN", b"x" * size)

    assert volume.read("/A.BIN") == b"x" * 50_000
    assert find_damage(sectors) == ()


def test_a_file_that_fills_the_disk_can_be_replaced(volume: Volume) -> None:
    """The room of the old contents counts as room for the new ones."""
    most = volume.geometry.clusters * volume.geometry.cluster_bytes
    volume.write("/A.BIN", bytes(most))
    volume.write("/A.BIN", b"1" * most)

    assert volume.read("/A.BIN") == b"1" * most


def test_a_file_that_does_not_fit_leaves_the_old_one(
    volume: Volume, sectors: SparseSectors
) -> None:
    """A refused write changes nothing."""
    volume.write("/A.BIN", b"old")
    with pytest.raises(DiskFullError, match="Delete something first"):
        volume.write("/A.BIN", bytes(17 << 20))

    assert volume.read("/A.BIN") == b"old"
    assert find_damage(sectors) == ()


def test_a_directory_grows_and_the_root_does_not(volume: Volume) -> None:
    """A cluster holds 64 entries; the root has 512 and no more."""
    volume.make_directory("/MANY")
    for number in range(200):
        volume.write(f"/MANY/F{number}", b"")
    assert len(volume.list("/MANY")) == 200

    for number in range(510):  # the label and /MANY stand there too
        volume.write(f"/F{number}", b"")
    with pytest.raises(DiskFullError, match="root directory is full"):
        volume.write("/ONE-MORE", b"")


def test_a_deleted_file_is_gone_and_its_room_is_free(
    volume: Volume, sectors: SparseSectors
) -> None:
    """Its clusters and its entry are used again."""
    for number in range(20):
        volume.write("/BIG.BIN", bytes(10 << 20))
        volume.delete("/BIG.BIN")
        assert not volume.exists("/BIG.BIN"), number

    assert volume.list() == ()
    assert find_damage(sectors) == ()


def test_a_directory_that_is_not_empty_is_not_deleted(volume: Volume) -> None:
    """First what it holds, then the directory."""
    volume.make_directory("/TEMP")
    volume.write("/TEMP/A.TXT", b"a")
    with pytest.raises(WrongKindError, match="not empty"):
        volume.delete("/TEMP")
    volume.delete("/TEMP/A.TXT")
    volume.delete("/TEMP")

    assert volume.list() == ()


def test_renaming_keeps_the_contents(volume: Volume, sectors: SparseSectors) -> None:
    """In the same directory and into another."""
    volume.make_directory("/OLD")
    volume.make_directory("/NEW")
    volume.write("/OLD/A.TXT", b"contents")
    volume.rename("/OLD/A.TXT", "/OLD/B.TXT")
    volume.rename("/OLD/B.TXT", "/NEW/C.TXT")
    volume.rename("/NEW", "/OLD/INNER")

    assert volume.read("/OLD/INNER/C.TXT") == b"contents"
    assert [entry.path for entry in volume.walk()] == [
        "/OLD",
        "/OLD/INNER",
        "/OLD/INNER/C.TXT",
    ]
    assert find_damage(sectors) == ()


REFUSALS: dict[str, tuple[Callable[[Volume], object], type[DiskError], str]] = {
    "long name": (
        lambda v: v.write("/CHANNEL-291.SYS", b""),
        NameRefusedError,
        "11 characters before the dot",
    ),
    "long extension": (
        lambda v: v.write("/A.TOML", b""),
        NameRefusedError,
        "4 characters after the dot",
    ),
    "two dots": (lambda v: v.write("/A.B.C", b""), NameRefusedError, "'.'"),
    "space": (lambda v: v.write("/A B", b""), NameRefusedError, "' '"),
    "umlaut": (lambda v: v.write("/Ä.TXT", b""), NameRefusedError, "'Ä'"),
    "dots for parent": (lambda v: v.read("/DIR/../A"), NameRefusedError, "8.3"),
    "nothing after the dot": (
        lambda v: v.write("/A.", b""),
        NameRefusedError,
        "nothing after the dot",
    ),
    "relative": (lambda v: v.read("A.TXT"), NameRefusedError, "Begin it with /"),
    "the root": (lambda v: v.write("/", b""), NameRefusedError, "Name a file in it"),
    "no file": (lambda v: v.read("/B.TXT"), MissingFileError, "holds: DIR, A.TXT"),
    "no parent": (lambda v: v.write("/NO/A", b""), MissingFileError, "/NO"),
    "file as directory": (
        lambda v: v.write("/A.TXT/B", b""),
        WrongKindError,
        "is a file",
    ),
    "directory as file": (lambda v: v.read("/DIR"), WrongKindError, "is a directory"),
    "write a directory": (lambda v: v.write("/DIR", b""), WrongKindError, "directory"),
    "make twice": (lambda v: v.make_directory("/DIR"), NameTakenError, "already"),
    "rename onto": (lambda v: v.rename("/DIR", "/A.TXT"), NameTakenError, "already"),
    "rename into itself": (
        lambda v: v.rename("/DIR", "/DIR/SUB"),
        WrongKindError,
        "into itself",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_mistake_is_refused_with_words(volume: Volume, name: str) -> None:
    """Each error says what is wrong, and the disk stays as it was."""
    volume.make_directory("/DIR")
    volume.write("/A.TXT", b"a")
    before = [entry.path for entry in volume.walk()]
    act, error, words = REFUSALS[name]
    with pytest.raises(error, match=words):
        act(volume)

    assert [entry.path for entry in volume.walk()] == before


def test_an_image_of_bytes_cannot_be_written() -> None:
    """The message says what to give instead."""
    volume = Volume(SectorsOfBuffer(make_image({})))

    with pytest.raises(DiskError, match="Give the volume a bytearray"):
        volume.write("/A.TXT", b"a")


def test_a_label_that_does_not_fit_is_refused() -> None:
    """A volume label has room for eleven characters."""
    with pytest.raises(NameRefusedError, match="not a volume label"):
        make_image({}, label="MUCH TOO LONG")


def test_a_volume_works_over_any_disk_with_two_methods() -> None:
    """A base image and an overlay, as the disk of a running machine has them."""

    class Overlay:
        def __init__(self, base: bytes) -> None:
            self.base = SectorsOfBuffer(base)
            self.sectors = self.base.sectors
            self.written: dict[int, bytes] = {}

        def read(self, number: int) -> bytes:
            return self.written.get(number) or self.base.read(number)

        def write(self, number: int, data: bytes) -> None:
            self.written[number] = data

    base = make_image(FILES)
    overlay = Overlay(base)
    Volume(overlay).write("/SYSTEM/SERVICES.INI", b"[changed]\n")

    assert Volume(overlay).read("/SYSTEM/SERVICES.INI") == b"[changed]\n"
    assert base == make_image(FILES)
    assert len(overlay.written) <= 3  # the data, the FAT, the entry
