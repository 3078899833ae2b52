"""Every restart policy against three bad extensions: restarts, and time without it.

    dies fast    20 ms after each start (two ticks of the timer)
    dies rarely  once a minute
    hangs        at once; a ping finds it after three seconds: one until the ping, two
                 until nothing has come

What is expected follows from the rules, with one exception. By its rule `hubris` starts
an extension that dies fast 20 times a second. Measured were 505 starts in 30 s, 17 a
second: a wait is rounded up to whole ticks of 10 ms. So these rows expect what was
measured, and only notice a change. An extension that hangs is missed from the ping on
that it did not answer, so a second of each round is not counted.

Deep: five minutes of a machine for each policy and each extension. One row has half a
minute alone, because its deaths are slow to emulate. The usual tests take half a minute
of the most telling ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pytest

from minios.lab import Lab, events, seconds
from tests.trust import probe

_BODY: Final = """
static void fail(void *argument)
{{
    (void)argument;
    {what}
}}

static int probe_start(void)
{{
    return (int)plugin_defer(fail, NULL, {after});
}}

const struct plugin plugin = {{.name = "probe", .start = probe_start}};
"""
_FAULT: Final = "*(volatile int *)8 = 1;"
_SLEEP: Final = "for (;;) { call(SYSCALL_SLEEP, 1000000000000, 0, 0); }"
BODIES: Final = {
    "dies fast": _BODY.format(what=_FAULT, after=10_000_000),
    "dies rarely": _BODY.format(what=_FAULT, after=60_000_000_000),
    "hangs": _BODY.format(what=_SLEEP, after=1),
}


@dataclass(frozen=True)
class Row:
    """A machine: for so many seconds, and what is expected of it."""

    what: str
    policy: str
    span: int
    restarts: int
    without: float
    gives_up: bool = False

    def __str__(self) -> str:
        return f"{self.what.replace(' ', '-')}-{self.policy}-{self.span}"


SHORT: Final = (
    Row("dies fast", "minix", 30, 4, 29.9, gives_up=True),
    Row("dies fast", "launchd", 30, 2, 29.9),
    Row("dies fast", "systemd", 30, 4, 29.9, gives_up=True),
    Row("dies fast", "hubris", 3, 3 * 17, 2.0),
    Row("hangs", "minix", 35, 4, 35 - 5, gives_up=True),
    Row("hangs", "launchd", 35, 3, 35 - 4),
)
LONG: Final = (
    Row("dies fast", "minix", 300, 4, 299.9, gives_up=True),
    Row("dies fast", "launchd", 300, 29, 299.4),
    Row("dies fast", "systemd", 300, 4, 299.9, gives_up=True),
    Row("dies fast", "hubris", 30, 30 * 17, 20),  # five hundred deaths are enough
    Row("dies rarely", "minix", 300, 4, 0),
    Row("dies rarely", "launchd", 300, 4, 0),
    Row("dies rarely", "systemd", 300, 4, 0.4),
    Row("dies rarely", "hubris", 300, 4, 0),
    Row("hangs", "minix", 300, 4, 300 - 5, gives_up=True),
    Row("hangs", "launchd", 300, 29, 300 - 30),
    Row("hangs", "systemd", 300, 96, 300 - 97),
    Row("hangs", "hubris", 300, 99, 300 - 100),
)


def machine(what: str, policy: str) -> Lab:
    """A machine with this extension, under this policy."""
    disk = probe.disk_with(probe.upstairs(BODIES[what]), probe.EXTENSION.format("-"))
    return probe.machine("macos", disk, {"restart": policy})


def measure(row: Row) -> None:
    """Run the machine, and compare what the shell and the records say."""
    with machine(row.what, row.policy) as lab:
        lab.boot()
        lab.run_for(seconds(row.span))
        lines = lab.console("super").splitlines()
        said = next(it for it in lines if it.startswith("probe.ext")).split()
        gave_up = any(isinstance(it, events.GaveUp) for it in lab.events)
        restarts = sum(isinstance(it, events.RestartEvent) for it in lab.events)

    assert gave_up == row.gives_up
    assert restarts == pytest.approx(row.restarts, rel=0.02, abs=1)
    assert float(said[-2]) == pytest.approx(row.without, rel=0.02, abs=0.3)


@pytest.mark.parametrize("row", SHORT, ids=str)
def test_restarts_and_time_without_it(row: Row) -> None:
    """For a short time."""
    measure(row)


@pytest.mark.deep
@pytest.mark.parametrize("row", LONG, ids=str)
def test_five_minutes_of_restarts_and_time_without_it(row: Row) -> None:
    """The whole table."""
    measure(row)


def bench(lab: Lab) -> int:
    """For how many virtual microseconds the same arithmetic runs."""
    lab.boot()
    answer = lab.console("run bench rounds 5000000", within=seconds(20))
    found = re.search(r"in (\d+) us", answer)
    assert found is not None, answer
    return int(found[1])


@pytest.mark.deep
def test_other_work_hardly_notices_the_restarts() -> None:
    """It keeps nine tenths of its progress beside 17 deaths a second.

    That is not so beside an extension that loops: until a ping finds it, it takes every
    other turn of the CPU. Nothing here measures that.
    """
    with probe.machine("macos", probe.disk_with({})) as quiet:
        alone = bench(quiet)
    with machine("dies fast", "hubris") as busy:
        beside = bench(busy)
        deaths = [it for it in busy.events if isinstance(it, events.DeathEvent)]

    assert len(deaths) > 5
    assert alone / beside > 0.9
