"""Do slow work as soon as the interface runs, so that no key is slow later.

The first use of the kernel's code and structures reads its line table and the index of
its data, which takes a tenth of a second. And while dialogs come and go, Python
searches all objects for garbage about once a second. So the objects that stay for ever
are excluded from this search.
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
    """Do the work in a thread in the background."""
    gc.set_threshold(*_GARBAGE)
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        kernel = paths.guest_file("kernel.elf")
        symbols.load(kernel).files()
        layouts.load(kernel)
    except ImageError:
        return  # the error is shown when the user inspects the kernel
    gc.collect()
    gc.freeze()
