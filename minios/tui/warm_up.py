"""What would hold up a key later, done as soon as the interface runs.

The first look at the kernel's code and structures reads its debug information, which
takes half a second. And while dialogs come and go, Python looks for garbage every
second or so, among all objects that there are: those a hundred thousand that stay for
ever are set aside.
"""

from __future__ import annotations

import gc
import threading
from typing import Final

from minios import paths
from minios.errors import ImageError
from minios.image import layouts, symbols

_GARBAGE: Final = (20_000, 5, 10)  # new objects, times, times: a full search is rare


def begin() -> threading.Thread:
    """Do it in a thread that nobody needs to wait for."""
    gc.set_threshold(*_GARBAGE)
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        kernel = paths.guest_file("kernel.elf")
        symbols.load(kernel).files()
        layouts.load(kernel).variables()
    except ImageError:
        return  # whoever looks at the kernel is told
    gc.collect()
    gc.freeze()
