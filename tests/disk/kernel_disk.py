"""The kernel's file system as a library of this host, over a disk in memory.

disk = KernelDisk(library, blank_volume({"/A": b"a"}))
with disk.cuts() as cuts:        # every state between two sector writes is looked at
    file = disk.open("/A", WRITE)
    disk.write(file, 0, b"b")
    disk.close(file)
assert cuts.regions == ["data", "fat", "root", "fat"]
"""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from minios.abi.disk_layout import FILE_DATE
from minios.abi.enumerations import OPEN
from minios.abi.errors import ERRORS
from minios.abi.structures import PATH_SIZE
from minios.dev.power_cuts import Files, read_files, wrong_files
from minios.disk import SectorsOfBuffer, SparseSectors, find_damage
from minios.disk.geometry import Geometry
from minios.disk.image import format_volume
from minios.machine.disk_image import SECTOR_BYTES, DiskImage
from tests import c_library

READ: Final = OPEN["READ"]
WRITE: Final = OPEN["WRITE"]
CREATE: Final = OPEN["CREATE"]
TRUNCATE: Final = OPEN["TRUNCATE"]
ONLY_NEW: Final = OPEN["ONLY_NEW"]
NEW: Final = WRITE | CREATE | TRUNCATE

_KERNEL: Final = (
    "attributes",
    "volume",
    "directory",
    "long_name",
    "content",
    "update",
    "open_files",
    "files",
)
_CALLS: Final = (
    *("mount", "open", "close", "read", "write", "unlink", "rename", "path"),
    *("truncate", "clone", "remount", "set_flags", "set_times"),
)
FOR_EVER: Final = 0xFFFF_FFFF
_LOG_LIMIT: Final = 20_000
_NAMES: Final = {-number: name for name, number, _ in ERRORS}
SMALL: Final = Geometry(
    sectors=4160,
    sectors_per_cluster=1,
    reserved_sectors=2,
    fats=1,
    fat_sectors=17,
    root_entries=64,
)
"""As small as FAT16 can be, so that its files cross borders of all kinds soon."""


class Library:
    """The compiled C. Each disk gets a copy, whose variables nobody has touched."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = count()

    def mount(self, image: bytes) -> KernelDisk:
        """A machine that has just started, with a copy of this disk."""
        copy = self._path.with_suffix(f".{next(self._numbers)}")
        shutil.copyfile(self._path, copy)
        return KernelDisk(ctypes.CDLL(str(copy)), image)


def build(folder: Path) -> Library:
    """Compile it."""
    sources = [f"minios/kernel/disk/{name}.c" for name in _KERNEL]
    sources += ["minios/kernel/library/text.c", "tests/disk/disk_host.c"]
    flags = ["-std=c17", "-fPIC", "-ffreestanding"]
    flags += ["-Iminios/kernel", "-Iminios/abi/include"]
    return Library(c_library.build(folder / "disk.library", *flags, sources=sources))


def blank_volume(
    files: Mapping[str, bytes],
    *,
    folders: tuple[str, ...] = ("/D",),
    geometry: Geometry = SMALL,
) -> bytes:
    """A small volume with these folders and files."""
    sectors = SparseSectors(geometry.sectors)
    volume = format_volume(sectors, geometry=geometry)
    for path in folders:
        volume.make_directory(path)
    for path, data in files.items():
        volume.write(path, data)
    return sectors.to_bytes()


def region(number: int) -> str:
    """What kind of sector it is."""
    if number < SMALL.reserved_sectors:
        return "reserved"
    if number < SMALL.first_root:
        return "fat"
    return "root" if number < SMALL.first_data else "data"


class RefusedError(Exception):
    """The kernel's answer is an error; its name is the argument."""


class FullError(RefusedError):
    """There is no room."""


@dataclass(slots=True)
class Cuts:
    """What was written, and every state of the disk on the way."""

    before: Files
    after: Files = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    states: list[DiskImage] = field(default_factory=list)

    @property
    def regions(self) -> list[str]:
        """The kinds of the sectors that were written, in order."""
        return [region(number) for number in self.numbers]

    @property
    def files(self) -> list[Files]:
        """What a cut behind each write leaves."""
        return [read_files(state) for state in self.states]


class KernelDisk:
    """A machine that has mounted a disk, reduced to its file system."""

    def __init__(self, library: ctypes.CDLL, image: bytes) -> None:
        self._library = library
        for name in _CALLS:
            getattr(library, f"files_{name}").restype = ctypes.c_long
        sectors = ctypes.c_uint64(len(image) // SECTOR_BYTES)
        self._bytes = (ctypes.c_uint8 * len(image)).from_buffer_copy(image)
        self._log = (ctypes.c_uint8 * (_LOG_LIMIT * (4 + SECTOR_BYTES)))()
        library.host_insert_disk(self._bytes, sectors, self._log, _LOG_LIMIT)
        self._check(library.files_mount(FILE_DATE))

    # ---- What a process can do.

    def open(self, path: str, flags: int) -> tuple[int, int]:
        """A handle: the kernel's pointer, and the flags."""
        file = ctypes.c_void_p()
        self._check(self._library.files_open(path.encode(), flags, ctypes.byref(file)))
        assert file.value is not None
        return file.value, flags

    def close(self, handle: tuple[int, int]) -> None:
        """Close it; what was written is on the disk then."""
        file, flags = handle
        changed = ctypes.c_bool()
        result = self._library.files_close(
            ctypes.c_void_p(file), flags, ctypes.byref(changed)
        )
        self._check(result)

    def write(self, handle: tuple[int, int], offset: int, data: bytes) -> int:
        """Write through a handle."""
        size = ctypes.c_size_t(len(data))
        file = ctypes.c_void_p(handle[0])
        return self._check(self._library.files_write(file, offset, data, size))

    def read(self, handle: tuple[int, int], offset: int = 0) -> bytes:
        """Read through a handle, to the end."""
        buffer = ctypes.create_string_buffer(1 << 20)
        file, size = ctypes.c_void_p(handle[0]), ctypes.c_size_t(len(buffer))
        got = self._check(self._library.files_read(file, offset, buffer, size))
        return buffer.raw[:got]

    def put(self, path: str, data: bytes) -> None:
        """Make or replace a file."""
        handle = self.open(path, NEW)
        try:
            self.write(handle, 0, data)
        finally:
            self.close(handle)

    def truncate(self, handle: tuple[int, int], size: int) -> None:
        """Make it shorter through a handle."""
        file = ctypes.c_void_p(handle[0])
        self._check(self._library.files_truncate(file, ctypes.c_uint32(size)))

    def clone(self, path: str, to: str) -> None:
        """Copy a file to a new name."""
        self._check(self._library.files_clone(path.encode(), to.encode()))

    def remount(self, read_only: bool) -> None:
        """Let no file be changed, or let it again."""
        self._check(self._library.files_remount(ctypes.c_bool(read_only)))

    def set_flags(self, path: str, flags: int) -> None:
        """Set the FILE_ bits of a file or folder."""
        self._check(self._library.files_set_flags(path.encode(), flags))

    def set_times(self, path: str, date: int, time: int) -> None:
        """Set when it was written."""
        self._check(self._library.files_set_times(path.encode(), date, time))

    def path(self, handle: tuple[int, int]) -> str:
        """The path of an open file."""
        path = ctypes.create_string_buffer(PATH_SIZE)
        self._check(self._library.files_path(ctypes.c_void_p(handle[0]), path))
        return path.value.decode()

    def unlink(self, path: str) -> None:
        """Delete a file."""
        self._check(self._library.files_unlink(path.encode()))

    def rename(self, path: str, to: str) -> None:
        """Rename a file or folder."""
        self._check(self._library.files_rename(path.encode(), to.encode()))

    # ---- What can be seen from outside.

    @property
    def image(self) -> bytes:
        """The disk as it is now."""
        return bytes(self._bytes)

    @property
    def files(self) -> Files:
        """The files on the disk as it is now."""
        return read_files(DiskImage(self.image))

    @property
    def blocks_in_use(self) -> int:
        """Blocks of the kernel's heap."""
        return int(self._library.host_blocks_in_use())

    def damage(self) -> tuple[str, ...]:
        """What our own survey finds on the disk as it is now."""
        return find_damage(SectorsOfBuffer(self.image))

    def fail_after(self, sectors: int) -> None:
        """Every write fails once so many sectors have been written."""
        self._library.host_fail_after(ctypes.c_uint32(sectors))

    @contextmanager
    def cuts(self) -> Iterator[Cuts]:
        """Note every sector that is written inside, and judge a cut behind each.

        A cut must leave no damage but lost clusters, and of each file the bytes from
        before or after (`minios/dev/power_cuts.py`).
        """
        base = self.image
        self._library.host_take_log()
        cuts = Cuts(before=read_files(DiskImage(base)))
        yield cuts
        disk = DiskImage(base)
        for number, data in self._logged():
            disk.write(number, data)
            cuts.numbers.append(number)
            cuts.states.append(disk.copy())
        assert disk.contents() == self.image
        cuts.after = self.files
        for state in cuts.states:
            judge(cuts.before, cuts.after, state)

    def _logged(self) -> Iterator[tuple[int, bytes]]:
        record = 4 + SECTOR_BYTES
        for index in range(self._library.host_take_log()):
            at = index * record
            number = int.from_bytes(self._log[at : at + 4], "little")
            yield number, bytes(self._log[at + 4 : at + record])

    def _check(self, answer: int) -> int:
        if answer < 0:
            name = _NAMES[answer]
            raise (FullError if name == "NO_SPACE" else RefusedError)(name)
        return answer


def worse_than_lost(state: DiskImage) -> list[str]:
    """The damage of a disk that costs somebody something."""
    return [line for line in find_damage(state) if "belong to no file" not in line]


def judge(before: Files, after: Files, state: DiskImage) -> None:
    """Fail unless a power cut may leave this."""
    assert worse_than_lost(state) == []
    assert list(wrong_files(before, after, read_files(state))) == []
