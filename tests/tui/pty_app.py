"""The application on a real terminal (a pty), without tmux.

Waits for words on the screen, never for a time. A test that uses it is marked `posix`.
"""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from minios.tui.leaving import HUNG_UP

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

ROOT = Path(__file__).parents[2]
_PATIENCE = 60  # seconds without a byte


def _open_terminal() -> tuple[int, int]:
    """Both ends of a terminal of 120 x 40, the near one first."""
    if sys.platform != "win32":
        master, slave = pty.openpty()
        size = struct.pack("HHHH", 40, 120, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        return master, slave
    raise NotImplementedError


def _modes(terminal: int) -> list[Any]:
    """How it treats what is typed and written."""
    if sys.platform != "win32":
        return termios.tcgetattr(terminal)
    raise NotImplementedError


class PtyApp:
    """A process on such a terminal."""

    def __init__(
        self, *arguments: str, home: Path, handed_on: Sequence[int] = ()
    ) -> None:
        """`handed_on`: what is open here, and is to be open there, too."""
        self._master, self._slave = _open_terminal()
        self.before = _modes(self._slave)
        self.seen = b""
        environment = os.environ | {
            "TERM": "xterm-256color",
            "PYTHONPATH": str(ROOT),
            "XDG_DATA_HOME": str(home),
        }
        for name in ("COLUMNS", "LINES", "NO_COLOR", "ACCESSIBLE"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
            pass_fds=handed_on,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        for end in (self._slave, self._master):
            if end >= 0:
                os.close(end)
        self._slave = self._master = -1

    def hang_up(self, *, silently: bool = False) -> int:
        """Take the terminal away, as a window that is closed does; the exit code.

        `silently`: without the signal, as where nobody is left to send it.
        """
        self._close()
        if not silently:
            self.process.send_signal(HUNG_UP)
        return self.process.wait(_PATIENCE)

    def press(self, keys: str) -> None:
        """Type."""
        self.send(keys.encode())

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        os.write(self._master, data)

    def wait_for(self, words: str) -> None:
        """Until these words are written after what was waited for before."""
        start = len(self.seen)
        while words.encode() not in self.seen[start:]:
            assert self._read(), f"{words!r} never came: {self.seen[-2000:]!r}"

    def _read(self) -> bool:
        """More of what it says; False if nothing comes any more."""
        ready, _, _ = select.select([self._master], [], [], _PATIENCE)
        data = os.read(self._master, 1 << 16) if ready else b""
        self.seen += data
        return bool(data)

    def end(self) -> int:
        """Read until the process ends; its exit code."""
        while self.process.poll() is None:
            ready, _, _ = select.select([self._master], [], [], 0.05)
            if ready:
                self.seen += os.read(self._master, 1 << 16)
        while select.select([self._master], [], [], 0)[0]:
            self.seen += os.read(self._master, 1 << 16)
        return self.process.returncode

    def is_restored(self) -> bool:
        """Whether the terminal is as a shell wants it."""
        told = self.seen
        return (
            _modes(self._slave) == self.before
            and told.rfind(b"\x1b[?1049l") > told.rfind(b"\x1b[?1049h")  # own screen
            and told.rfind(b"\x1b[?25h") > told.rfind(b"\x1b[?25l")  # cursor
            and told.rfind(b"\x1b[?1000l") > told.rfind(b"\x1b[?1000h")  # mouse
        )
