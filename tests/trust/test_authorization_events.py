"""Which rights a new process asks for, and which it gets, is told."""

from __future__ import annotations

from typing import Final

import pytest

from minios.abi import syscalls
from minios.lab import Lab, milliseconds
from tests.trust import probe

NAMES: Final = ("NOTIFY_AUTHORIZATION_PETITION", "NOTIFY_AUTHORIZATION_JUDGEMENT")
RIGHT: Final = {name: bit for name, bit, _ in syscalls.RIGHTS}
LISTENS: Final = """
static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_NOTIFY_AUTHORIZATION_PETITION,
                                     EVENT_NOTIFY_AUTHORIZATION_JUDGEMENT};
    static const struct spawn much = {.path = "/bin/workload", .rights = RIGHT_POWER};
    static const struct spawn none = {.path = "/BIN/NOTHERE", .rights = RIGHT_SPAWN};
    int status = plugin_subscribe(types, 2);
    (void)call(SYSCALL_SPAWN, (uint64_t)&much, 0, 0);
    (void)call(SYSCALL_SPAWN, (uint64_t)&none, 0, 0);
    return status;
}

static void probe_event(const struct event *event)
{
    plugin_log("%s %s %x %x", event->type == EVENT_NOTIFY_AUTHORIZATION_PETITION
                                  ? "asks" : "gets",
               event->authorization.path, event->authorization.asked,
               event->authorization.granted);
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
};
"""


@pytest.fixture(scope="module")
def machine() -> Lab:
    """A machine that has started a plugin after the probe, with a right too many."""
    files = probe.upstairs(LISTENS, events=NAMES, rights=("EVENTS", "SPAWN"))
    line = (
        "guard.ext extension /SYSTEM/EXTENS/GUARD.EXT auto normal events,report,spawn"
    )
    disk = probe.disk_with(files, probe.EXTENSION.format("events,spawn"), line)
    lab = probe.machine("macos", disk)
    lab.boot()
    lab.run_for(milliseconds(50))
    return lab


@pytest.mark.parametrize(
    ("path", "asked", "granted"),
    [
        pytest.param(
            "/SYSTEM/EXTENS/GUARD.EXT",
            RIGHT["EVENTS"] | RIGHT["REPORT"] | RIGHT["SPAWN"],
            RIGHT["EVENTS"] | RIGHT["REPORT"],
            id="less",
        ),
        pytest.param("/BIN/WORKLOAD", RIGHT["POWER"], 0, id="not the parent's"),
        pytest.param("/BIN/NOTHERE", RIGHT["SPAWN"], 0, id="no such program"),
    ],
)
def test_rights_are_asked_for_and_judged(
    machine: Lab, path: str, asked: int, granted: int
) -> None:
    """A plugin gets only what its manifest names; a program that fails gets nothing."""
    told = [line for line in probe.said(machine) if f"{path} {asked:x} " in line]
    assert told == [f"asks {path} {asked:x} 0", f"gets {path} {asked:x} {granted:x}"]
