"""`minios events`: what the kernel tells its clients, and what it asks them."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from typing import Final

from minios.abi.absent_events import ABSENT, REASONS
from minios.abi.endpoint_security import ENDPOINT_SECURITY
from minios.abi.security_events import (
    EVENT_TYPE,
    SECURITY_EVENTS,
    SecurityEvent,
    member_of,
)
from minios.abi.structures import Field
from minios.arguments import require_known
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "events",
    "List the security events: what the kernel tells and asks its clients.",
    place=92,
    uses=(
        (
            "know which security events there are, and which are missing",
            "`events`; `events --absent`",
        ),
    ),
)

_WIDTH: Final = 79
_DESCRIPTION: Final = """\
List the types of security event of this kernel.
A client, such as a security sensor, subscribes to types. The kernel asks a client
before something is done (the types whose name begins with AUTH), or tells it after
something was done (all others). The names are those of Apple's Endpoint Security,
where that has the same event. The others are ours alone.
Use this command before you write a plugin, to see what it can hear of. Name a type,
and you read all that an event of this type says."""
_EXAMPLES: Final = """\
examples:
  minios events              all types of this kernel
  minios events pipe_open    all that is said of one type
  minios events --absent     types of macOS that this kernel does not have, and why
  minios events --json       print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="say everything about this type"
    )
    parser.add_argument(
        "--absent",
        action="store_true",
        help="list the types of Endpoint Security that are absent here, and why",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list. Returns 0."""
    names = [it.upper() for it in arguments.names]
    require_known(names, [it.name for it in SECURITY_EVENTS], "type of event", "NAME")
    if arguments.absent:
        lines = _absent(as_json=arguments.json)
    else:
        chosen = [it for it in SECURITY_EVENTS if not names or it.name in names]
        if arguments.json:
            lines = (json.dumps(_row(it)) for it in chosen)
        else:
            lines = _in_full(chosen) if names else _table()
    for line in lines:
        print(line)
    return 0


def _number(event: SecurityEvent) -> int:
    return SECURITY_EVENTS.index(event)


def _told(event: SecurityEvent) -> list[Field]:
    """The fields of its subject that say something."""
    return [it for it in event.subject.fields if it.name != "reserved"]


def _row(event: SecurityEvent) -> dict[str, object]:
    """All of a row, for a program."""
    return {
        "name": event.name,
        "number": _number(event),
        "kind": "AUTH" if event.is_asked else "NOTIFY",
        "words": event.words,
        "subject": member_of(event.subject),
        "fields": {it.name: it.words for it in _told(event)},
        "posted_by": f"minios/kernel/{event.posted_by}",
        "is_apples": event.apple is not None,
        "since": None if event.apple is None else event.apple.since,
    }


# ---- What there is.


def _table() -> Iterator[str]:
    """A line for each type, in columns that are as wide as they have to be."""
    rows = [("", "type", "about", "macOS", "file of the kernel")]
    rows += [
        (
            str(_number(event)),
            event.name,
            member_of(event.subject),
            "-" if event.apple is None else event.apple.since,
            event.posted_by.removesuffix(".c"),
        )
        for event in SECURITY_EVENTS
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, *words in rows:
        told = zip(words, widths[1:], strict=True)
        line = " ".join(f"{word:{width}}" for word, width in told)
        yield f"{number:>{widths[0]}} {line}".rstrip()
    asked = sum(it.is_asked for it in SECURITY_EVENTS)
    apples = sum(it.apple is not None for it in SECURITY_EVENTS)
    yield ""
    total = len(SECURITY_EVENTS)
    yield f"{total} types. {asked} begin with AUTH: the kernel asks first."
    yield f"{apples} are types of macOS, with the version that brought them."


def _in_full(chosen: list[SecurityEvent]) -> Iterator[str]:
    """All that is known of some types."""
    for event in chosen:
        yield f"{event.name}: {event.words}"
        if event.is_asked:
            yield from _folded(
                "The kernel asks each client before this is done, and waits for the "
                "verdicts. One client that denies it is enough."
            )
        else:
            yield from _folded("The kernel tells each client. Nobody waits for them.")
        if event.apple is None:
            yield from _folded("macOS has no such event: this one is ours.")
        else:
            yield from _folded(
                f"In macOS: ES_EVENT_TYPE_{event.name}, since {event.apple.since}."
            )
        yield from _folded(f"In C: {EVENT_TYPE.prefix}_{event.name}.")
        yield from _folded(f"It comes from minios/kernel/{event.posted_by}.")
        yield f"  An event has these fields in `{member_of(event.subject)}`:"
        for field in _told(event):
            yield f"    {field.name:14} {field.words}".rstrip()


def _folded(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )


# ---- What there is not.


def _absent(*, as_json: bool) -> Iterator[str]:
    """The types of Endpoint Security without an event here, and why."""
    if as_json:
        for it in ENDPOINT_SECURITY:
            if it.name in REASONS:
                yield json.dumps(
                    {
                        "name": it.name,
                        "about": it.about,
                        "since": it.since,
                        "reason": REASONS[it.name],
                    }
                )
        return
    for absence in ABSENT:
        yield from textwrap.wrap(absence.reason, _WIDTH)
        yield from _folded(", ".join(absence.names))
        yield ""
    yield f"{len(REASONS)} of {len(ENDPOINT_SECURITY)} types of macOS are absent here."
