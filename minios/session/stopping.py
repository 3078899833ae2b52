"""Tables of the events at which a run can pause, and of the ways to restart a machine.

The screen and the plain mode both use them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from minios.abi import policies
from minios.lab.inputs import CutPower, OfferFix, PressReset, Withdraw
from minios.session.orders import BootInto, Order, StepUnit

KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("any crossing of the rings", "crossing"),
    ("any fault", "fault"),
    ("a bugcheck", "bugcheck"),
    ("the death of a process", "death"),
    ("a restart by the supervisor", "restart"),
    ("a reset", "reset"),
    ("the end of a start: all services are running", "ready"),
    ("an update stored on the disk", "update_stored"),
    ("content loaded by the sensor", "content_loaded"),
    ("a detection", "detection"),
    ("the start of a process", "process_started"),
    ("the recovery environment", "recovery"),
)
_WORDS: Final = {kind: words for words, kind in KINDS}


def words_of(kinds: Iterable[str]) -> tuple[str, ...]:
    """The words for the chosen kinds of events, in the order of the table."""
    chosen = set(kinds)
    return tuple(words for words, kind in KINDS if kind in chosen)


def met(kind: str) -> str:
    """The words for the event at which a run has paused: "a fault", not "any fault"."""
    return _WORDS.get(kind, kind.replace("_", " ")).replace("any ", "a ", 1)


_STEPS: Final[dict[StepUnit, str]] = {
    "instruction": "one instruction",
    "line": "one line of source",
    "crossing": "a run to a crossing of the rings",
    "event": "a run to the next event",
}


def stepped(unit: StepUnit, name: str) -> str:
    """Why time is paused after a step; all machines go to the next event."""
    of_one = "" if unit == "event" else f" of {name}"
    return f"paused after {_STEPS[unit]}{of_one}"


Choices: TypeAlias = tuple[tuple[str, Order], ...]
"""What a person reads, and the order that it stands for."""

_AT_ONCE: Final[Choices] = (
    ("press the reset button", PressReset()),
    ("cut the power, and switch it on again", CutPower()),
)
POWER: Final[Choices] = (
    *_AT_ONCE,
    ("start in safe mode, with only the services that a start needs", BootInto("safe")),
    ("start the recovery environment", BootInto("recovery")),
    ("start with the last good service list", BootInto("last good")),
)
POWER_WITH_MENU: Final[Choices] = (
    *_AT_ONCE,
    ("start with the boot entry blocklist, without the module", BootInto("safe")),
    ("start the boot menu", BootInto("recovery")),
    (
        "start with the boot entry previous, as before the last change",
        BootInto("last good"),
    ),
)


def power(model: str) -> Choices:
    """The ways to restart a machine of this model.

    Where there is a boot menu (Linux), its entries stand for the modes of Windows.
    """
    return POWER_WITH_MENU if policies.BY_NAME[model].has_boot_menu else POWER


VENDOR: Final[Choices] = (
    ("withdraw the content file, so that no other machine gets it", Withdraw()),
    ("offer a fix to machines in the recovery environment", OfferFix("channel-291")),
)
