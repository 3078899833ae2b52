"""What an author of content can do wrong, as a tree.

    MiniosError
    └── ContentError
        ├── SourceError          the TOML does not say what a channel file needs
        └── FileError            a file that cannot be read or written at all

A channel file that is bad is none of these: that is a `Verdict`, a value.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from minios.errors import MiniosError


class ContentError(MiniosError):
    """A channel file, or its source, that cannot be compiled or read."""


class SourceError(ContentError):
    """The TOML source is not one of a channel file."""


class FileError(ContentError):
    """A file that cannot be read or written."""


def suggest(name: str, known: Iterable[str]) -> str:
    """What to do about a name that does not exist: "did you mean", then all of them."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    question = f"Did you mean {close[0]!r}? " if close else ""
    return f"{question}Choose from {', '.join(names)}"
