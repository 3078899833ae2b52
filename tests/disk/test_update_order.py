"""The kernel writes sectors in the order that update.c says, whatever it is to do.

The C itself, built for this host. Each test does one thing, names the kinds of sectors
that were written, in order, and looks at what a power cut behind each of them leaves.
"""

from __future__ import annotations

import contextlib
import dataclasses

import pytest

from minios.abi.disk_layout import SECTOR_SIZE
from minios.abi.enumerations import FILE
from minios.machine.disk_image import DiskImage
from tests.disk.kernel_disk import (
    CREATE,
    FOR_EVER,
    NEW,
    ONLY_NEW,
    READ,
    SMALL,
    WRITE,
    KernelDisk,
    Library,
    RefusedError,
    blank_volume,
    build,
    worse_than_lost,
)

pytestmark = pytest.mark.witness

A = b"a" * 1300  # three clusters
B = b"b" * 700
ENTRIES = SECTOR_SIZE // 32
FOLDER = 2  # entries of "." and ".."
READ_ONLY, HIDDEN, FOLDER_FLAG = FILE["READ_ONLY"], FILE["HIDDEN"], FILE["FOLDER"]


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The kernel's file system."""
    return build(tmp_path_factory.mktemp("disk"))


@pytest.fixture(name="disk")
def mounted_disk(library: Library) -> KernelDisk:
    """A volume with /A, /D/B and not much else."""
    return library.mount(blank_volume({"/A": A, "/D/B": B}))


def test_a_new_file_is_empty_until_it_is_closed(disk: KernelDisk) -> None:
    """Entry; bytes; FAT, entry."""
    with disk.cuts() as cuts:
        disk.put("/C", b"c" * 600)

    assert cuts.regions == ["root", "data", "data", "fat", "root"]
    assert [files["/C"] for files in cuts.files] == [b""] * 4 + [b"c" * 600]
    assert disk.damage() == ()


def test_a_file_is_replaced_in_one_sector_write(disk: KernelDisk) -> None:
    """Bytes; FAT, entry, FAT: the old clusters are free when no entry leads there."""
    with disk.cuts() as cuts:
        disk.put("/A", B)

    assert cuts.regions == ["data", "data", "fat", "root", "fat"]
    assert [files["/A"] for files in cuts.files] == [A] * 3 + [B] * 2
    assert disk.damage() == ()


def test_a_file_that_grows_is_the_old_one_until_it_is_closed(disk: KernelDisk) -> None:
    """No chain is ever longer or shorter than its size says."""
    with disk.cuts() as cuts:
        handle = disk.open("/A", WRITE)
        disk.write(handle, len(A), B)
        disk.close(handle)

    assert cuts.regions[-3:] == ["fat", "root", "fat"]
    assert {files["/A"] for files in cuts.files} == {A, A + B}
    assert disk.damage() == ()


def test_a_byte_that_is_changed_is_changed_in_a_copy(disk: KernelDisk) -> None:
    """So that a cut cannot leave half of what was written."""
    with disk.cuts() as cuts:
        handle = disk.open("/A", WRITE)
        disk.write(handle, 510, b"1234")
        disk.close(handle)

    new = A[:510] + b"1234" + A[514:]
    assert [files["/A"] for files in cuts.files][-3:] == [A, new, new]
    assert disk.damage() == ()


def test_a_file_that_is_opened_and_closed_costs_no_write(disk: KernelDisk) -> None:
    """Nor does one that is made anew and stays empty, but for its entry."""
    with disk.cuts() as cuts:
        disk.close(disk.open("/A", READ))
        disk.close(disk.open("/A", WRITE))
    assert cuts.regions == []

    with disk.cuts() as cuts:
        disk.close(disk.open("/C", NEW))
    assert cuts.regions == ["root"]


def test_a_file_is_removed_before_its_clusters_are_free(disk: KernelDisk) -> None:
    """Entry, FAT."""
    with disk.cuts() as cuts:
        disk.unlink("/A")

    assert cuts.regions == ["root", "fat"]
    assert disk.damage() == ()


def test_a_rename_in_its_folder_is_one_write(disk: KernelDisk) -> None:
    """The entry keeps its place."""
    with disk.cuts() as cuts:
        disk.rename("/A", "/C")

    assert cuts.regions == ["root"]
    assert disk.files == {"/C": A, "/D/B": B}


def test_a_rename_over_a_file_in_the_sector_is_one_write(disk: KernelDisk) -> None:
    """Both entries at once; then the replaced file's clusters are free."""
    disk.put("/C", B)
    with disk.cuts() as cuts:
        disk.rename("/A", "/C")

    assert cuts.regions == ["root", "fat"]
    assert {tuple(sorted(files)) for files in cuts.files} == {("/C", "/D/B")}
    assert [files["/C"] for files in cuts.files] == [A, A]
    assert disk.damage() == ()


def test_a_rename_to_another_folder_copies_the_bytes(disk: KernelDisk) -> None:
    """Bytes, FAT, new entry, old entry, FAT: no cluster ever has two owners."""
    with disk.cuts() as cuts:
        disk.rename("/A", "/D/C")

    assert cuts.regions == ["data"] * 3 + ["fat", "data", "root", "fat"]
    both, one = {"/A", "/D/B", "/D/C"}, {"/D/B", "/D/C"}
    assert [set(files) for files in cuts.files][3:] == [{"/A", "/D/B"}, both, one, one]
    assert disk.files == {"/D/B": B, "/D/C": A}
    assert disk.damage() == ()


def test_a_rename_over_a_file_in_another_folder(disk: KernelDisk) -> None:
    """The same, and the clusters of both old files are free at the end."""
    with disk.cuts() as cuts:
        disk.rename("/A", "/D/B")

    assert [files["/D/B"] for files in cuts.files] == [B] * 4 + [A] * 4
    assert disk.files == {"/D/B": A}
    assert disk.damage() == ()


def test_a_rename_over_a_file_in_another_sector_of_the_folder(
    library: Library,
) -> None:
    """One write cannot do it, so it is a copy."""
    many = {f"/F{number}": b"" for number in range(2 * ENTRIES)}
    disk = library.mount(blank_volume({"/A": A, **many, "/Z": B}))
    with disk.cuts() as cuts:
        disk.rename("/A", "/Z")

    assert cuts.regions[3:] == ["fat", "root", "root", "fat", "fat"]
    assert disk.files == {**many, "/Z": A}
    assert disk.damage() == ()


def test_a_folder_that_is_full_grows_by_a_cluster_of_zeros(
    library: Library,
) -> None:
    """Zeros, FAT, FAT, entry: no cut leaves entries that are noise."""
    full = {f"/D/F{number}": b"" for number in range(ENTRIES - FOLDER)}
    noise = b"\xaa" * SECTOR_SIZE * 4  # where the folder will grow into
    disk = library.mount(blank_volume({**full, "/A": noise}))
    disk.unlink("/A")
    with disk.cuts() as cuts:
        disk.close(disk.open("/D/ONE", CREATE))

    assert cuts.regions == ["data", "fat", "fat", "data"]
    assert disk.files == {**full, "/D/ONE": b""}
    assert disk.damage() == ()


def test_a_root_directory_that_is_full_refuses(library: Library) -> None:
    """It cannot grow; nothing is written."""
    full = {f"/F{number}": b"" for number in range(SMALL.root_entries - 2)}
    disk = library.mount(blank_volume(full))
    with disk.cuts() as cuts, pytest.raises(RefusedError, match="NO_SPACE"):
        disk.open("/ONE", CREATE)

    assert cuts.regions == []


def test_a_chain_over_several_sectors_of_the_fat(library: Library) -> None:
    """Whatever of them a cut leaves, nobody looks: no entry leads there."""
    disk = library.mount(blank_volume({"/A": bytes(200 * SECTOR_SIZE)}))
    large = b"l" * (400 * SECTOR_SIZE)
    with disk.cuts() as cuts:
        disk.put("/L", large)
    assert cuts.regions == ["root", *["data"] * 400, *["fat"] * 3, "root"]

    with disk.cuts() as cuts:
        disk.unlink("/L")
    assert cuts.regions == ["root", *["fat"] * 3]
    assert disk.damage() == ()


def test_a_second_fat_is_written_as_well(library: Library) -> None:
    """Disks that others have made often have one."""
    disk = library.mount(
        blank_volume({"/A": A}, geometry=dataclasses.replace(SMALL, fats=2))
    )
    disk.put("/A", B)
    disk.rename("/A", "/D/A")

    assert disk.files == {"/D/A": B}
    assert disk.damage() == ()


def test_a_clone_is_whole_or_not_there(disk: KernelDisk) -> None:
    """Bytes, FAT, entry; then each of both goes its own way."""
    with disk.cuts() as cuts:
        disk.clone("/A", "/D/C")

    assert cuts.regions == ["data"] * 3 + ["fat", "data"]
    assert [files.get("/D/C") for files in cuts.files] == [None] * 4 + [A]
    disk.put("/A", B)
    assert disk.files == {"/A": B, "/D/B": B, "/D/C": A}
    assert disk.damage() == ()


def test_a_clone_of_a_draft_has_what_its_handles_see(disk: KernelDisk) -> None:
    """The file itself is as it was until it is closed."""
    handle = disk.open("/A", WRITE)
    disk.write(handle, 0, b"new")
    disk.clone("/A", "/C")
    assert disk.files == {"/A": A, "/C": b"new" + A[3:], "/D/B": B}
    disk.close(handle)
    assert disk.damage() == ()


def test_flags_and_dates_are_changed_in_one_write(disk: KernelDisk) -> None:
    """The bytes are as they were, and so are the flags after a new date."""
    with disk.cuts() as cuts:
        disk.set_flags("/A", HIDDEN)
        disk.set_times("/A", 20 << 9 | 2 << 5 | 29, 1 << 11 | 2 << 5 | 3)
        disk.set_flags("/D", HIDDEN | FOLDER_FLAG)

    assert cuts.regions == ["root"] * 3
    assert disk.files == {"/A": A, "/D/B": B}
    assert disk.damage() == ()


def test_a_file_that_is_made_shorter_is_the_old_one_until_it_is_closed(
    disk: KernelDisk,
) -> None:
    """Only what is kept is copied; a draft loses its clusters at once."""
    with disk.cuts() as cuts:
        handle = disk.open("/A", WRITE)
        disk.truncate(handle, 600)
        assert disk.read(handle) == A[:600]
        disk.truncate(handle, 500)
        disk.write(handle, 500, b"end")
        disk.close(handle)

    assert cuts.regions == ["data", "data", "data", "fat", "root", "fat"]
    assert {files["/A"] for files in cuts.files} == {A, A[:500] + b"end"}
    assert disk.damage() == ()


# ---- Open files.


def test_handles_to_one_file_agree(disk: KernelDisk) -> None:
    """What one writes, the other reads, before any of it is on the disk."""
    reader, writer = disk.open("/A", READ), disk.open("/A", WRITE)
    disk.write(writer, 0, b"new")

    assert disk.read(reader) == b"new" + A[3:]
    assert disk.files["/A"] == A
    disk.close(reader)
    assert disk.files["/A"] == A
    disk.close(writer)
    assert disk.files["/A"] == b"new" + A[3:]


def test_a_file_that_was_closed_is_safe_while_another_handle_writes_on(
    disk: KernelDisk,
) -> None:
    """Every close publishes what has been written; the next write makes a draft."""
    one, other = disk.open("/A", NEW), disk.open("/A", WRITE)
    disk.write(one, 0, b"one")
    disk.close(one)
    disk.write(other, 3, b"two")
    assert disk.files["/A"] == b"one"
    disk.close(other)

    assert disk.files["/A"] == b"onetwo"
    assert disk.damage() == ()


def test_truncating_keeps_the_old_bytes_until_the_file_is_closed(
    disk: KernelDisk,
) -> None:
    """On the disk; every handle sees the file empty at once."""
    handle = disk.open("/A", NEW)
    assert disk.read(handle) == b""
    assert disk.files["/A"] == A
    disk.close(handle)

    assert disk.files["/A"] == b""
    assert disk.damage() == ()


@pytest.mark.parametrize("written", [b"", b"draft"])
def test_a_file_that_is_removed_stays_for_those_who_have_it_open(
    disk: KernelDisk, written: bytes
) -> None:
    """Its clusters are free when the last of them closes it."""
    with disk.cuts():
        handle = disk.open("/A", READ | WRITE)
        if written:
            disk.write(handle, 0, written)
        disk.unlink("/A")
        disk.put("/NEXT", B)  # must not get the clusters
        assert disk.read(handle) == written + A[len(written) :]
        disk.write(handle, len(A), b"more")
        assert disk.read(handle)[len(A) :] == b"more"
        disk.close(handle)

    assert disk.files == {"/D/B": B, "/NEXT": B}
    assert disk.damage() == ()
    assert disk.blocks_in_use == 0


@pytest.mark.parametrize("target", ["/C", "/D/B", "/D/C"])
@pytest.mark.parametrize("written", [b"", b"draft"])
def test_a_handle_goes_with_a_file_that_is_renamed(
    disk: KernelDisk, target: str, written: bytes
) -> None:
    """Also to another folder, where the bytes lie in other clusters."""
    handle = disk.open("/A", READ | WRITE)
    if written:
        disk.write(handle, 0, written)
    disk.rename("/A", target)
    assert disk.files[target] == A
    disk.write(handle, len(A), b"more")
    disk.close(handle)

    assert disk.files[target] == written + A[len(written) :] + b"more"
    assert "/A" not in disk.files
    assert disk.damage() == ()


@pytest.mark.parametrize("path", ["/C", "/D/B"])
def test_a_file_that_is_replaced_stays_for_those_who_have_it_open(
    disk: KernelDisk, path: str
) -> None:
    """They read the old bytes, never a mixture; what they write goes nowhere."""
    disk.put("/C", B)
    reader, writer = disk.open(path, READ), disk.open(path, WRITE)
    disk.rename("/A", path)
    assert disk.read(reader) == B
    disk.write(writer, 0, b"late")
    disk.close(writer)
    disk.close(reader)

    assert disk.files[path] == A
    assert disk.damage() == ()
    assert disk.blocks_in_use == 0


def test_a_place_that_is_used_again_is_not_the_old_file(disk: KernelDisk) -> None:
    """A handle to a deleted file does not see what comes to stand there."""
    handle = disk.open("/A", READ)
    disk.unlink("/A")
    disk.put("/C", b"another")  # in the entry that /A had

    assert disk.read(handle) == A
    disk.close(handle)
    assert disk.files["/C"] == b"another"


MANY = {f"/D/E/F{number}": b"" for number in range(3 * ENTRIES)}
FOLDERS = ("/C", "/D", "/D/E")


@pytest.mark.parametrize("path", ["/A", "/D/B", "/D/E/F0", f"/D/E/F{3 * ENTRIES - 1}"])
def test_the_path_of_an_open_file_is_found_from_its_entry(
    library: Library, path: str
) -> None:
    """In the root, in a folder, and at the end of one that has several clusters."""
    files = {"/A": A, "/D/B": B, **MANY}
    disk = library.mount(blank_volume(files, folders=FOLDERS))
    assert disk.path(disk.open(path, READ)) == path


def test_the_path_of_an_open_file_is_right_after_every_rename(library: Library) -> None:
    """Of the file, also to another folder, and of the folder in which it lies."""
    disk = library.mount(blank_volume({"/A": A, **MANY}, folders=FOLDERS))
    handle = disk.open("/A", READ)
    disk.rename("/A", "/D/E/LONGNAME.EXT")
    disk.rename("/D", "/X")
    assert disk.path(handle) == "/X/E/LONGNAME.EXT"

    disk.unlink("/X/E/LONGNAME.EXT")
    with pytest.raises(RefusedError, match="NOT_FOUND"):
        disk.path(handle)


# ---- What is refused, and what fails.


REFUSALS = {
    "a hole": lambda disk: disk.write(disk.open("/A", WRITE), len(A) + 1, b"x"),
    "a folder opened": lambda disk: disk.open("/D", READ),
    "a folder removed": lambda disk: disk.unlink("/D"),
    "a folder over a file": lambda disk: disk.rename("/D", "/A"),
    "a folder into itself": lambda disk: disk.rename("/D", "/D/B"),
    "a folder to a folder": lambda disk: disk.rename("/D", "/E/D"),
    "a file over a folder": lambda disk: disk.rename("/A", "/D"),
    "nothing": lambda disk: disk.rename("/NO", "/YES"),
    "a new file that exists": lambda disk: disk.open("/A", NEW | ONLY_NEW),
    "made shorter to more": lambda disk: disk.truncate(disk.open("/A", WRITE), 1301),
    "a read-only file written": lambda disk: disk.open("/D/RO", WRITE),
    "a read-only file removed": lambda disk: disk.unlink("/D/RO"),
    "a read-only file replaced": lambda disk: disk.rename("/A", "/D/RO"),
    "a file made a folder": lambda disk: disk.set_flags("/A", FOLDER_FLAG),
    "a folder made a file": lambda disk: disk.set_flags("/D", HIDDEN),
    "a flag that is none": lambda disk: disk.set_flags("/A", 64),
    "a clone over a file": lambda disk: disk.clone("/A", "/D/B"),
    "a clone of a folder": lambda disk: disk.clone("/D", "/F"),
    "a clone of nothing": lambda disk: disk.clone("/NO", "/C"),
    "a clone in no folder": lambda disk: disk.clone("/A", "/NO/C"),
    "29 February 2100": lambda disk: disk.set_times("/A", 120 << 9 | 2 << 5 | 29, 0),
    "no month": lambda disk: disk.set_times("/A", 20 << 9 | 29, 0),
    "24 o'clock": lambda disk: disk.set_times("/A", 20 << 9 | 2 << 5 | 1, 24 << 11),
    "no folder": lambda disk: disk.rename("/A", "/NO/A"),
    "no name": lambda disk: disk.rename("/A", "/TOO-LONG-A-NAME"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_writes_nothing(library: Library, name: str) -> None:
    """Nor does it leave anything to be written later."""
    files = {"/A": A, "/D/B": B, "/D/RO": B}
    disk = library.mount(blank_volume(files, folders=("/D", "/E")))
    disk.set_flags("/D/RO", READ_ONLY)
    with disk.cuts() as cuts, pytest.raises(RefusedError):
        REFUSALS[name](disk)

    assert cuts.regions == []
    assert disk.files == files


CHANGES = {
    "open to write": lambda disk: disk.open("/A", WRITE),
    "make": lambda disk: disk.open("/C", READ | CREATE),
    "unlink": lambda disk: disk.unlink("/A"),
    "rename": lambda disk: disk.rename("/A", "/C"),
    "clone": lambda disk: disk.clone("/A", "/C"),
    "set_flags": lambda disk: disk.set_flags("/A", HIDDEN),
    "set_times": lambda disk: disk.set_times("/A", 20 << 9 | 2 << 5 | 1, 0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_disk_that_is_read_only_is_not_written(disk: KernelDisk, name: str) -> None:
    """It can be read, also by who may write; afterwards all is possible again."""
    handle = disk.open("/A", READ | WRITE)
    disk.remount(read_only=True)
    with disk.cuts() as cuts:
        with pytest.raises(RefusedError, match="READ_ONLY"):
            CHANGES[name](disk)
        with pytest.raises(RefusedError, match="READ_ONLY"):
            disk.write(handle, 0, b"new")
        with pytest.raises(RefusedError, match="READ_ONLY"):
            disk.truncate(handle, 0)
        assert disk.read(handle) == disk.read(disk.open("/A", READ)) == A
        disk.close(handle)
    assert cuts.regions == []

    disk.remount(read_only=False)
    CHANGES[name](disk)


def test_a_disk_does_not_become_read_only_under_a_draft(disk: KernelDisk) -> None:
    """What was written would be lost; a deleted file still has to be freed."""
    handle = disk.open("/A", READ | WRITE)
    disk.write(handle, 0, b"new")
    with pytest.raises(RefusedError, match="BUSY"):
        disk.remount(read_only=True)
    disk.close(handle)

    reader = disk.open("/A", READ)
    disk.unlink("/A")
    with pytest.raises(RefusedError, match="BUSY"):
        disk.remount(read_only=True)
    disk.close(reader)
    disk.remount(read_only=True)


def fill(disk: KernelDisk, *, leave: int) -> None:
    """Leave so many clusters free."""
    clusters = SMALL.clusters - 3 - 2 - 1 - leave  # /A, /D/B, /D
    disk.put("/FULL", bytes(clusters * SECTOR_SIZE))


def test_a_disk_that_gets_full_keeps_the_old_file(disk: KernelDisk) -> None:
    """Nothing leaks, and closing says why, so that nobody takes it for done."""
    fill(disk, leave=4)
    handle = disk.open("/A", NEW)
    disk.write(handle, 0, b"x" * 3 * SECTOR_SIZE)
    with pytest.raises(RefusedError, match="NO_SPACE"):
        disk.write(handle, 3 * SECTOR_SIZE, b"x" * 2 * SECTOR_SIZE)
    disk.unlink("/D/B")  # too late for this draft
    with pytest.raises(RefusedError, match="NO_SPACE"):
        disk.write(handle, 3 * SECTOR_SIZE, b"x")
    assert disk.read(handle) == b"x" * 3 * SECTOR_SIZE
    with pytest.raises(RefusedError, match="NO_SPACE"):
        disk.close(handle)

    assert disk.files["/A"] == A
    assert disk.damage() == ()
    disk.put("/C", b"c" * (4 + 2) * SECTOR_SIZE)  # all that was free is free again
    assert disk.damage() == ()


def test_a_copy_that_does_not_fit_leaves_all_as_it_was(disk: KernelDisk) -> None:
    """A draft of a file, or a rename that has to copy."""
    fill(disk, leave=2)
    with disk.cuts() as cuts:
        handle = disk.open("/A", WRITE)
        with pytest.raises(RefusedError, match="NO_SPACE"):
            disk.write(handle, 0, b"x")
        with pytest.raises(RefusedError, match="NO_SPACE"):
            disk.close(handle)
        with pytest.raises(RefusedError, match="NO_SPACE"):
            disk.rename("/A", "/D/C")
        disk.put("/C", b"c" * 2 * SECTOR_SIZE)

    assert cuts.after["/A"] == A
    assert disk.damage() == ()


def test_a_folder_that_cannot_grow_refuses(library: Library) -> None:
    """And the cluster that was to be had stays free."""
    full = {f"/D/F{number}": b"" for number in range(ENTRIES - FOLDER)}
    disk = library.mount(blank_volume({**full, "/A": A, "/D/F0": B}))
    fill(disk, leave=0)
    with pytest.raises(RefusedError, match="NO_SPACE"):
        disk.open("/D/ONE", CREATE)

    assert disk.damage() == ()


def test_a_chain_that_is_too_short_is_not_written_behind(library: Library) -> None:
    """Not even by those who have the file open after its entry is gone."""
    image = bytearray(blank_volume({"/A": A}))
    fat = SMALL.reserved_sectors * SECTOR_SIZE
    first = image.index(A) // SECTOR_SIZE - SMALL.first_data + 2
    image[fat + 2 * first : fat + 2 * first + 2] = b"\xff\xff"
    disk = library.mount(bytes(image))
    handle = disk.open("/A", WRITE)
    with pytest.raises(RefusedError, match="IO_ERROR"):
        disk.rename("/A", "/D/A")
    disk.unlink("/A")
    with disk.cuts() as cuts, pytest.raises(RefusedError, match="IO_ERROR"):
        disk.write(handle, len(A), b"x" * 600)

    assert cuts.regions == []


DEEDS = {
    "replace": lambda disk: disk.put("/A", B),
    "remove": lambda disk: disk.unlink("/A"),
    "rename": lambda disk: disk.rename("/A", "/D/B"),
    "grow": lambda disk: disk.put("/D/ONE", B),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("again", DEEDS)
def test_a_disk_that_fails_anywhere_costs_lost_clusters_at_most(
    library: Library, deed: str, again: str
) -> None:
    """After so many sectors every write fails; then it works again, and so do we."""
    full = {f"/D/F{number}": b"" for number in range(ENTRIES - FOLDER - 1)}
    image = blank_volume({**full, "/A": A, "/D/B": B})
    for sectors in range(12):
        disk = library.mount(image)
        before = disk.files
        disk.fail_after(sectors)
        with contextlib.suppress(RefusedError):
            DEEDS[deed](disk)
        disk.fail_after(FOR_EVER)
        half = disk.files
        assert worse_than_lost(DiskImage(disk.image)) == []
        assert before.keys() - half.keys() <= {"/A"}

        with contextlib.suppress(RefusedError):
            DEEDS[again](disk)
        assert worse_than_lost(DiskImage(disk.image)) == []
        assert disk.blocks_in_use == 0
