"""Who gets security events, and who waits for their verdicts."""

from __future__ import annotations

from minios.lab.event_clients import Client, ClientsView, Question
from minios.lab.quantities import short
from minios.session.panes.clients import FOLLOWS
from minios.session.spoken import counted
from minios.tui.drawing.lines import Line, line, wrapped

_BAR = 10


def clients(found: ClientsView, width: int) -> list[Line]:
    """Each client: its inbox, what it has said, and who waits for it."""
    if found.trouble:
        return wrapped(found.trouble, width, "dim")
    if not found.clients:
        return wrapped("nobody has subscribed to security events", width, "dim")
    return [row for client in found.clients for row in _client(client, width)]


def _client(client: Client, width: int) -> list[Line]:
    ring = "ring0" if client.is_driver else "ring3"
    where = "driver" if client.is_driver else f"process {client.process_id}"
    lines = [line((client.name, ring), f", {where}")]
    lines += wrapped(f"    {', '.join(client.types) or 'no types'}", width, "dim")
    lines.append(_inbox(client))
    lines += wrapped(f"    {_counts(client)}", width)
    if client.deadline is None:
        text = "    no deadline: the kernel calls it, and waits"
        lines += wrapped(text, width, "dim")
    else:
        follows = FOLLOWS.get(client.miss_mode, client.miss_mode)
        text = f"    {short(client.deadline)} for a verdict; if late: {follows}"
        lines += wrapped(text, width, "dim")
    if client.is_asked_now:
        lines += wrapped("    ⧗ somebody waits until it returns", width, "warn")
    for question in client.questions:
        lines += wrapped(f"    ⧗ {_question(question)}", width, "warn")
    return lines


def _inbox(client: Client) -> Line:
    full = -(-_BAR * client.queued // client.room)
    bar = "█" * full + "·" * (_BAR - full)
    return line(
        "    inbox ",
        (bar, "warn" if full else "dim"),
        f" {client.queued} of {client.room}",
    )


def _counts(client: Client) -> str:
    words = [counted(client.messages, "message"), f"{client.denied} denied"]
    words += [f"{client.missed} late"] * (client.deadline is not None)
    words += [f"{client.dropped} lost"] * bool(client.dropped)
    words += [f"{client.mutes} muted"] * bool(client.mutes)
    return ", ".join(words)


def _question(question: Question) -> str:
    left = short(max(question.left, 0))
    return f"{question.asker} waits: {question.operation}, at most {left} more"
