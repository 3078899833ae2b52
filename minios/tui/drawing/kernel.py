"""What the kernel keeps in its own memory: threads and stacks, ports and queues."""

from __future__ import annotations

from minios.lab.kernel_view import KernelView, Pipe, Port, Process, Thread
from minios.tui.drawing.lines import Line, line, wrapped

_SIGNS = {
    "running": ("▶", "next"),
    "ready": ("●", "good"),
    "waiting": ("◌", ""),
    "ended": ("○", "dim"),
}


def threads(found: KernelView, width: int) -> list[Line]:
    """Each thread, what it waits for, and the calls on its stack, innermost first."""
    if found.trouble:
        return wrapped(found.trouble, width, "dim")
    head = f"{len(found.threads)} threads, {found.stacks_in_use} kernel stacks in use"
    lines = [line((head, "heading"))]
    for thread in found.threads:
        lines += _thread(thread, width)
    return lines


def _thread(thread: Thread, width: int) -> list[Line]:
    sign, role = _SIGNS.get(thread.state, ("?", "bad"))
    text = f"{sign} {thread.id} {thread.owner}: {thread.doing}"
    lines = wrapped(text, width, role or "")
    if thread.stack_top:
        text = f"    stack to {thread.stack_top:x}, {thread.stack_used} bytes used"
        lines.append(line((text, "dim")))
    for number, call in enumerate(thread.calls):
        arrow = "→" if number == 0 else " "
        text = f"    {arrow} {call.words}"
        lines.append(line((text, f"ring{call.ring}" if call.ring in (0, 3) else "bad")))
    return lines


def ports(found: KernelView, width: int) -> list[Line]:
    """Ports with their messages, pipes with their bytes, other queues, processes."""
    if found.trouble:
        return wrapped(found.trouble, width, "dim")
    waits = (f"  {it.words}: {_waiting(it.threads)}" for it in found.queues)
    blocks = (
        ("ports: inboxes of messages", [_port(it, width) for it in found.ports]),
        ("pipes: bytes between two programs", [_pipe(it, width) for it in found.pipes]),
        ("queues: who waits, first come first", [wrapped(it, width) for it in waits]),
        ("processes, rights, handles", [_process(it, width) for it in found.processes]),
    )
    lines: list[Line] = []
    for title, parts in blocks:
        lines.append(line((title, "heading")))
        lines += [row for part in parts for row in part] or [line(("  none", "dim"))]
    return lines


def _waiting(threads: tuple[int, ...]) -> str:
    numbers = ", ".join(str(number) for number in threads)
    return f"thread{'s' if len(threads) > 1 else ''} {numbers}" if threads else "nobody"


def _port(port: Port, width: int) -> list[Line]:
    full = len(port.messages)
    bar = "█" * full + "·" * (port.capacity - full)
    lines = [
        line(
            f"  {port.name or '(no name)':10} ",
            (bar, "warn" if full else "dim"),
            f" {full} of {port.capacity}",
        )
    ]
    words = f"      of {port.owner}{'' if port.is_open else ', closed'}"
    if port.waiting:
        words += f"; waits: {_waiting(port.waiting)}"
    lines += wrapped(words, width, "dim")
    for number, message in enumerate(port.messages, 1):
        lines += wrapped(f"      {number}. {message}", width, "warn")
    return lines


def _pipe(pipe: Pipe, width: int) -> list[Line]:
    client = "a client" if pipe.client_is_open else "no client"
    words = (
        f"      {pipe.server} ⇄ {client}: {pipe.to_server} bytes to the server, "
        f"{pipe.to_client} to the client; opened {pipe.opened} "
        f"{'time' if pipe.opened == 1 else 'times'}"
    )
    return [line(f"  {pipe.name}"), *wrapped(words, width, "dim")]


def _process(process: Process, width: int) -> list[Line]:
    rights = ", ".join(process.rights) or "nothing special"
    handles = ", ".join(process.handles)
    parent = process.parent_id or "the kernel"
    tables = f"page tables at {process.page_table:#x}"
    return [
        line((f"  {process.id} {process.name}", "ring3"), f", started by {parent}"),
        *wrapped(f"      rights: {rights}", width, "dim"),
        *wrapped(f"      handles: {handles}; {tables}", width, "dim"),
    ]
