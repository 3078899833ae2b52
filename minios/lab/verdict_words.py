"""Why somebody was denied something, had to wait, or missed a message.

Three records of the security events are explained here: `denied`, `deadline_missed`
and `event_dropped`. What is said of macOS is what Apple documents of its Endpoint
Security framework, and of the header ESTypes.h of macOS 27.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi.security_events import SECURITY_EVENTS
from minios.abi.structures import EVENT_QUEUE
from minios.lab import events
from minios.lab.events import Event
from minios.lab.explanation import Explanation, Section
from minios.lab.lab import Lab
from minios.lab.quantities import short

_WORDS: Final = {it.name.lower(): it.words for it in SECURITY_EVENTS}
_ASKED: Final = {it.name.lower() for it in SECURITY_EVENTS if it.is_asked}
_BEFORE: Final = (
    "The kernel asks its clients before it does anything, and one client that denies "
    "it is enough."
)
_REFUSING: Final = Section(
    "In a real system",
    (
        "In macOS a client of Endpoint Security answers an AUTH event with allow",
        "or deny, and the caller waits for it in the same way. In Windows a driver",
        "can refuse in a callback that the kernel calls.",
    ),
)
_NOT_FOR_DRIVERS: Final = Section(
    "Why only a client in ring 3 can be late",
    (
        "The kernel can end a process, and go on. A driver is called on the thread",
        "that asks, as a part of the kernel: it has no deadline, and whoever asks",
        "waits for as long as the driver takes.",
    ),
)
_BEING_LATE: Final = Section(
    "In a real system",
    (
        "macOS, too, ends a client that misses a deadline. If it is a system",
        "extension, it may be started again. Since macOS 27 a client can choose to",
        "live: then what was asked is allowed (fail open) or denied (fail closed).",
        "It can make its deadline shorter, and not longer.",
    ),
)
_MISSING: Final = Section(
    "In a real system",
    (
        "In macOS, too, a client sees a gap in the numbers of its messages. A",
        "question that found no room is allowed, or denied under fail closed.",
    ),
)


def _operation(name: str) -> str:
    """What was asked, as a sentence may end."""
    return f"{name}, {_WORDS[name]}" if name in _WORDS else name


def explain(lab: Lab, event: Event) -> Explanation | None:
    """Explain one of the three kinds of record. None for any other."""
    match event:
        case events.Denied():
            return _denied(lab, event)
        case events.DeadlineMissed():
            return _deadline_missed(event)
        case events.EventDropped():
            return _event_dropped(event)
    return None


# ---- Denied.


def _denied(lab: Lab, event: events.Denied) -> Explanation:
    """Explain an operation that was denied: by a verdict, or because there was none."""
    who = _process(lab, event)
    target = event.target or "it"
    late = _late_verdict(lab, event)
    if late is None:
        first = f"{event.client} has denied what {who} wanted to do with {target}."
        why = f"{event.client} has given its verdict: deny."
    else:
        first = (
            f"The kernel has denied what {who} wanted to do with {target}, because "
            f"{event.client} gave no verdict in time."
        )
        why = (
            f"The kernel waited {short(late.waited)} for {event.client}. Its miss mode "
            "is fail_closed: without a verdict the answer is no."
        )
    return Explanation(
        (first, "The system call returned an error, and nothing has changed."),
        (
            f"The kernel asked: {_operation(event.operation)}.",
            _BEFORE,
            why,
            f"So {who} gets the error DENIED. It may try something else, or end.",
        ),
        (_REFUSING,),
    )


def _process(lab: Lab, event: events.Denied) -> str:
    """Who wanted it: the name of the process, if its start is on record."""
    for earlier in _until(lab, event):
        match earlier:
            case events.ProcessStarted(process_id=event.process_id, name=name):
                return f"{name} (process {event.process_id})"
            case events.Booted():
                break
    return f"process {event.process_id}" if event.process_id else "the kernel"


def _late_verdict(lab: Lab, event: events.Denied) -> events.DeadlineMissed | None:
    """The missed deadline by which this was denied; None if there was a verdict.

    The thread that asked reports both, the one right after the other.
    """
    for earlier in _until(lab, event):
        if isinstance(earlier, events.Denied) or earlier.t < event.t - _AT_ONCE:
            return None
        if (
            isinstance(earlier, events.DeadlineMissed)
            and earlier.mode == "fail_closed"
            and (earlier.client, earlier.operation) == (event.client, event.operation)
        ):
            return earlier
    return None


def _until(lab: Lab, event: Event) -> Iterator[Event]:
    """The records before this one, the latest first."""
    is_before = False
    for earlier in reversed(lab.events):
        if is_before:
            yield earlier
        is_before = is_before or earlier is event


_AT_ONCE: Final = 1_000_000  # nanoseconds between the two reports, at most


# ---- A verdict that did not come in time.

_FOLLOWS: Final = {
    "kill": (
        "so the kernel has ended {client}, and has allowed what {asker} wanted.",
        (
            "Its miss mode is kill: a client that is late is ended. If it is an "
            "extension, the supervisor starts it again. Until then nobody is asked."
        ),
    ),
    "fail_open": (
        "so the kernel has allowed what {asker} wanted.",
        (
            "Its miss mode is fail_open: the client lives, and without a verdict the "
            "answer is yes. So nobody waits longer, but nothing was checked."
        ),
    ),
    "fail_closed": (
        "so the kernel has denied what {asker} wanted.",
        (
            "Its miss mode is fail_closed: the client lives, and without a verdict the "
            "answer is no. So nothing happens unchecked, but others cannot work."
        ),
    ),
}


def _deadline_missed(event: events.DeadlineMissed) -> Explanation:
    """Explain a verdict that did not come in time: who waited, and what followed."""
    follows, mode = _FOLLOWS.get(event.mode, _FOLLOWS["kill"])
    follows = follows.format(client=event.client, asker=event.asker)
    waited = short(event.waited)
    return Explanation(
        (
            f"{event.client} gave no verdict in time, {follows}",
            f"{event.asker} has waited {waited} for it. Nobody else had to wait.",
        ),
        (
            f"The kernel asked {event.client}: {_operation(event.operation)}.",
            (
                f"Whoever asks has to wait for the verdict, so the thread of "
                f"{event.asker} slept."
            ),
            (
                f"The message had a deadline. After {waited} it had passed, and the "
                "kernel decided by itself."
            ),
            mode,
            "If the verdict still comes, it is refused: it is too late.",
        ),
        (_NOT_FOR_DRIVERS, _BEING_LATE),
    )


# ---- A message for which there was no room.


def _event_dropped(event: events.EventDropped) -> Explanation:
    """Explain a message that its client will never get."""
    if event.operation in _ASKED:
        asker = (
            "The client does not know of the question, so it gives no verdict. The "
            "kernel allows what was asked, unless the miss mode is fail_closed."
        )
    else:
        asker = "Nobody waits: the kernel only tells what has happened already."
    many = "1 message" if event.dropped == 1 else f"{event.dropped} messages"
    return Explanation(
        (
            f"{event.client} has missed a message, because its inbox was full.",
            "It takes its messages more slowly than they come.",
        ),
        (
            f"The message was about {_operation(event.operation)}.",
            (
                f"The kernel keeps {EVENT_QUEUE} messages for a client. It must not "
                "keep more and more: a client that hangs would use up its memory."
            ),
            asker,
            "The messages have numbers, so the client sees that some are missing.",
        ),
        (
            Section(
                "How often",
                (
                    f"{event.client} has missed {many} so far.",
                    "The first one is on record, and then each hundredth.",
                ),
            ),
            _MISSING,
        ),
    )
