"""Who gets security events, and who waits for their verdicts."""

from __future__ import annotations

from typing import Final

from minios.lab import event_clients
from minios.lab.event_clients import Client, Question
from minios.lab.quantities import listed, short
from minios.session.frames import Frame
from minios.session.panes.pane import Pane, Reading, Told
from minios.session.spoken import counted

CLIENTS_READ: Final = Reading("clients", lambda it: event_clients.look(it.lab))
FOLLOWS: Final = {
    "kill": "the kernel ends it, and allows what was asked",
    "fail_open": "it lives, and what was asked is allowed",
    "fail_closed": "it lives, and what was asked is denied",
}


def _clients(frame: Frame, _: str) -> Told:
    """Each client: who it is, what it has heard and said, and who waits for it."""
    found = CLIENTS_READ.found(frame)
    if found.trouble:
        return Told([f"The clients cannot be read: {found.trouble}."])
    said = f"{counted(len(found.clients), 'client')} of the security events."
    return Told([said], parts=[(_head(it), _in_full(it)) for it in found.clients])


def _head(client: Client) -> str:
    where = (
        "a driver in ring 0"
        if client.is_driver
        else f"process {client.process_id} in ring 3"
    )
    waits = counted(len(client.questions), "verdict")
    late = f"; {waits} of it waited for" if client.questions else ""
    return f"{client.name}, {where}{late}"


def _in_full(client: Client) -> list[str]:
    types = [it.replace("_", " ") for it in client.types]
    said = [
        f"{_head(client)}.",
        f"It has subscribed to {listed(types)}.",
        (
            f"{counted(client.messages, 'message')} meant for it, {client.dropped} "
            f"lost because its inbox was full, {client.queued} of {client.room} in the "
            "inbox now."
        ),
        f"It has denied {counted(client.denied, 'operation')}.",
    ]
    if client.deadline is None:
        said.append("It has no deadline: the kernel calls it, and waits.")
        if client.is_asked_now:
            said.append("Somebody is waiting for its verdict now.")
    else:
        said.append(
            f"It has {short(client.deadline)} for a verdict. If it is late, "
            f"{FOLLOWS.get(client.miss_mode, client.miss_mode)}. It was late "
            f"{counted(client.missed, 'time')}."
        )
    if client.mutes:
        said.append(f"It hides events from itself: {counted(client.mutes, 'line')}.")
    return said + [_question(it) for it in client.questions]


def _question(question: Question) -> str:
    operation = question.operation.replace("_", " ")
    return (
        f"{question.asker} waits for its verdict on {operation}, for at most "
        f"{short(max(question.left, 0))} more."
    )


CLIENTS: Final = Pane(
    words="who gets security events",
    more=(
        "A client is a plugin that has subscribed to security events. The kernel tells "
        "it what has happened, or asks it before something happens. You hear how many "
        "messages each has got and lost, whether it was late, and who waits for it."
    ),
    tell=_clients,
    reading=CLIENTS_READ,
    number=2,
)
PANES: Final = (CLIENTS,)
