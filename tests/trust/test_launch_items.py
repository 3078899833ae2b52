"""What the service list gains and loses is told, with who has changed the list."""

from __future__ import annotations

from typing import Final

import pytest

from minios.abi import disk_layout, syscalls
from minios.lab import milliseconds
from minios.lab.system_disk import system_files
from tests.trust import probe

NAMES: Final = (
    "NOTIFY_BTM_LAUNCH_ITEM_ADD",
    "NOTIFY_BTM_LAUNCH_ITEM_REMOVE",
    "NOTIFY_TCC_MODIFY",
)
LISTENS: Final = """
static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_NOTIFY_BTM_LAUNCH_ITEM_ADD,
                                     EVENT_NOTIFY_BTM_LAUNCH_ITEM_REMOVE,
                                     EVENT_NOTIFY_TCC_MODIFY};
    return plugin_subscribe(types, 3);
}

static void probe_event(const struct event *event)
{
    const char *actor = event->actor.name;
    switch (event->type) {
    case EVENT_NOTIFY_BTM_LAUNCH_ITEM_ADD:
        plugin_log("+ %s %s by %s", event->launch_item.name, event->launch_item.path,
                   actor);
        return;
    case EVENT_NOTIFY_BTM_LAUNCH_ITEM_REMOVE:
        plugin_log("- %s %s by %s", event->launch_item.name, event->launch_item.path,
                   actor);
        return;
    default:
        plugin_log("= %s %x by %s", event->approval.name, event->approval.rights,
                   actor);
    }
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
};
"""
LINE: Final = probe.EXTENSION.format("events")
ADDED: Final = "extra program /BIN/EXTRA auto normal -"
RIGHTS: Final = {name: bit for name, bit, _ in syscalls.RIGHTS}


def changed(services: str) -> str:
    """The list with one line more, one less, another file and other rights."""
    lines = [it for it in services.splitlines() if not it.startswith("workload ")]
    text = "\n".join([*lines, LINE, ADDED, ""])
    text = text.replace("/VILLAIN.EXT", "/EVIL.EXT")
    return text.replace("demand  normal  load_driver", "demand  normal  link")


@pytest.mark.parametrize("way", ["mv /new.ini {}", "cp /new.ini {}"], ids=["mv", "cp"])
def test_each_change_of_the_list_is_told(way: str) -> None:
    """However the file was changed. It is compared with the list of the start."""
    files = dict(probe.upstairs(LISTENS, events=NAMES, rights=("EVENTS",)))
    services = system_files()[disk_layout.SERVICES_PATH].decode()
    files["/NEW.INI"] = changed(services).encode()
    with probe.machine("macos", probe.disk_with(files, LINE)) as lab:
        lab.boot()
        lab.console("cp /system/services.ini /system/old.ini")  # another file
        lab.console(way.format(disk_layout.SERVICES_PATH))
        lab.run_for(milliseconds(100))
        assert [it.removesuffix(" by shell") for it in probe.said(lab)] == [
            "- workload /BIN/WORKLOAD",
            "- villain.ext /SYSTEM/EXTENS/VILLAIN.EXT",
            "+ villain.ext /SYSTEM/EXTENS/EVIL.EXT",
            f"= commit {RIGHTS['LINK']:x}",
            "+ extra /BIN/EXTRA",
        ]

        lab.console("svc villain.ext disabled")  # neither gained nor lost
        lab.run_for(milliseconds(100))
        assert len(probe.said(lab)) == 5
        lab.console(f"rm {disk_layout.SERVICES_PATH}")
        lab.run_for(milliseconds(100))
        assert probe.said(lab)[-1] == "- extra /BIN/EXTRA by shell"
