"""A small JSON file of the user: progress, known folders. It is never worth an error.

What cannot be read is put aside and counts as nothing: somebody may be able to mend it.
What cannot be written is left. But both are said, in `trouble`.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from minios import host_files
from minios.errors import ScenarioError

T = TypeVar("T")
_LARGEST: Final = 1 << 20


class Kept(Generic[T]):
    """One file and the type of what it holds. Without a path nothing is kept.

    Attributes:
        trouble: what is wrong with the file, in a sentence; "" if nothing is.
    """

    def __init__(self, path: Path | None, kind: Any, what: str) -> None:  # noqa: ANN401 - also a union
        """`what` is what it holds, in words: "your progress in lessons"."""
        self.trouble = ""
        self._path = path
        self._kind = kind
        self._what = what

    def read(self) -> T | None:
        """What it holds; None if there is nothing that can be read."""
        path = self._path
        if path is None or not os.path.lexists(path):
            return None
        try:
            data = host_files.read(path, _LARGEST, ScenarioError)
            found: T = msgspec.json.decode(data, type=self._kind)
        except (ScenarioError, msgspec.MsgspecError, RecursionError):
            self._put_aside(path)
            return None
        return found

    def _put_aside(self, path: Path) -> None:
        names = (f"{path.name}.broken-{number}" for number in count(1))
        kept = next(it for it in map(path.with_name, names) if not it.exists())
        words = f"{path}: {self._what} cannot be read, and begins anew"
        try:
            path.rename(kept)
        except OSError:
            self._path = None
            self.trouble = f"{words}. It cannot be kept: give that file another name"
        else:
            self.trouble = f"{words}. The old file is kept as {kept.name}"

    def write(self, value: T) -> None:
        """Keep this in its place."""
        if self._path is None:
            return
        data = msgspec.json.encode(value, order="deterministic")
        try:
            host_files.write(self._path, data, ScenarioError)
        except ScenarioError:
            self._path = None
