"""What the kernel keeps in its own memory: threads and stacks, ports and queues."""

from __future__ import annotations

from typing import Final

from minios.lab import kernel_view
from minios.lab.kernel_view import KernelView, Pipe, Port, Process, Thread
from minios.lab.quantities import listed
from minios.session.frames import Frame
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import counted

KERNEL_READ: Final = Reading("kernel", lambda it: kernel_view.look(it.lab))


def _threads(frame: Frame, _: str) -> Told:
    """How many threads and stacks there are, every thread, and its stack."""
    found = KERNEL_READ.found(frame)
    if found.trouble:
        return Told([f"The threads cannot be read: {found.trouble}."])
    in_use = counted(found.stacks_in_use, "kernel stack")
    said = f"{counted(len(found.threads), 'thread')}, {in_use} in use."
    return Told([said], parts=[(_thread(it), _stack(it)) for it in found.threads])


def _thread(found: Thread) -> str:
    return f"thread {found.id}, {found.owner}: {found.doing}"


def _stack(found: Thread) -> list[str]:
    """A thread and the calls on its stack, the innermost first."""
    said = [f"{_thread(found)}."]
    if found.stack_top:
        used = counted(found.stack_used, "byte")
        said.append(f"Its stack ends at {found.stack_top:#x}, {used} of it used.")
    if not found.calls:
        return [*said, "Its function calls cannot be found."]
    said.append("The function calls on it, the innermost first:")
    said += [f"ring {call.ring}, {call.words}" for call in found.calls]
    return said


def ports(found: KernelView) -> list[str]:
    """Ports with their messages, pipes with their bytes, other queues, processes."""
    if found.trouble:
        return [f"{found.trouble}."]
    said = [f"{counted(len(found.ports), 'port')}, inboxes of messages."]
    said += [row for it in found.ports for row in _port(it)]
    said.append(f"{counted(len(found.pipes), 'pipe')}, bytes between two programs.")
    said += [_pipe(it) for it in found.pipes]
    said.append(f"{counted(len(found.queues), 'queue')} in which threads wait.")
    said += [f"For {it.words}: {_waiting(it.threads)}." for it in found.queues]
    said.append(f"{counted(len(found.processes), 'process', 'processes')}.")
    return said + [row for it in found.processes for row in _process(it)]


def _waiting(numbers: tuple[int, ...]) -> str:
    names = listed([str(number) for number in numbers])
    return f"thread{'s' if len(numbers) > 1 else ''} {names}" if numbers else "nobody"


def _port(port: Port) -> list[str]:
    closed = "" if port.is_open else ", closed"
    waits = f", waiting for it: {_waiting(port.waiting)}" if port.waiting else ""
    full = f"{len(port.messages)} of {port.capacity} messages"
    return [
        f"Port {port.name or 'without a name'} of {port.owner}: {full}{closed}{waits}.",
        *(f"Message {n}: {it}." for n, it in enumerate(port.messages, 1)),
    ]


def _pipe(pipe: Pipe) -> str:
    client = "a client" if pipe.client_is_open else "no client"
    return (
        f"Pipe {pipe.name} of {pipe.server}, {client}: {pipe.to_server} bytes on their "
        f"way to the server, {pipe.to_client} to the client, opened "
        f"{counted(pipe.opened, 'time')}, waiting for it: {_waiting(pipe.waiting)}."
    )


def _process(process: Process) -> list[str]:
    parent = process.parent_id or "the kernel"
    rights = [name.replace("_", " ") for name in process.rights]
    handles = [f"handle {it}" for it in process.handles]
    where = f"page tables at {process.page_table:#x}"
    return [
        f"Process {process.id}, {process.name}, started by {parent}, {where}.",
        f"Its rights: {listed(rights, 'nothing special')}.",
        f"It has opened: {listed(handles, 'nothing')}.",
    ]


THREADS: Final = Pane(
    words="threads and their stacks",
    more=(
        "You hear every thread, and the functions on its stack, the innermost first. "
        "The kernel does not report this. minios reads it from the machine's memory, "
        "and takes the names from the kernel's source."
    ),
    tell=_threads,
    reading=KERNEL_READ,
)
PORTS: Final = Pane(
    words="ports, pipes, queues and processes",
    more=(
        "A port is a named inbox. A pipe carries bytes between two programs. A queue "
        "is where threads wait for the same thing. A process has rights, and handles "
        "to what it has opened."
    ),
    tell=lambda frame, _: Told(ports(KERNEL_READ.found(frame)), is_long=True),
    reading=KERNEL_READ,
)
PANES: Final = (THREADS, PORTS)
