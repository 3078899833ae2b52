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
_CLIENTS: Final = "events/client.c"
_DRIVERS: Final = "plugins/driver.c"
_HOOKS: Final = "bpf/hooks.c"


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
        self._words = lab.machine.ram.cast("Q")
        self._indexes: dict[tuple[str, str], int] = {}  # of variables, among the words

    # ---- Threads.

    def current_address(self) -> int:
        """The address of the running thread's structure.

        Asked at every instruction, so the page tables are asked only once: the kernel's
        own image stays where it is.
        """
        return self._word(THREADS, "current")

    def _word(self, unit: str, name: str) -> int:
        """The first word of a variable; 0 before the kernel has its page tables."""
        index = self._indexes.get((unit, name))
        if index is None:
            address = self._memory.place(unit, name).address
            physical = self._lab.machine.walk(address, ring=0).physical
            if physical is None:
                return 0
            index = self._indexes[unit, name] = physical // _WORD
        return self._words[index]

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

    def heard(self) -> tuple[tuple[str, int], ...]:
        """Everybody who wants security events, with how many were meant for each."""
        clients = self._memory.variable(_CLIENTS, "event_clients").chain("next")
        return tuple(
            (visible(it["link"]["name"].text), it["messages"].number) for it in clients
        )

    def called(self) -> tuple[str, ...]:
        """Those of them that the kernel calls on the thread that causes an event."""
        clients = self._memory.variable(_CLIENTS, "event_clients").chain("next")
        return tuple(
            visible(it["link"]["name"].text)
            for it in clients
            if it["link"]["hear"].number
        )

    def program_address(self) -> int:
        """The address of the eBPF program that runs, 0 if none does.

        Asked at every instruction, as `current_address` is.
        """
        return self._word(_HOOKS, "running")

    def program(self) -> str:
        """The eBPF program that runs, and its object: "opened of naive.bpf"."""
        found = self._memory.variable(_HOOKS, "running")["program"].follow()
        if found is None:
            return ""
        of = found["object"].follow()
        name = visible(found["name"].text)
        return name if of is None else f"{name} of {visible(of['name'].text)}"

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
