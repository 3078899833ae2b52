"""The security event FILE_CHANGE: each change of a file is told, with who made it."""

from __future__ import annotations

from typing import Final

import pytest

from minios.lab import milliseconds
from tests.trust import probe

LISTENS: Final = """
static int probe_start(void)
{
    const uint32_t type = EVENT_FILE_CHANGE;
    return plugin_subscribe(&type, 1);
}

static void probe_event(const struct event *event)
{
    plugin_log("%s by %s", event->file.path, event->actor.name);
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
};
"""


@pytest.mark.parametrize(
    ("model", "service"),
    [
        pytest.param("windows", probe.DRIVER.format("system"), id="ring0"),
        pytest.param("macos", probe.EXTENSION.format("events"), id="ring3"),
    ],
)
def test_each_change_of_a_file_is_told_by_its_name(model: str, service: str) -> None:
    """A copy is told when it is closed, a rename by both names; reading is not told."""
    files = probe.built(LISTENS, events=("FILE_CHANGE",), rights=("EVENTS",))
    with probe.machine(model, probe.disk_with(files, service)) as lab:
        lab.boot()
        lab.console("cat /system/services.ini")
        lab.console("cp /system/services.ini /b.txt")
        lab.console("mv /b.txt /system/c.txt")
        lab.console("rm /system/c.txt")
        lab.console("rm /system/c.txt")  # there is no such file any more
        lab.run_for(milliseconds(100))

        assert [line for line in probe.said(lab) if " by " in line] == [
            "B.TXT by shell",
            "B.TXT by shell",
            "C.TXT by shell",
            "C.TXT by shell",
        ]
