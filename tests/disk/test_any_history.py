"""Whatever is done to files, they are what a simple model says, and no cut hurts them.

The model knows files as bytes, drafts as bytes, and handles; it knows nothing of
clusters, sectors or order. The kernel's C does the same beside it, on a volume that is
nearly full now and then, and behind every sector that it writes the disk is looked at.

Deep: sixty histories. The usual tests live through six others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.abi.disk_layout import SECTOR_SIZE
from tests.disk.kernel_disk import (
    CREATE,
    NEW,
    READ,
    SMALL,
    WRITE,
    FullError,
    KernelDisk,
    Library,
    RefusedError,
    blank_volume,
    build,
)

pytestmark = pytest.mark.witness

PATHS = ("/A", "/B", "/D/A", "/D/B", "/E/LONGNAME.EXT")
FULL_FOLDER = {f"/D/F{number}": b"" for number in range(SECTOR_SIZE // 32 - 3)}
FLAGS = (READ, READ | WRITE, READ | WRITE | CREATE, READ | NEW)


@pytest.fixture(scope="module", name="library")
def built_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The kernel's file system."""
    return build(tmp_path_factory.mktemp("disk"))


@dataclass(slots=True)
class File:
    """A file of the model: what is on the disk, and what the handles see."""

    path: str | None
    published: bytes = b""
    draft: bytes | None = None
    failed: bool = False

    @property
    def seen(self) -> bytes:
        """What a handle reads."""
        return self.published if self.draft is None else self.draft


@dataclass(slots=True)
class Model:
    """Does what the kernel does; what may fail for want of room is told to it."""

    disk: KernelDisk
    files: dict[str, File]
    handles: list[tuple[tuple[int, int], File]] = field(default_factory=list)

    def published(self) -> dict[str, bytes]:
        """What has to be on the disk."""
        return {path: file.published for path, file in self.files.items()}

    def open(self, path: str, flags: int) -> None:
        """Open, perhaps create or truncate."""
        if path not in self.files and not flags & CREATE:
            with pytest.raises(RefusedError, match="NOT_FOUND"):
                self.disk.open(path, flags)
            return
        try:
            handle = self.disk.open(path, flags)
        except FullError:
            assert path not in self.files  # its folder could not grow
            return
        file = self.files.setdefault(path, File(path))
        if flags & NEW == NEW:
            file.draft, file.failed = b"", False
        self.handles.append((handle, file))

    def write(self, number: int, at: int, data: bytes) -> None:
        """Write through one of the handles, anywhere in the file."""
        handle, file = self.handles[number % len(self.handles)]
        if not handle[1] & WRITE:
            return
        offset = at % (len(file.seen) + 1)
        try:
            self.disk.write(handle, offset, data)
        except FullError:
            file.failed = True
        else:
            old = file.seen
            file.draft = old[:offset] + data + old[offset + len(data) :]
        assert self.disk.read(handle) == file.seen

    def close(self, number: int) -> None:
        """Close one of the handles; publishes what it could have written."""
        handle, file = self.handles.pop(number % len(self.handles))
        if file.path is None or handle[1] == READ:
            self.disk.close(handle)
            return
        if file.failed:
            with pytest.raises(FullError):
                self.disk.close(handle)
        else:
            self.disk.close(handle)
            file.published = file.seen
        file.draft, file.failed = None, False

    def unlink(self, path: str) -> None:
        """Remove a file; who has it open keeps it."""
        if path not in self.files:
            with pytest.raises(RefusedError, match="NOT_FOUND"):
                self.disk.unlink(path)
            return
        self.disk.unlink(path)
        self.files.pop(path).path = None

    def rename(self, path: str, to: str) -> None:
        """Rename a file, perhaps over another one."""
        if path not in self.files:
            with pytest.raises(RefusedError, match="NOT_FOUND"):
                self.disk.rename(path, to)
            return
        try:
            self.disk.rename(path, to)
        except FullError:
            return
        if to == path:
            return
        if to in self.files:
            self.files[to].path = None
        moved = self.files.pop(path)
        moved.path = to
        self.files[to] = moved

    def truncate(self, number: int, to: int) -> None:
        """Make a file shorter through one of the handles."""
        handle, file = self.handles[number % len(self.handles)]
        if not handle[1] & WRITE:
            return
        size = to % (len(file.seen) + 1)
        try:
            self.disk.truncate(handle, size)
        except FullError:
            file.failed = True
        else:
            file.draft = file.seen[:size]

    def clone(self, path: str, to: str) -> None:
        """Copy a file, with what its handles see, to a name that is free."""
        if path not in self.files or to in self.files:
            with pytest.raises(RefusedError, match=r"NOT_FOUND|EXISTS"):
                self.disk.clone(path, to)
            return
        try:
            self.disk.clone(path, to)
        except FullError:
            return
        self.files[to] = File(to, self.files[path].seen)

    def read_all(self) -> None:
        """Every handle sees what it should."""
        for handle, file in self.handles:
            assert self.disk.read(handle) == file.seen


NUMBERS = st.integers(0, 1 << 16)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(PATHS), st.sampled_from(FLAGS)),
        st.tuples(st.just("write"), NUMBERS, NUMBERS, st.integers(0, 2000)),
        st.tuples(st.just("truncate"), NUMBERS, NUMBERS),
        st.tuples(st.just("close"), NUMBERS),
        st.tuples(st.just("unlink"), st.sampled_from(PATHS)),
        st.tuples(st.just("rename"), st.sampled_from(PATHS), st.sampled_from(PATHS)),
        st.tuples(st.just("clone"), st.sampled_from(PATHS), st.sampled_from(PATHS)),
    ),
    max_size=25,
)


def take_step(model: Model, step: tuple[object, ...], number: int) -> None:
    """Do one of the steps above; one that needs a handle and finds none is left out."""
    match step:
        case ("open", str(path), int(flags)):
            model.open(path, flags)
        case ("write", int(handle), int(at), int(size)) if model.handles:
            model.write(handle, at, bytes([number + 1]) * size)
        case ("truncate", int(handle), int(to)) if model.handles:
            model.truncate(handle, to)
        case ("close", int(handle)) if model.handles:
            model.close(handle)
        case ("unlink", str(path)):
            model.unlink(path)
        case ("rename", str(path), str(to)):
            model.rename(path, to)
        case ("clone", str(path), str(to)):
            model.clone(path, to)


@pytest.mark.parametrize(
    "histories",
    [
        pytest.param(6, id="some"),
        pytest.param(60, id="many", marks=pytest.mark.deep),
    ],
)
def test_any_history(library: Library, histories: int) -> None:
    """Model and kernel agree; every cut is judged; at the end nothing has leaked."""

    @settings(max_examples=histories, deadline=None)
    @given(steps=STEPS, free=st.sampled_from([6, 20, 3000]))
    def live_through(steps: list[tuple[object, ...]], free: int) -> None:
        _live_through(library, steps, free)

    live_through()


def _live_through(library: Library, steps: list[tuple[object, ...]], free: int) -> None:
    first = {"/A": b"a" * 700, "/D/B": b"b" * 1500}
    room = SMALL.clusters - free - 2 - 3 - 2  # the files and folders
    filling = bytes(room * SECTOR_SIZE)
    others = {**FULL_FOLDER, "/FULL": filling}
    disk = library.mount(blank_volume({**first, **others}, folders=("/D", "/E")))
    model = Model(disk, {path: File(path, data) for path, data in first.items()})
    for number, step in enumerate(steps):
        with disk.cuts() as cuts:
            take_step(model, step, number)
        assert cuts.after == {**model.published(), **others}
        model.read_all()
    while model.handles:
        model.close(0)

    assert disk.files == {**model.published(), **others}
    assert disk.damage() == ()
    assert disk.blocks_in_use == 0
