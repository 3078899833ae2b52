"""Threads, stacks, processes, ports and queues, read from the kernel's own memory.

    seen = look(lab)
    seen.threads[0].state, seen.ports[0].waiting

The guest does not report this, and does not know that it is read. Names and types come
from its source, through the debug information of its image. Damaged values are shown as
they are. A thread that sleeps for ever is in no list of the kernel. So the heap is
searched for structures that look like a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from minios.abi.enumerations import MESSAGE
from minios.abi.ports import TICK_HZ
from minios.abi.syscalls import RIGHTS
from minios.errors import ImageError
from minios.image.c_types import Kind
from minios.lab.guest_values import Piece, at
from minios.lab.heap_search import in_heap
from minios.lab.kernel_memory import THREADS, KernelMemory, process_of, stack_used
from minios.lab.lab import Lab
from minios.lab.quantities import short
from minios.lab.stacks import Call, StackReader

_FOREVER: Final = (1 << 64) - 1
_TICK: Final = 1_000_000_000 // TICK_HZ
_PROCESSES: Final = "tasks/process.c"
_TRAPS: Final = "traps/trap.c"
_PORTS: Final = "ipc/port.c"
_PIPES: Final = "ipc/pipe.c"
_SAVED_RBP: Final = 5 * 8  # switch_stacks (arch/entry.S) leaves r15 r14 r13 r12 rbx rbp
_LONGEST_INBOX: Final = 256  # a damaged one may say any number
_DEEPEST: Final = 3  # structures in structures that are searched for queues


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the kernel, or of a process.

    `wakes_in` is the time in virtual nanoseconds until its wait ends, or None if the
    wait has no deadline. `stack_used` is how many bytes of its kernel stack are in use,
    or 0 if unknown.
    """

    id: int
    owner: str
    state: str
    waits_for: str = ""
    wakes_in: int | None = None
    in_syscall: bool = False
    is_dying: bool = False
    stack_top: int = 0
    stack_used: int = 0
    calls: tuple[Call, ...] = ()

    @property
    def doing(self) -> str:
        """Whether the thread runs, or what it waits for, and how long at most."""
        words = [f"waits for {self.waits_for}" if self.waits_for else self.state]
        if self.wakes_in is not None:
            words.append(f"at most {short(self.wakes_in)}")
        if self.in_syscall:
            words.append("in a system call")
        if self.is_dying:
            words.append("is being ended")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Process:
    """An address space, with rights and handles."""

    id: int
    name: str
    parent_id: int
    rights: tuple[str, ...]
    page_table: int
    handles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """A named inbox: how many messages it has, which, and who waits for one."""

    name: str
    owner: str
    is_open: bool
    messages: tuple[str, ...]
    capacity: int
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pipe:
    """A named pipe: bytes on their way to each end, and who waits at it."""

    name: str
    server: str
    client_is_open: bool
    to_client: int
    to_server: int
    opened: int
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """Threads that wait for the same thing. The first in the queue is served first."""

    words: str
    threads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KernelView:
    """Everything at one moment. `trouble` says what could not be read, and why."""

    threads: tuple[Thread, ...] = ()
    processes: tuple[Process, ...] = ()
    ports: tuple[Port, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    queues: tuple[Queue, ...] = ()
    ticks: int = 0
    stacks_in_use: int = 0
    trouble: str = ""


def look(lab: Lab) -> KernelView:
    """Read everything as it is now."""
    try:
        memory = KernelMemory(lab)
        if not memory.current().is_there:
            return KernelView(trouble="the kernel has not switched its memory on yet")
        return _Look(lab, memory).view()
    except (ImageError, KeyError) as error:
        return KernelView(trouble=f"the kernel's structures are not known: {error}")


class _Look:
    """One look at one kernel."""

    def __init__(self, lab: Lab, memory: KernelMemory) -> None:
        self._lab = lab
        self._memory = memory
        self._known = known = memory.layouts
        self._reader = reader = memory.reader
        self._variable = memory.variable
        frame = known.variable(_PROCESSES, "processes").type.target
        assert frame is not None
        trapframe = known.structure(_TRAPS, "trapframe")
        self._stacks = StackReader(lab, reader, trapframe)
        self._ticks = self._variable(THREADS, "ticks").number
        self._current = memory.current()
        self._queues = dict(self._find_queues())

    def view(self) -> KernelView:
        """Everything that was read."""
        slots = self._variable(THREADS, "stack_slots").number
        return KernelView(
            threads=tuple(self._threads()),
            processes=tuple(self._processes()),
            ports=tuple(self._ports()),
            pipes=tuple(self._pipes()),
            queues=tuple(
                Queue(words, waiting)
                for words, queue in self._queues.values()
                if (waiting := _waiting(queue))
            ),
            ticks=self._ticks,
            stacks_in_use=slots.bit_count(),
        )

    # ---- Threads.

    def _threads(self) -> Iterator[Thread]:
        pieces = self._thread_pieces()
        for piece in sorted(pieces, key=lambda it: it["id"].number):
            yield self._thread(piece)

    def _thread_pieces(self) -> Iterator[Piece]:
        """The threads in the lists, and those that are only found in the heap."""
        found = {it.address: it for it in self._listed()}
        with_stack = sum(bool(it["stack_top"].number) for it in found.values())
        if with_stack < self._variable(THREADS, "stack_slots").number.bit_count():
            kind = self._variable(THREADS, "idle").type
            found |= {it.address: it for it in in_heap(self._lab, kind)}
        yield from found.values()

    def _listed(self) -> Iterator[Piece]:
        """The threads to which the kernel's own lists lead."""
        yield self._variable(THREADS, "idle")
        yield from self._variable(THREADS, "ready_first").chain("next")
        yield from self._variable(THREADS, "timed").chain("next_timed")
        for name in ("current", "ended"):
            piece = self._variable(THREADS, name).follow()
            if piece is not None:
                yield piece
        for process in self._process_pieces():
            thread = process["thread"].follow()
            if thread is not None:
                yield thread
        for _, queue in self._queues.values():
            yield from queue["first"].chain("next")

    def _thread(self, piece: Piece) -> Thread:
        process = process_of(piece)
        own = piece.address == self._current.number
        waits = piece["state"].text == "THREAD_WAITING"
        wake, top = piece["wake_tick"].number, piece["stack_top"].number
        rsp = self._lab.machine.registers()["rsp"] if own else piece["rsp"].number
        return Thread(
            id=piece["id"].number,
            owner=self._owner(piece, process),
            state=self._state(piece),
            waits_for=self._reason(piece) if waits else "",
            wakes_in=(wake - self._ticks) * _TICK
            if waits and wake != _FOREVER and wake >= self._ticks
            else None,
            in_syscall=bool(piece["in_syscall"].number),
            is_dying=bool(piece["killed"].number),
            stack_top=top,
            stack_used=stack_used(top, rsp) or 0,
            calls=self._calls(rsp, process, own=own),
        )

    def _state(self, piece: Piece) -> str:
        """The state of a thread. The idle thread is always in the state "ready"."""
        if self._memory.is_idle(piece) and piece.address != self._current.number:
            return "ready"
        return piece["state"].text.removeprefix("THREAD_").lower()

    def _owner(self, piece: Piece, process: Piece | None) -> str:
        if process is not None:
            return f"{process['name'].text} ({process['id'].number})"
        return "idle" if self._memory.is_idle(piece) else "System"

    def _reason(self, piece: Piece) -> str:
        queue = piece["queue"].number
        if not queue:
            endless = piece["wake_tick"].number == _FOREVER
            return "nothing: it sleeps for ever" if endless else "time to pass"
        if queue in self._queues:
            return self._queues[queue][0]
        return f"something at {queue:#x}"

    def _calls(self, rsp: int, process: Piece | None, *, own: bool) -> tuple[Call, ...]:
        registers = self._lab.machine.registers()
        cr3 = registers["cr3"] if process is None else process["page_table"].number
        if own:
            rip, rbp, ring = registers["rip"], registers["rbp"], self._lab.machine.ring
            return self._stacks.calls(rip, rbp, registers["cr3"], ring=ring)
        saved = self._reader(rsp + _SAVED_RBP, 16)
        if saved is None:
            return ()
        rbp, rip = (int.from_bytes(saved[n : n + 8], "little") for n in (0, 8))
        return self._stacks.calls(rip, rbp, cr3)

    # ---- What they wait for.

    def _find_queues(self) -> Iterator[tuple[int, tuple[str, Piece]]]:
        """Every wait queue in a variable, or to which a list of the kernel leads."""
        for variable in self._known.variables():
            unit = PurePosixPath(variable.unit).name
            piece = at(self._reader, variable.address, variable.type)
            yield from _queues_in(piece, f"{variable.name} ({unit})", _DEEPEST)
        for port in self._variable(_PORTS, "ports").chain("next"):
            name = port["name"].text or "(no name)"
            yield from _queues_in(port, f"a message to port {name}", 1, bare=True)
        for pipe in self._variable(_PIPES, "pipes").chain("next"):
            yield from _queues_in(pipe, f"pipe {pipe['name'].text}", 1, bare=True)
        for call in self._variable(_PORTS, "calls").chain("next"):
            called = call["port"].follow()
            owner = 0 if called is None else called["owner_id"].number
            words = f"an answer of process {owner}"
            yield from _queues_in(call, words, 1, bare=True)

    # ---- Processes, ports, pipes.

    def _process_pieces(self) -> Iterator[Piece]:
        for pointer in self._variable(_PROCESSES, "processes").items():
            process = pointer.follow()
            if process is not None:
                yield process

    def _processes(self) -> Iterator[Process]:
        for piece in self._process_pieces():
            rights = piece["rights"].number
            yield Process(
                id=piece["id"].number,
                name=piece["name"].text,
                parent_id=piece["parent_id"].number,
                rights=tuple(name.lower() for name, bit, _ in RIGHTS if rights & bit),
                page_table=piece["page_table"].number,
                handles=tuple(
                    f"{number} {kind}"
                    for number, handle in enumerate(piece["handles"].items())
                    if (kind := self._handle(handle))
                ),
            )

    def _handle(self, piece: Piece) -> str:
        """What a handle is, and what it leads to; "" for a free number."""
        kind = piece["kind"].text.removeprefix("HANDLE_").lower().replace("_", " ")
        if kind == "none":
            return ""
        names = {"port": "port", "pipe": "pipe"}
        target = piece[names[kind[:4]]].follow() if kind[:4] in names else None
        return kind if target is None else f"{kind} {target['name'].text}"

    def _names(self) -> dict[int, str]:
        return {it["id"].number: it["name"].text for it in self._process_pieces()} | {
            0: "kernel"
        }

    def _ports(self) -> Iterator[Port]:
        names = self._names()
        for piece in self._variable(_PORTS, "ports").chain("next"):
            owner = piece["owner_id"].number
            yield Port(
                name=piece["name"].text,
                owner=names.get(owner, f"process {owner}"),
                is_open=bool(piece["is_open"].number),
                messages=tuple(_messages(piece)),
                capacity=piece["room"].number,
                waiting=_waiting(piece["readers"]),
            )

    def _pipes(self) -> Iterator[Pipe]:
        for piece in self._variable(_PIPES, "pipes").chain("next"):
            counts = [end["count"].number for end in piece["from"].items()]
            yield Pipe(
                name=piece["name"].text,
                server=f"{piece['server_name'].text} ({piece['server_id'].number})",
                client_is_open=bool(piece["client_open"].number),
                to_client=counts[0],
                to_server=counts[1],
                opened=piece["open_count"].number,
                waiting=_waiting(piece["changed"]),
            )


def _queues_in(
    piece: Piece, words: str, depth: int, *, bare: bool = False
) -> Iterator[tuple[int, tuple[str, Piece]]]:
    """The wait queues in a value, by address. `bare` leaves the member's name out."""
    if piece.type.kind is Kind.ARRAY and depth:
        for number, item in enumerate(
            piece.items() if _holds_structures(piece) else ()
        ):
            yield from _queues_in(item, f"{words}[{number}]", depth - 1)
    if piece.type.kind is not Kind.STRUCTURE:
        return
    if piece.type.name == "wait_queue":
        yield piece.address, (words, piece)
    elif depth:
        for name in piece.type.fields:
            told = words if bare else f"{name} of {words}"
            yield from _queues_in(piece[name], told, depth - 1)


def _holds_structures(piece: Piece) -> bool:
    target = piece.type.target
    return target is not None and target.kind is Kind.STRUCTURE


def _waiting(queue: Piece) -> tuple[int, ...]:
    return tuple(thread["id"].number for thread in queue["first"].chain("next"))


def _messages(port: Piece) -> Iterator[str]:
    """The messages, in the order in which they will be read."""
    inbox, room = port["inbox"], port["room"].number
    kind, head = inbox.type.target, port["head"].number
    if kind is None or not inbox.number:
        return
    for number in range(min(port["count"].number, room, _LONGEST_INBOX)):
        place = inbox.number + (head + number) % room * kind.size
        message = at(port.reader, place, kind)
        words = MESSAGE.name(message["type"].number).replace("_", " ")
        yield f"{words} from {message['sender'].number}"
