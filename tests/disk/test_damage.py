"""A disk that is damaged says what is wrong, and never crashes its reader."""

from __future__ import annotations

import contextlib
import dataclasses
import struct
from collections.abc import Callable
from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.disk import (
    DamagedVolumeError,
    DiskError,
    Sectors,
    SectorsOfBuffer,
    SparseSectors,
    Volume,
    find_damage,
    make_image,
)
from minios.disk.geometry import minios_geometry
from minios.disk.image import format_volume

FILES = {"/A.BIN": b"a" * 5000, "/DIR/B.BIN": b"b" * 9000}
FAT = 136 * 512
ROOT = 168 * 512
DATA = 200 * 512


@cache
def image() -> bytes:
    """A sound disk with the files."""
    return make_image(FILES)


def changed(offset: int, data: bytes) -> SectorsOfBuffer:
    """The image with some bytes replaced."""
    found = bytearray(image())
    found[offset : offset + len(data)] = data
    return SectorsOfBuffer(found)


def fat_entry(cluster: int, value: int) -> SectorsOfBuffer:
    """The image with one entry of the table replaced."""
    return changed(FAT + cluster * 2, struct.pack("<H", value))


def two_tables_that_differ() -> SparseSectors:
    """A volume with a second table, of which a sector was not written."""
    sectors = SparseSectors()
    geometry = dataclasses.replace(minios_geometry(), fats=2)
    volume = format_volume(sectors, geometry=geometry)
    second = geometry.reserved_sectors + geometry.fat_sectors
    before = sectors.read(second)
    volume.write("/A.BIN", b"a")
    sectors.write(second, before)
    return sectors


@pytest.mark.parametrize(
    ("length", "words"),
    [(0, "0 sectors"), (511, "0 sectors"), (512, "cut short"), (1 << 20, "cut short")],
)
def test_a_cut_image_is_named_as_such(length: int, words: str) -> None:
    """However short it is."""
    with pytest.raises(DamagedVolumeError, match=words):
        Volume(SectorsOfBuffer(image()[:length]))


@pytest.mark.parametrize(
    ("offset", "data", "words"),
    [
        (510, b"\0\0", "instead of 55 aa"),
        (11, b"\0\x10", "sectors of 4096 bytes"),
        (13, b"\3", "not a power of two"),
        (13, b"\0", "not a power of two"),
        (13, b"\x80", "FAT16 has 4085 to 65524"),
        (16, b"\0", "no FAT"),
        (22, b"\1\0", "too small"),
    ],
    ids=str,
)
def test_a_false_boot_sector_is_refused(offset: int, data: bytes, words: str) -> None:
    """Each number that everything else is computed from is looked at."""
    with pytest.raises(DamagedVolumeError, match=words):
        Volume(changed(offset, data))


@pytest.mark.parametrize(
    ("cluster", "value", "words"),
    [
        (2, 0, "0x0000, which is no cluster"),
        (3, 2, "a loop"),
        (3, 0xFFF7, "0xfff7, which is no cluster"),
        (3, 0x2000, "0x2000, which is no cluster"),
        (2, 0xFFFF, "ends after 2048"),
    ],
    ids=str,
)
def test_a_broken_chain_is_named(cluster: int, value: int, words: str) -> None:
    """Reading the file says where its chain goes wrong, and so does the survey."""
    sectors = fat_entry(cluster, value)

    with pytest.raises(DamagedVolumeError, match=words):
        Volume(sectors).read("/A.BIN")
    assert find_damage(sectors)


def test_a_sound_volume_has_no_damage() -> None:
    """The survey is silent about what we make ourselves."""
    assert find_damage(SectorsOfBuffer(image())) == ()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (two_tables_that_differ, "FAT 1 and FAT 2 differ"),
        (
            partial(fat_entry, 100, 0xFFFF),
            "1 clusters belong to no file, the first is 100",
        ),
        (partial(changed, ROOT + 32 + 28, b"\1\0\0\0"), "/A.BIN has 1 bytes"),
        (partial(changed, ROOT + 64, b"A       BIN"), "/A.BIN stands twice"),
        (partial(changed, ROOT + 64 + 26, b"\0\0"), "/DIR has no cluster"),
        (
            partial(changed, ROOT + 64 + 26, b"\2\0"),
            "cluster 2 belongs to /A.BIN and to /DIR",
        ),
        (partial(changed, 0, bytes(512)), "not the boot sector"),
    ],
    ids=["copies", "lost", "size", "twice", "no cluster", "shared", "no volume"],
)
def test_the_survey_finds(make: Callable[[], Sectors], words: str) -> None:
    """One sentence for each contradiction."""
    assert any(words in sentence for sentence in find_damage(make()))


def test_a_directory_that_holds_itself_ends() -> None:
    """Walking such a disk is refused after a while instead of never ending."""
    own_cluster = image()[ROOT + 64 + 26 : ROOT + 64 + 28]
    (cluster,) = struct.unpack("<H", own_cluster)
    inner = DATA + (cluster - 2) * 2048 + 64
    sectors = changed(inner, b"LOOP       \x10".ljust(26, b"\0") + own_cluster)

    with pytest.raises(DamagedVolumeError, match="a directory contains itself"):
        list(Volume(sectors).walk())
    assert find_damage(sectors)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.integers(0, 511),
                st.integers(FAT, FAT + 64),
                st.integers(ROOT, ROOT + 128),
            ),
            st.integers(0, 255),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_random_damage_raises_nothing_but_disk_errors(
    changes: list[tuple[int, int]],
) -> None:
    """Whatever stands in the boot sector, the table or the root."""
    found = bytearray(image())
    for offset, value in changes:
        found[offset] = value
    sectors = SectorsOfBuffer(found)

    assert isinstance(find_damage(sectors), tuple)
    with contextlib.suppress(DiskError):
        volume = Volume(sectors)
        for entry in volume.walk():
            assert entry.is_directory or len(volume.read(entry.path)) == entry.size
