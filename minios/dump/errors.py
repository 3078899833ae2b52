"""What can be wrong with a file that was to be a dump."""

from __future__ import annotations

from minios.errors import MiniosError


class DumpError(MiniosError):
    """A file that holds no dump, or cannot be read."""
