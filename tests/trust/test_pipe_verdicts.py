"""AUTH_PIPE_OPEN: a pipe is opened if all clients allow it, and untouched if not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest

from minios.lab import Lab, events, kernel_view, milliseconds
from tests.trust import probe

KEEPS_SHUT: Final = """
static int probe_start(void)
{
    const uint32_t types[] = {EVENT_AUTH_PIPE_OPEN, EVENT_PIPE_OPEN};
    return plugin_subscribe(types, 2);
}

static uint32_t probe_authorize(const struct event *event)
{
    plugin_log("asked %s", event->pipe.name);
    return memcmp(event->pipe.name, "lsass", 6) == 0 ? EVENT_VERDICT_DENY
                                                     : EVENT_VERDICT_ALLOW;
}

static void probe_event(const struct event *event)
{
    plugin_log("told %s", event->pipe.name);
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .authorize = probe_authorize,
    .event = probe_event,
};
"""
TYPES: Final = ("AUTH_PIPE_OPEN", "PIPE_OPEN")


@pytest.fixture(name="lab", scope="module", params=["windows", "macos"])
def shared_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A machine whose probe lets nobody open the pipe lsass; pipes are opened in it."""
    lines = {
        "windows": probe.DRIVER.format("system"),
        "macos": probe.EXTENSION.format("events"),
    }
    disk = probe.disk_with(
        probe.built(KEEPS_SHUT, TYPES, ("EVENTS",)), lines[request.param]
    )
    with probe.machine(request.param, disk, {"event_ms": "40"}) as lab:
        lab.boot()
        lab.run_for(milliseconds(1500))
        yield lab


def test_what_is_denied_has_not_happened(lab: Lab) -> None:
    """Nobody is told of it, the pipe does not count it, and the program hears of it."""
    said = Counter(probe.said(lab))
    opened = {it.name: it.opened for it in kernel_view.look(lab).pipes}
    denied = said["asked lsass"]

    assert denied > 3
    assert said["told lsass"] == opened["lsass"] == 0
    told = "workload: pipe lsass: a client of the security events has denied it"
    assert lab.console_text.count(told) == denied
    records = [it for it in lab.events if isinstance(it, events.Denied)]
    assert len(records) == denied
    assert {(it.client[:5], it.operation, it.target) for it in records} == {
        ("probe", "auth_pipe_open", "lsass")
    }


def test_what_is_allowed_happens_afterwards(lab: Lab) -> None:
    """First the question, then the event."""
    said = probe.said(lab)
    names = {it.removeprefix("told ") for it in said if it.startswith("told ")}

    assert len(names) == 3
    for name in names:
        assert said.index(f"asked {name}") < said.index(f"told {name}")
        assert said.count(f"asked {name}") == said.count(f"told {name}")
