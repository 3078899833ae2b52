"""The kernel's variables and threads, read from its memory by the names of its source.

    memory = KernelMemory(lab)
    memory.variable(THREADS, "ticks").number

The names and types come from the debug information of its image. Everybody who reads
the kernel's own structures reads them here: `kernel_view.py` all at one moment, and
a slow pass a few of them between two instructions.
"""

from __future__ import annotations

from typing import Final

from minios import paths
from minios.image import layouts
from minios.image.c_types import Variable
from minios.lab.guest_values import Piece, at
from minios.lab.lab import Lab

THREADS: Final = "tasks/thread.c"
_LARGEST_STACK: Final = 1 << 16


class KernelMemory:
    """Reads the memory of one machine's kernel. Nothing is changed there.

    Attributes:
        layouts: the names and types of its image.
        reader: gives the bytes at an address.
        idle: the address of the idle thread.
    """

    def __init__(self, lab: Lab) -> None:
        """Find the names. Raises ImageError if the kernel has no debug information."""
        self.layouts: Final = layouts.load(paths.guest_file("kernel.elf"))
        self.reader: Final = lab.machine.read_virtual
        self._places: dict[tuple[str, str], Variable] = {}
        self.idle: Final = self.place(THREADS, "idle").address

    def place(self, unit: str, name: str) -> Variable:
        """Where a variable lies. Raises ImageError if the source file has none."""
        if (unit, name) not in self._places:
            self._places[unit, name] = self.layouts.variable(unit, name)
        return self._places[unit, name]

    def variable(self, unit: str, name: str) -> Piece:
        """The value of a variable now. Raises ImageError if there is none."""
        place = self.place(unit, name)
        return at(self.reader, place.address, place.type)

    def current(self) -> Piece:
        """The kernel's pointer to the thread that runs."""
        return self.variable(THREADS, "current")

    def is_idle(self, thread: Piece) -> bool:
        """Whether this is the thread that runs when no other one can."""
        return thread.address == self.idle


def process_of(thread: Piece) -> Piece | None:
    """The process to which a thread belongs, None for a thread of the kernel alone."""
    return thread["process"].follow()


def stack_used(stack_top: int, rsp: int) -> int | None:
    """How many bytes of a kernel stack are in use; None if `rsp` is not in it."""
    used = stack_top - rsp
    return used if 0 <= used < _LARGEST_STACK else None
