"""The supervisor's heartbeat: it finds an extension that lives, but does nothing.

Deep: an extension that loops until it is found, and the flood of messages. Programs
that use the CPU for seconds without a pause are slow to emulate. The short tests have
an extension that hangs in a wait, beside a live one.
"""

from __future__ import annotations

from typing import Final

import pytest

from minios.lab import Happened, Lab, events, milliseconds, seconds
from minios.session.status import State, Status, after
from tests.trust import probe

HANGS: Final = """
static void hang(void *argument)
{
    (void)argument;
    plugin_report_value("it hangs", 1);
    for (;;) {
        %s
    }
}

static int probe_start(void)
{
    return (int)plugin_defer(hang, NULL, 1500000000);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
LOOPS: Final = HANGS % '__asm__ volatile("");'
WAITS: Final = HANGS % "call(SYSCALL_SLEEP, 1000000000000, 0, 0);"

STARTS_NEVER: Final = """
static int probe_start(void)
{
    for (;;) {
        call(SYSCALL_SLEEP, 1000000000000, 0, 0);
    }
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""

# A program that nobody pings: it fills two inboxes whenever it may run.
FLOODS: Final = """
static void flood(void *argument)
{
    (void)argument;
    plugin_log("floods");
    for (;;) {
        tell("supervisor", "noise");
        tell("sentinel.ext", "noise");
    }
}

static int probe_start(void)
{
    return (int)plugin_defer(flood, NULL, 1000000000);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
SERVICE: Final = probe.EXTENSION.format("report")
UNRESPONSIVE: Final = Happened(events.Unresponsive)


def machine(body: str, restart: str = "minix") -> Lab:
    """A machine with this probe beside the sensor."""
    disk = probe.disk_with(probe.upstairs(body, rights=("REPORT",)), SERVICE)
    return probe.machine("macos", disk, {"restart": restart})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(LOOPS, id="loops", marks=pytest.mark.deep),
        pytest.param(WAITS, id="waits"),
    ],
)
def test_an_extension_that_hangs_is_ended_and_started_again(body: str) -> None:
    """At most a second until the next ping, and two until nothing has come."""
    with machine(body) as lab:
        lab.boot()
        hangs = lab.run_until(Happened(events.ValueReported), within=seconds(2))
        found = lab.run_until(UNRESPONSIVE, within=seconds(3.2))
        end = lab.run_until(Happened(events.ProcessExited), within=seconds(1))
        again = lab.run_until(Happened(events.RestartEvent), within=seconds(1))

        assert (found.name, found.silence) == ("probe.ext", seconds(2))
        assert found.t - hangs.t >= seconds(1.9)
        assert (end.name, end.process_id) == ("probe.ext", found.process_id)
        assert (again.name, again.attempt) == ("probe.ext", 1)
        assert "does not answer, and is ended" in lab.console_text
        assert [
            it.name for it in lab.events if isinstance(it, events.Unresponsive)
        ] == ["probe.ext"]


def test_an_extension_that_was_ended_is_shown_as_one_that_comes_again() -> None:
    """It did not fault. Still it is dead, and its next start is planned."""
    with machine(WAITS, restart="launchd") as lab:
        lab.boot()
        lab.run_until(Happened(events.RestartPlanned), within=seconds(6))
        status = Status()
        for event in lab.events:
            status = after(status, event)
        part = status.part("probe.ext")

        assert part is not None
        assert part.state is State.DIED
        assert part.words(lab.machine.now).startswith("restarting in ")


def test_an_extension_that_never_gets_ready_is_ended_too() -> None:
    """It has ten seconds for its start."""
    with machine(STARTS_NEVER) as lab:
        lab.boot(within=seconds(20))
        found = lab.run_until(UNRESPONSIVE, within=seconds(11))

        assert (found.name, found.silence) == ("probe.ext", seconds(10))
        assert "probe.ext does not say that it is ready" in lab.console_text


@pytest.mark.deep
def test_a_flood_of_messages_makes_nobody_seem_to_hang() -> None:
    """Who is alive makes room in its inbox, so a ping and its answer get through."""
    image = probe.upstairs(FLOODS)["/SYSTEM/EXTENS/PROBE.EXT"]
    with probe.machine("macos", probe.disk_with({"/BIN/FLOOD": image})) as lab:
        lab.boot()
        lab.type("run flood &\n")
        lab.run_for(seconds(5))

        assert "floods" in probe.said(lab)
        assert not [it for it in lab.events if isinstance(it, events.Unresponsive)]


def test_a_ping_costs_little() -> None:
    """A second of a machine on which nothing happens has hardly more work by it."""
    with probe.machine("macos", probe.disk_with({})) as lab:
        lab.boot()
        lab.run_for(seconds(3))
        before = lab.machine.instructions
        lab.run_for(seconds(10))

        assert lab.machine.instructions - before < milliseconds(100) // 10
