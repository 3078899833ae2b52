"""The mistakes of a person who names a dump."""

from __future__ import annotations

from minios.errors import MiniosError


class DumpError(MiniosError):
    """A file is not a dump, or cannot be read."""
