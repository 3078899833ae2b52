"""End the application at a signal, or when its terminal is gone.

The application is told in its own thread. So it ends as if by a key: it saves what was
done and restores the terminal.
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
_PATIENCE: Final = 10  # seconds to save what was done


def at_signals(end: Callable[[int], None]) -> None:
    """Call `end` with the number of each signal, in the running loop."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, end, number)


def with_the_terminal(end: Callable[[int], None]) -> None:
    """Call `end` with the number of SIGHUP if the terminal is gone without a signal.

    Then Textual's thread that writes to the terminal dies. Without this, the next
    writer would wait for that thread for ever, and no signal could end the program.
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
