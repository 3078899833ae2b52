"""The text of the guest's source files, if they come with this minios."""

from __future__ import annotations

from functools import lru_cache

from minios import paths


@lru_cache(maxsize=64)
def source_text(file: str) -> tuple[str, ...]:
    """The lines of a source file of the guest. Empty if the file is missing."""
    for root in (paths.PACKAGE.parent, paths.DRIVERS.parent):
        path = root / file
        if path.is_file():
            return tuple(path.read_text(encoding="utf-8").splitlines())
    return ()


def source_line(file: str, number: int) -> str:
    """One line, counted from 1, without its indent; "" if it is missing."""
    text = source_text(file)
    return text[number - 1].strip() if 1 <= number <= len(text) else ""
