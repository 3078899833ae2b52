"""What a lesson tells a learner to do, without the name of a key: `{push}`.

The same text is read on the screen, where an act is a key, and in plain mode, where it
is a numbered choice. So a text writes "Use {push} to send the file", and each interface
puts its own words there: "key p", "choice 4".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

ACTIONS: Final[Mapping[str, str]] = {
    "push": "push a content file",
    "why": "ask why a machine crashed, or why a process died",
    "explain": "have an event of the timeline explained",
    "console": "type on a machine's console",
    "screen": "read a machine's own screen",
    "pause": "pause, or go on",
    "skip": "skip a wait",
    "faster": "raise the speed",
    "step": "execute one instruction",
    "back": "go back in time",
    "before_fault": "go back to before a fault",
    "pause_at": "choose events and places at which to pause",
    "slow_pass": "follow one event through the rings, step by step",
    "inspect": "look inside: registers, page tables, threads",
    "registers": "look at the registers",
    "walk": "look at a page walk: how the CPU translates an address",
    "memory": "look at the memory at an address",
    "threads": "look at the threads and their stacks",
    "doors": "see how the CPU changed rings",
    "reset": "reset, cut the power, or start in another mode",
    "vendor": "be the vendor of the content files",
    "states": "see how the machines and their parts are",
    "answer": "answer the question of a task",
    "edit": "change a file of the lesson",
    "hint": "get the next hint",
}
"""The names that may stand in braces, and what each of them does."""

_NAMED: Final = re.compile(r"\{([a-z_]+)\}")


def named(text: str) -> list[str]:
    """The names in braces."""
    return _NAMED.findall(text)


def unknown(text: str) -> Iterator[str]:
    """The names in braces that no interface knows."""
    return (it for it in named(text) if it not in ACTIONS)


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """The text with the words of an interface for each act."""
    return _NAMED.sub(lambda found: keys.get(found[1], found[0]), text)
