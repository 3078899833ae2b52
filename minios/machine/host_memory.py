"""Read the memory of our own process without the risk of a crash.

Calibration follows a word in the engine's memory before it knows that the word is a
pointer. A plain load through it could end the process. The operating system can try the
address for us: `write` to a pipe fails with EFAULT if there is no memory.

Left out: nothing is ever written through an address that was not tried before.
"""

from __future__ import annotations

import ctypes
import os
from types import TracebackType
from typing import Self

_PAGE = 0x1000


class HostMemory:
    """A pipe with which addresses are tried. Use it as a context manager."""

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._reader)
        os.close(self._writer)

    def read(self, address: int, size: int) -> bytes:
        """Up to `size` bytes at a host address; fewer if the memory ends before."""
        data = b""
        while len(data) < size:
            at = address + len(data)
            length = min(_PAGE - at % _PAGE, size - len(data))
            try:
                done = os.write(self._writer, (ctypes.c_char * length).from_address(at))
            except OSError:
                break
            data += os.read(self._reader, done)
        return data
