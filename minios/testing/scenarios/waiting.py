"""What a scenario waits for, as the lab has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, TypeGuard

from minios.lab import Condition, Console, DiskWrite, Event, Happened, Not, Screen
from minios.lab.combining import Watched
from minios.lab.conditions import RecordCondition
from minios.testing.scenarios import conditions, records
from minios.testing.scenarios.conditions import AnyOf, ConsoleShows, EventIs, NoneOf


@dataclass(frozen=True, slots=True)
class RecordIs(RecordCondition[Event]):
    """A record of this kind with these fields, which may also be limits."""

    kind: str
    fields: dict[str, Any] = field(hash=False)

    def __call__(self, event: Event) -> TypeGuard[Event]:
        """Whether this record is it."""
        return records.matches(event, self.kind, self.fields)

    def check(self, lab: Watched) -> None:
        """Refuse the name of a program that the machine does not have."""
        name = self.fields.get("name")
        if isinstance(name, str):
            Happened(records.KINDS[self.kind], name=name).check(lab)

    def __repr__(self) -> str:
        return records.in_words(self.kind, self.fields)


def condition(wanted: conditions.Condition) -> Condition[Any]:
    """The lab's condition for what a scenario waits for."""
    if isinstance(wanted, AnyOf):
        return _any(wanted.any_of)
    if isinstance(wanted, NoneOf):
        return Not(_any(wanted.none_of))
    if isinstance(wanted, EventIs):
        one = RecordIs(wanted.event, wanted.fields)
        return one if wanted.count == 1 else one.count(wanted.count)
    if isinstance(wanted, ConsoleShows):
        return Console(wanted.console)
    if isinstance(wanted, conditions.ScreenShows):
        return Screen(wanted.screen)
    return DiskWrite(wanted.disk_write)


def _any(wanted: Sequence[conditions.Simple]) -> Condition[Any]:
    return reduce(or_, map(condition, wanted))


def in_words(wanted: conditions.Condition) -> str:
    """What is waited for, for a report."""
    if isinstance(wanted, AnyOf):
        return " or ".join(map(in_words, wanted.any_of))
    if isinstance(wanted, NoneOf):
        return "none of: " + ", ".join(map(in_words, wanted.none_of))
    if isinstance(wanted, EventIs):
        times = f", {wanted.count} times" if wanted.count > 1 else ""
        return records.in_words(wanted.event, wanted.fields) + times
    if isinstance(wanted, ConsoleShows):
        return f"{wanted.console!r} on the console"
    if isinstance(wanted, conditions.ScreenShows):
        return f"{wanted.screen!r} on the screen"
    return f"a write of {wanted.disk_write} sectors or more to the disk"
