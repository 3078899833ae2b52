"""Whose thread runs, and who waits for security events: the kernel's own words.

They are read as in `minios/lab/kernel_view.py`, but only what has to be asked between
two instructions, and so it is little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi.memory_map import KERNEL_BASE, KERNEL_STACKS, USER_TOP
from minios.lab import Lab
from minios.lab.guest_values import Piece
from minios.lab.kernel_memory import THREADS, KernelMemory, process_of, stack_used
from minios.visible import visible

_WORD: Final = 8
_EVENTS: Final = "events/event.c"
_PORTS: Final = "ipc/port.c"
_DRIVERS: Final = "plugins/driver.c"


@dataclass(frozen=True, slots=True)
class RunningThread:
    """The thread that runs: where it lies in the kernel's memory, and whose it is.

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
        self._memory = KernelMemory(lab)
        self._at: int | None = None  # physical, of `current`

    # ---- Threads.

    def current_address(self) -> int:
        """The address of the running thread's structure.

        Asked at every instruction, so the page tables are asked only once: the kernel's
        own image stays where it is.
        """
        if self._at is None:
            current = self._memory.place(THREADS, "current").address
            self._at = self._lab.machine.walk(current, ring=0).physical
        if self._at is None:
            return 0
        ram = self._lab.machine.ram
        return int.from_bytes(ram[self._at : self._at + _WORD], "little")

    def thread(self) -> RunningThread | None:
        """The running thread. None while the kernel has not begun."""
        piece = self._memory.current().follow()
        if piece is None:
            return None
        process = process_of(piece)
        return RunningThread(
            address=piece.address,
            number=piece["id"].number,
            owner=self._owner(piece, process),
            process_id=process["id"].number if process is not None else 0,
            stack_top=piece["stack_top"].number,
            resumes_at=piece["rsp"].number,
            is_idle=self._memory.is_idle(piece),
        )

    def _owner(self, thread: Piece, process: Piece | None) -> str:
        if process is not None:
            return visible(process["name"].text)
        for driver in self._memory.variable(_DRIVERS, "drivers").items():
            if driver["thread"].number == thread.address:
                return visible(driver["name"].text)
        return "the kernel"

    def stack_words(self, rsp: int, thread: RunningThread | None, program: str) -> str:
        """Whose stack an address belongs to."""
        if rsp == 0:
            return "no stack yet"
        if rsp < USER_TOP:
            return f"the stack of {program or 'a program'} (ring 3)"
        if thread is not None and stack_used(thread.stack_top, rsp) is not None:
            return f"the kernel stack of {thread} ({thread.owner})"
        if KERNEL_STACKS <= rsp < KERNEL_BASE:
            return "the kernel stack of another thread"
        if rsp >= KERNEL_BASE:
            return self._stack_in_kernel(rsp)
        return "no stack that the kernel knows"

    def _stack_in_kernel(self, rsp: int) -> str:
        """A stack that is a variable, such as the one for a double fault."""
        for it in self._memory.layouts.variables():
            if it.address < rsp <= it.address + it.type.size:
                return f"the stack {it.name} of the kernel"
        return "the first stack of the kernel"

    # ---- Events.

    def posted(self) -> int:
        """The number of the next security event."""
        return self._memory.variable(_EVENTS, "next_sequence").number

    def watchers(self) -> tuple[Watcher, ...]:
        """Everybody who has asked for security events."""
        return tuple(self._watchers())

    def _watchers(self) -> Iterator[Watcher]:
        for port in self._memory.variable(_PORTS, "ports").chain("next"):
            client = port["client"].follow()
            wanted = () if client is None else client["wanted"]["words"].items()
            if any(word.number for word in wanted):
                unread = port["count"].number
                yield Watcher(
                    name=visible(port["name"].text),
                    owner_id=port["owner_id"].number,
                    unread=unread,
                    told=(port["head"].number + unread) % (port["room"].number or 1),
                    is_waited_at=port["readers"]["first"].number != 0,
                )
