"""A named pipe in a folder, which opens only when somebody is at its other end."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def make_fifo(path: Path) -> None:
    """Make one there. A test that uses it is marked `posix`."""
    if sys.platform != "win32":
        os.mkfifo(path)
    else:
        raise NotImplementedError
