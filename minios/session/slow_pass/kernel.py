"""Whose thread runs, and who waits for security events: the kernel's own words.

They are read from the kernel's memory by the names of its source, as in
`minios/lab/kernel_view.py`. Here it is only what has to be asked between two
instructions, and so it is little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios import paths
from minios.abi.memory_map import KERNEL_BASE, KERNEL_STACKS, USER_TOP
from minios.image import layouts
from minios.lab import Lab
from minios.lab.guest_values import Piece, at
from minios.visible import visible

_WORD: Final = 8
_THREADS: Final = "tasks/thread.c"
_EVENTS: Final = "ipc/event.c"
_DRIVERS: Final = "plugins/driver.c"
_LARGEST_STACK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the kernel: where it lies, and whose it is.

    `resumes_at` is the stack pointer that it had when it was switched out. `stack_top`
    is that of its kernel stack, 0 for the idle thread.
    """

    address: int
    number: int
    owner: str
    process_id: int
    stack_top: int
    resumes_at: int
    is_idle: bool = False

    def __str__(self) -> str:
        return "the idle thread" if self.is_idle else f"thread {self.number}"

    @property
    def words(self) -> str:
        """The thread and its owner: "thread 4 of sentinel.sys"."""
        return str(self) if self.is_idle else f"{self} of {self.owner}"


@dataclass(frozen=True, slots=True)
class Watcher:
    """An inbox to which the kernel sends security events.

    `told` counts the messages that it ever got, modulo the size of the inbox.
    """

    name: str
    owner_id: int
    unread: int
    told: int
    is_waited_at: bool


class KernelWords:
    """Reads the few words of one machine's kernel. Nothing is changed there."""

    def __init__(self, lab: Lab) -> None:
        """Find them. Raises ImageError if the kernel has no debug information."""
        self._lab = lab
        self._reader = lab.machine.read_virtual
        known = layouts.load(paths.guest_file("kernel.elf"))
        self._current = known.variable(_THREADS, "current")
        self._idle = known.variable(_THREADS, "idle").address
        self._subscriptions = known.variable(_EVENTS, "subscriptions")
        self._sequence = known.variable(_EVENTS, "next_sequence").address
        self._drivers = known.variable(_DRIVERS, "drivers")
        self._variables = known.variables
        self._at: int | None = None  # physical, of `current`

    # ---- Threads.

    def current_address(self) -> int:
        """The address of the running thread's structure.

        Asked at every instruction, so the page tables are asked only once: the kernel's
        own image stays where it is.
        """
        if self._at is None:
            self._at = self._lab.machine.walk(self._current.address, ring=0).physical
        if self._at is None:
            return 0
        ram = self._lab.machine.ram
        return int.from_bytes(ram[self._at : self._at + _WORD], "little")

    def thread(self) -> Thread | None:
        """The running thread. None while the kernel has not begun."""
        piece = at(self._reader, self._current.address, self._current.type).follow()
        if piece is None:
            return None
        process = piece["process"].follow()
        return Thread(
            address=piece.address,
            number=piece["id"].number,
            owner=self._owner(piece, process),
            process_id=process["id"].number if process is not None else 0,
            stack_top=piece["stack_top"].number,
            resumes_at=piece["rsp"].number,
            is_idle=piece.address == self._idle,
        )

    def _owner(self, thread: Piece, process: Piece | None) -> str:
        if process is not None:
            return visible(process["name"].text)
        for driver in at(self._reader, *_of(self._drivers)).items():
            if driver["thread"].number == thread.address:
                return visible(driver["name"].text)
        return "the kernel"

    def stack_words(self, rsp: int, thread: Thread | None, program: str) -> str:
        """Whose stack an address belongs to."""
        if rsp == 0:
            return "no stack yet"
        if rsp < USER_TOP:
            return f"the stack of {program or 'a program'} (ring 3)"
        if thread is not None and 0 <= thread.stack_top - rsp < _LARGEST_STACK:
            return f"the kernel stack of {thread} ({thread.owner})"
        if KERNEL_STACKS <= rsp < KERNEL_BASE:
            return "the kernel stack of another thread"
        if rsp >= KERNEL_BASE:
            return self._stack_in_kernel(rsp)
        return "no stack that the kernel knows"

    def _stack_in_kernel(self, rsp: int) -> str:
        """A stack that is a variable, such as the one for a double fault."""
        for it in self._variables():
            if it.address < rsp <= it.address + it.type.size:
                return f"the stack {it.name} of the kernel"
        return "the first stack of the kernel"

    # ---- Events.

    def posted(self) -> int:
        """The number of the next security event."""
        return self._word(self._sequence)

    def watchers(self) -> tuple[Watcher, ...]:
        """Everybody who has asked for security events."""
        return tuple(self._watchers())

    def _watchers(self) -> Iterator[Watcher]:
        for entry in at(self._reader, *_of(self._subscriptions)).items():
            port = entry["port"].follow()
            if port is not None:
                unread = port["count"].number
                yield Watcher(
                    name=visible(port["name"].text),
                    owner_id=port["owner_id"].number,
                    unread=unread,
                    told=(port["head"].number + unread) % port["inbox"].type.count,
                    is_waited_at=port["readers"]["first"].number != 0,
                )

    def _word(self, address: int) -> int:
        data = self._reader(address, _WORD)
        return int.from_bytes(data or b"", "little")


def _of(variable: layouts.Variable) -> tuple[int, layouts.Type]:
    return variable.address, variable.type
