"""The ends that come from outside: a signal, and a terminal that is there no more.

Both are told to the application, in its own thread, so that it leaves as by a key: what
was done is kept, and the terminal is given back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

HUNG_UP: Final = 1  # SIGHUP, which not every system has; shells say 128 + 1
_WRITER: Final = "textual-output"  # Textual's thread that writes to the terminal
_PATIENCE: Final = 10  # seconds for keeping what was done


def at_signals(end: Callable[[int], None]) -> None:
    """Have `end` called with the number of the signal, in the running loop."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, end, number)


def with_the_terminal(end: Callable[[int], None]) -> None:
    """Have it called with that of SIGHUP when the terminal has gone without a signal.

    Textual's writing thread dies of it. Whoever writes after that waits for it sooner
    or later, and would hear of no signal any more.
    """
    loop, before = asyncio.get_running_loop(), threading.excepthook

    def has_died(told: threading.ExceptHookArgs) -> None:
        if told.thread is None or told.thread.name != _WRITER:
            before(told)
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(end, HUNG_UP)
        net = threading.Timer(_PATIENCE, os._exit, (128 + HUNG_UP,))
        net.daemon = True
        net.start()

    threading.excepthook = has_died
