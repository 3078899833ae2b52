"""Where time can be made to stand still, and how a machine can be made to start again.

Tables, for the screen and for plain mode.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from minios.session.orders import BootInto, CutPower, Order, PressReset, Vendor

KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("any crossing of the rings", "crossing"),
    ("any fault", "fault"),
    ("a bugcheck", "bugcheck"),
    ("the death of a process", "death"),
    ("a restart by the supervisor", "restart"),
    ("a reset", "reset"),
    ("the end of a start: all services are up", "ready"),
    ("a file that the updater stores", "update_stored"),
    ("content that the sensor loads", "content_loaded"),
    ("a detection", "detection"),
    ("a process that starts", "process_started"),
    ("the recovery environment", "recovery"),
)
_WORDS: Final = {kind: words for words, kind in KINDS}


def words_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """What is stopped at, in the order of the table."""
    chosen = set(kinds)
    return tuple(words for words, kind in KINDS if kind in chosen)


def met(kind: str) -> str:
    """The one that was come to: not any, but this."""
    return _WORDS[kind].replace("any ", "a ", 1)


Choices: TypeAlias = tuple[tuple[str, Order], ...]
"""What a person reads, and what is done then."""

POWER: Final[Choices] = (
    ("press the reset button", PressReset()),
    ("cut the power, and give it back", CutPower()),
    ("boot into safe mode: only what is needed to start", BootInto("safe")),
    ("boot into the recovery environment", BootInto("recovery")),
    ("boot with the last known good service list", BootInto("last good")),
)
VENDOR: Final[Choices] = (
    ("withdraw the content file: nobody gets it any more", Vendor("withdraw")),
    ("offer a fix to machines in recovery", Vendor("fix")),
)
