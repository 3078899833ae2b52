"""Every condition, and how conditions combine."""

import re
from typing import TypeGuard

from minios.lab import (
    Bugcheck,
    Console,
    Death,
    DiskWrite,
    Event,
    Happened,
    Lab,
    Not,
    Ready,
    RecordCondition,
    Reset,
    Restart,
    Screen,
    events,
    milliseconds,
    seconds,
)


def test_conditions_of_ring_0(windows: Lab) -> None:
    """In the order in which they come."""
    windows.push("channel-291-bad")
    # [ring 0]
    windows.run_until(DiskWrite(sectors=1), within=seconds(5))  # a write is in flight
    windows.run_until(Bugcheck(0x50), within=seconds(5))  # any stop code: Bugcheck()
    windows.run_until(Screen("PAGE_FAULT_IN_NONPAGED"), within=seconds(5))
    windows.run_until(Reset(), within=seconds(5))  # the machine starts again
    windows.run_until(Ready(), within=seconds(5))  # every automatic service runs
    windows.run_until(Console(re.compile(r"STOP 0x\w+")), within=seconds(5))
    # [/ring 0]
    assert windows.boots == 2


def test_conditions_of_ring_3(macos: Lab) -> None:
    """The supervisor helps."""
    macos.push("channel-291-bad")
    # [ring 3]
    macos.run_until(Death("sentinel"), within=seconds(5))  # any process: Death()
    macos.run_until(Restart(1), within=seconds(5))  # the first one; any: Restart()
    macos.run_until(Happened(events.GaveUp), within=seconds(60))  # any kind of record
    macos.run_until(
        Happened(events.Restored, file="C-000291.SYS"), within=seconds(60)
    )  # ... that has these values
    # [/ring 3]
    assert macos.all(Bugcheck()) == ()


# [combining]
def test_conditions_combine(macos: Lab) -> None:
    """`|` is or, `.count` is how often, `Not` is that nothing of it comes."""
    macos.push("channel-291-bad")
    macos.run_until(Bugcheck() | Death(), within=seconds(5))  # whichever comes first
    macos.run_until(Death("sentinel").count(2), within=seconds(60))
    macos.run_until(Not(Bugcheck() | Reset()), within=seconds(3))  # the whole time


# [/combining]


# [own]
class LateDeath(RecordCondition[events.DeathEvent]):
    """A process dies after the first second."""

    def __call__(self, event: Event) -> TypeGuard[events.DeathEvent]:
        """Whether this record is it."""
        return isinstance(event, events.DeathEvent) and event.t > seconds(1)


def test_conditions_of_your_own(macos: Lab) -> None:
    """A class, or any function that takes a record."""
    macos.push("channel-291-bad")
    death = macos.run_until(LateDeath(), within=seconds(60))
    later = macos.run_until(lambda event: event.t > death.t, within=seconds(60))
    assert later.t > death.t > milliseconds(1000)


# [/own]
