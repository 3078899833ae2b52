"""Wait until somebody has saved a file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

_PAUSE: Final = 0.3  # seconds of the host from one look to the next
_MOST_FILES: Final = 5000

SAVED: Final = frozenset({".toml", ".sys", ".fix", ".c", ".h", ".s", ".asm"})
"""Endings of what an author saves. A log, a recording or the output of the very command
that watches may be written into the same folder, and would set it off without end."""

State: TypeAlias = Mapping[Path, tuple[int, int]]
"""When each file was changed (in ns), and its size."""


def state(folders: Iterable[Path], endings: Container[str] = SAVED) -> State:
    """The files with these endings in these folders and below them.

    Usually these are the scenarios, content files and sources. What is hidden is left
    out.
    """
    found: dict[Path, tuple[int, int]] = {}
    for folder in folders:
        for path in folder.rglob("[!.]*"):
            if len(found) == _MOST_FILES:
                return found
            if path.suffix.lower() not in endings:
                continue
            try:
                about = path.stat()
            except OSError:  # it has just been renamed or deleted
                continue
            if path.is_file():
                found[path] = (about.st_mtime_ns, about.st_size)
    return found


def changed(
    folders: Iterable[Path],
    before: State,
    pause: Callable[[], object] | None = None,
    endings: Container[str] = SAVED,
) -> State:
    """Wait for another state than before, and until it stays the same for a moment.

    So a file that is being written is not read before it is complete. `pause` waits
    from one look to the next.
    """
    wait = pause or (lambda: threading.Event().wait(_PAUSE))
    places, last = tuple(folders), before
    while True:
        wait()
        now = state(places, endings)
        if now != before and now == last:
            return now
        last = now
