"""Clients of the security events, and who waits for them: from the kernel's memory.

    for client in look(lab).clients:
        client.name, client.queued, client.questions

The guest does not report this, and does not know that it is read. Names and types come
from its source, as in `kernel_view.py`. Damaged values are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from minios.abi.enumerations import EVENT_MISS
from minios.abi.ports import TICK_HZ
from minios.abi.security_events import EVENT_TYPE
from minios.abi.structures import EVENT_QUEUE
from minios.errors import ImageError
from minios.lab.guest_values import Piece
from minios.lab.kernel_memory import THREADS, KernelMemory
from minios.lab.lab import Lab

_CLIENTS: Final = "events/client.c"
_VERDICTS: Final = "events/verdict.c"
_PORTS: Final = "ipc/port.c"
_TICK: Final = 1_000_000_000 // TICK_HZ


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict for which somebody waits.

    `left` is the virtual time in nanoseconds until the deadline, at most: the kernel
    looks at each tick. It is less than 0 if the kernel has not looked yet.
    """

    operation: str
    asker: str
    left: int


@dataclass(frozen=True, slots=True)
class Client:
    """A client: what it has subscribed to, and how it does.

    Attributes:
        id: counted from 1 since the boot.
        name: of its program or driver.
        process_id: 0 for a driver.
        types: what it has subscribed to.
        mutes: how many lines its lists of muted events have.
        deadline: nanoseconds that it has for a verdict. None for a driver.
        miss_mode: what follows if it gives none.
        messages: how many were meant for it.
        dropped: of these, those that found no room.
        missed: verdicts that came too late, or never.
        denied: operations that it has denied.
        queued: events that wait in its inbox now.
        questions: its verdicts for which somebody waits now.
        is_asked_now: whether it is a driver in the middle of a question.
    """

    id: int
    name: str
    process_id: int
    types: tuple[str, ...]
    mutes: int
    deadline: int | None
    miss_mode: str
    messages: int
    dropped: int
    missed: int
    denied: int
    queued: int
    questions: tuple[Question, ...]
    is_asked_now: bool

    @property
    def is_driver(self) -> bool:
        """Whether it is called by the kernel, in ring 0."""
        return not self.process_id

    @property
    def room(self) -> int:
        """How many events its inbox can hold."""
        return EVENT_QUEUE


@dataclass(frozen=True, slots=True)
class ClientsView:
    """All clients, the oldest first. `trouble` says what could not be read, and why."""

    clients: tuple[Client, ...] = ()
    trouble: str = ""


def look(lab: Lab) -> ClientsView:
    """Read everything as it is now."""
    try:
        memory = KernelMemory(lab)
        if not memory.current().is_there:
            return ClientsView(trouble="the kernel has not switched its memory on yet")
        return ClientsView(tuple(_clients(memory)))
    except (ImageError, KeyError) as error:
        return ClientsView(trouble=f"the kernel's structures are not known: {error}")


def _clients(memory: KernelMemory) -> Iterator[Client]:
    queued = {
        port["client"].number: port["events"].number
        for port in memory.variable(_PORTS, "ports").chain("next")
    }
    requests = list(memory.variable(_VERDICTS, "requests").chain("next"))
    ticks = memory.variable(THREADS, "ticks").number
    for piece in memory.variable(_CLIENTS, "event_clients").chain("next"):
        process_id = piece["link"]["process_id"].number
        own = [it for it in requests if it["client"].number == piece.address]
        yield Client(
            id=piece["id"].number,
            name=piece["link"]["name"].text,
            process_id=process_id,
            types=tuple(_types(piece["wanted"])),
            mutes=piece["mute_count"].number,
            deadline=piece["deadline"].number if process_id else None,
            miss_mode=EVENT_MISS.name(piece["miss_mode"].number),
            messages=piece["messages"].number,
            dropped=piece["dropped"].number,
            missed=piece["missed"].number,
            denied=piece["denied"].number,
            queued=queued.get(piece.address, 0),
            questions=tuple(_question(it, ticks) for it in reversed(own)),
            is_asked_now=piece["calls"].number > 0,
        )


def _types(wanted: Piece) -> Iterator[str]:
    words = [it.number for it in wanted["words"].items()]
    for number, name in EVENT_TYPE.names.items():
        if words[number // 64] >> number % 64 & 1:
            yield name


def _question(request: Piece, ticks: int) -> Question:
    event = request["event"].follow()
    return Question(
        operation="?" if event is None else EVENT_TYPE.name(event["type"].number),
        asker="?" if event is None else event["actor"]["name"].text,
        left=(request["deadline"].number - ticks) * _TICK,
    )
