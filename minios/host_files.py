"""Files and folders of the host: those that a person names, and temporary ones.

Only a regular file of limited size is read. A pipe or a device may never end, so it is
refused.

A new file is first written beside the old one. When it is complete, it replaces the old
one. So a reader finds the old file or the new one, also when the disk is full or when
Ctrl-C comes in between. A symbolic link is replaced, not followed.

Each function takes `refuse`, which makes the error to raise from the words for what is
wrong: the caller knows what the file was for, and what to do.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from minios.errors import MiniosError
from minios.interrupts import before_the_end

Refuse: TypeAlias = Callable[[str], MiniosError]

_BINARY: Final = getattr(os, "O_BINARY", 0)
_AT_ONCE: Final = getattr(
    os, "O_NONBLOCK", 0
)  # opening a pipe does not wait for its writer
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_numbers: Final = count(1)


def read(path: Path, most: int, refuse: Refuse) -> bytes:
    """Read a regular file of at most `most` bytes."""
    with _told(refuse, "read"):
        _require_regular(path.stat(), refuse)
        number = os.open(path, os.O_RDONLY | _BINARY | _AT_ONCE)
        with os.fdopen(number, "rb") as file:
            size = os.fstat(number).st_size
            data = b"" if size > most else file.read(most + 1) or b""
    if max(size, len(data)) > most:
        raise refuse(f"has {max(size, len(data))} bytes; at most {most} are read")
    return data


def write(path: Path, data: bytes, refuse: Refuse) -> None:
    """Write a file with these contents, in place of an older one."""
    with _told(refuse, "written"):
        mode = _mode_of(path, refuse)
        with _beside(path) as (file, beside):
            file.write(data)
            file.close()
            if mode is not None:
                beside.chmod(mode)
            beside.replace(path)


def append(path: Path, data: bytes, refuse: Refuse) -> None:
    """Append to a file that `write` has made."""
    with _told(refuse, "written"):
        flags = os.O_WRONLY | os.O_APPEND | _BINARY | _AT_ONCE | _NO_LINK
        with os.fdopen(os.open(path, flags), "ab") as file:
            _require_regular(os.fstat(file.fileno()), refuse)
            file.write(data)


def require_room(path: Path, refuse: Refuse) -> None:
    """Refuse now what `write` would refuse later."""
    with _told(refuse, "written"):
        _mode_of(path, refuse)
        with _beside(path):
            pass


@contextmanager
def temporary_folder(what: str) -> Iterator[Path]:
    """A folder that is removed afterwards, also when Ctrl-C ends the process."""
    folder = tempfile.TemporaryDirectory(prefix=f"minios-{what}-")  # noqa: TID251
    with folder as name, before_the_end(folder.cleanup):
        yield Path(name)


@contextmanager
def new_folder(path: Path, refuse: Refuse) -> Iterator[Path]:
    """A folder to be filled, which in the end replaces an older one at `path`.

    Until then it has another name beside it. It is removed if anything goes wrong, and
    the older one stays.
    """
    beside = _free_name(path)
    remove = partial(shutil.rmtree, beside, ignore_errors=True)
    with _told(refuse, "written"), before_the_end(remove):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.mkdir()
            yield beside
            if path.is_dir():
                with _moved_away(path):
                    beside.rename(path)
            else:
                beside.rename(path)
        finally:
            remove()


def remove_folder(path: Path, refuse: Refuse) -> None:
    """Remove a folder with all that is in it: at once for those who look for it."""
    with _told(refuse, "removed"), _moved_away(path):
        pass


@contextmanager
def _moved_away(path: Path) -> Iterator[None]:
    """A folder gets another name; it is removed if all goes well, else it is back."""
    away = _free_name(path)
    path.rename(away)

    def put_back() -> None:
        if not path.exists():
            away.rename(path)

    with before_the_end(put_back):
        try:
            yield
        except OSError:
            put_back()
            raise
    shutil.rmtree(away, ignore_errors=True)


def _free_name(path: Path) -> Path:
    return path.with_name(f".minios-{os.getpid()}-{next(_numbers)}")


def _mode_of(path: Path, refuse: Refuse) -> int | None:
    """The permissions of the file that will be replaced, if there is one."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    _require_regular(status, refuse)
    if not os.access(path, os.W_OK):
        raise refuse("is read-only")
    return stat.S_IMODE(status.st_mode)


def _require_regular(status: os.stat_result, refuse: Refuse) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise refuse("is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise refuse("is not a regular file")


@contextmanager
def _beside(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file in the same folder.

    It is removed afterwards, unless it was renamed.
    """
    beside = _free_name(path)
    remove = partial(beside.unlink, missing_ok=True)
    with before_the_end(remove):
        try:
            with beside.open("xb") as file:
                yield file, beside
        finally:
            remove()


@contextmanager
def _told(refuse: Refuse, done: str) -> Iterator[None]:
    """Turn an error of the host into a sentence."""
    try:
        yield
    except OSError as error:
        raise refuse(f"cannot be {done}: {error.strerror or error}") from error
    except ValueError as error:  # such as a name with a null byte in it
        raise refuse(f"cannot be {done}: {error}") from error
