"""The mistakes of an author of content, as a tree of exceptions.

    MiniosError
    └── ContentError
        ├── SourceError          the TOML source has a mistake
        └── FileError            a file cannot be read or written at all

A bad content file is none of these: for that there is a value, a `Verdict`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from minios.errors import MiniosError


class ContentError(MiniosError):
    """A content file, or its source, cannot be compiled or read."""


class SourceError(ContentError):
    """The TOML source has a mistake."""


class FileError(ContentError):
    """A file cannot be read or written."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Advice about a name that does not exist: a similar name, then all names."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    question = f"Did you mean {close[0]!r}? " if close else ""
    return f"{question}Choose from {', '.join(names)}"
