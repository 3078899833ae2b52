"""The life of an extension: asked for, approved, replaced, deactivated, gone.

One machine lives through all of it, with restarts, and the tests look at what it said.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi import disk_layout
from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import DiskWrite, Happened, Lab, events, milliseconds, seconds
from minios.lab.sightings import WriteSeen
from minios.lab.system_disk import system_files
from tests.trust import probe

WAITING: Final = "activated waiting for user"
ENABLED: Final = "activated enabled"
OFFERED: Final = "a new version, waiting for replace or cancel"
LEAVING: Final = "terminated waiting to uninstall on reboot"
GONE: Final = "not activated"
FILE: Final = "/system/extens/probe.ext"
FORBIDDEN: Final = "the caller lacks the right for this call"

SHIPPED: Final = {
    line.split()[0]
    for line in system_files()[disk_layout.SERVICES_PATH].decode().splitlines()
    if line.partition(" ")[0].endswith((".ext", ".drv"))
}
"""The plugins of ring 3 that every machine has in its list."""

SUBSCRIBES: Final = """
static int probe_start(void)
{
    const uint32_t type = EVENT_NOTIFY_TCC_MODIFY;
    plugin_log("NUMBER subscribed %d", plugin_subscribe(&type, 1));
    return 0;
}

static void probe_event(const struct event *event)
{
    plugin_log("%s %u %u", event->approval.name, event->approval.state,
               event->approval.sees_events);
}

const struct plugin plugin = {
    .name = "probe",
    .start = probe_start,
    .event = probe_event,
};
"""


def files_of(body: str) -> dict[str, bytes]:
    """The files of a probe that wants to hear of approvals."""
    built = probe.upstairs(body, events=("NOTIFY_TCC_MODIFY",), rights=("EVENTS",))
    return dict(built)


def forged(data: bytes, original: bytes) -> bytes:
    """The data with four bytes more, so that it has the CRC-32 of the original.

    Each bit of the four changes the same bits of the CRC, whatever the others are.
    """
    plain = zlib.crc32(data + bytes(4))
    rows: list[tuple[int, int]] = []  # which bits it changes, and by which of the four
    wanted, chosen = zlib.crc32(original) ^ plain, 0
    for place in range(32):
        bit = 1 << place
        changes = zlib.crc32(data + bit.to_bytes(4, "little")) ^ plain
        for other, bits in rows:
            if changes ^ other < changes:
                changes, bit = changes ^ other, bit ^ bits
        rows = sorted([*rows, (changes, bit)], reverse=True)
    for changes, bits in rows:
        if wanted ^ changes < wanted:
            wanted, chosen = wanted ^ changes, chosen ^ bits
    return data + chosen.to_bytes(4, "little")


def disk() -> bytes:
    """A disk with a probe that no list names, and other versions of it."""
    files = files_of(SUBSCRIBES.replace("NUMBER", "first"))
    second = files_of(SUBSCRIBES.replace("NUMBER", "second"))
    first, second_extension = (it["/SYSTEM/EXTENS/PROBE.EXT"] for it in (files, second))
    files["/PROBE.EXT"] = second_extension
    files["/FORGED.EXT"] = forged(second_extension, first)
    assert zlib.crc32(files["/FORGED.EXT"]) == zlib.crc32(first)
    return probe.disk_with(files)


def states(lab: Lab, name: str = "probe.ext") -> list[str]:
    """The states that the kernel has reported of a plugin, in order."""
    return [it.state for it in lab.all(events.ApprovalChanged) if it.name == name]


def listed(lab: Lab) -> dict[str, str]:
    """What `sysext` says: the state of each plugin."""
    rows = [line.split(None, 3) for line in lab.console("sysext").splitlines()]
    return {row[0]: row[3] for row in rows[1:] if len(row) == 4}


def rows(lab: Lab, name: str) -> list[str]:
    """The rows of `sysext` with this name. A version that is offered has its own."""
    return [it for it in lab.console("sysext").splitlines() if it.startswith(name)]


def typed(lab: Lab, *lines: str) -> str:
    """Type lines, and let things happen. Returns all that was said."""
    said = [lab.console(line) for line in lines]
    lab.run_for(milliseconds(200))
    return "\n".join(said)


def restart(lab: Lab) -> None:
    """Start the machine again, without a word to it."""
    lab.reset()
    lab.boot()
    lab.run_for(milliseconds(50))


@pytest.fixture
def machine() -> Iterator[Lab]:
    """A machine of the model macos on which nothing was activated yet."""
    with probe.machine("macos", disk()) as lab:
        lab.boot()
        yield lab


def test_an_empty_list_says_how_to_fill_it(machine: Lab) -> None:
    """With a line that can be typed: then there is something to decide."""
    said, line = machine.console("sysext").strip().split(": ")

    typed(machine, line)

    assert said == "no plugin has asked the user yet; this asks"
    assert listed(machine)["counter.ext"] == WAITING


def test_an_extension_runs_after_the_user_has_approved_it(machine: Lab) -> None:
    """Not when it asks. And what came with the machine stays enabled."""
    typed(machine, f"sysext activate {FILE}")
    assert states(machine) == [WAITING]
    assert "probe.ext" not in machine.console("ps")
    assert listed(machine) == dict.fromkeys(SHIPPED, ENABLED) | {"probe.ext": WAITING}

    typed(machine, "sysext allow probe.ext", "sysext approve probe.ext")
    assert states(machine)[-1] == ENABLED
    assert "probe.ext" in machine.console("ps")
    assert "first subscribed 0" in probe.said(machine)

    restart(machine)
    assert probe.said(machine).count("first subscribed 0") == 2
    assert "sentinel runs in ring 3" in machine.console("sensor")
    assert typed(machine, f"sysext activate {FILE}") == ""  # it is active already
    assert len(states(machine)) == 3


def test_a_new_version_takes_the_place_of_the_old_one_only_if_told(
    machine: Lab,
) -> None:
    """Until then, and if it is cancelled, the old one runs."""
    typed(machine, f"sysext activate {FILE}", "sysext allow probe.ext")
    typed(machine, "sysext approve probe.ext")

    assert "another version is active" in typed(machine, "sysext activate /probe.ext")
    assert states(machine)[-1] == OFFERED
    typed(machine, "sysext cancel probe.ext")
    assert listed(machine)["probe.ext"] == ENABLED
    assert not [it for it in probe.said(machine) if it.startswith("second")]

    typed(machine, "sysext activate /probe.ext", "sysext replace probe.ext")
    machine.run_for(seconds(1))
    assert "second subscribed 0" in probe.said(machine)
    restart(machine)
    assert probe.said(machine)[-1] == "second subscribed 0"


def test_a_deactivated_extension_runs_until_the_restart(machine: Lab) -> None:
    """Then it and what was offered are gone. A request before would have kept it."""
    typed(machine, f"sysext activate {FILE}", "sysext approve probe.ext")
    typed(machine, "sysext deactivate probe.ext", f"sysext activate {FILE}")
    assert states(machine)[-2:] == [LEAVING, ENABLED]

    typed(machine, "sysext activate /probe.ext", "sysext deactivate probe.ext")
    typed(machine, "sysext activate /probe.ext")  # which is offered already
    restart(machine)
    assert ENABLED in [it.split(None, 3)[3] for it in rows(machine, "probe.ext")]
    assert "probe.ext" in machine.console("ps")

    typed(machine, "sysext deactivate probe.ext", "sysext deactivate sentinel.ext")
    assert {"probe.ext", "sentinel.ext"} <= set(machine.console("ps").split())
    restart(machine)
    assert set(listed(machine)) == SHIPPED - {"sentinel.ext"}
    assert not {"probe.ext", "sentinel.ext"} & set(machine.console("ps").split())
    assert [it.name for it in machine.all(events.PluginRefused)][-1] == "sentinel.ext"


def test_a_request_can_be_withdrawn(machine: Lab) -> None:
    """Then there is nothing left to decide, and a wrong name is told."""
    typed(machine, f"sysext activate {FILE}", "sysext cancel probe.ext")

    assert states(machine) == [WAITING, GONE]
    assert "nothing to decide" in typed(machine, "sysext approve probe.ext")
    assert "usage" in typed(machine, "sysext approve")
    assert "not an executable" in typed(machine, "sysext activate /bin/shell")
    assert "no such file" in typed(machine, "sysext activate /nowhere.ext")
    driver = "sysext activate /system/drivers/keylog.sys"
    assert "the policy of this model forbids it" in typed(machine, driver)


@pytest.mark.parametrize("other", ["/probe.ext", "/forged.ext"])
def test_other_bytes_than_the_approved_ones_do_not_run(
    machine: Lab, other: str
) -> None:
    """Somebody writes another program over the file. One has the same CRC-32."""
    typed(machine, f"sysext activate {FILE}", "sysext approve probe.ext")
    assert "first subscribed" in machine.console_text
    typed(machine, f"cp {other} {FILE}")
    restart(machine)

    failed = {it.name: it.error for it in machine.all(events.ServiceFailed)}
    assert failed == {"probe.ext": "nobody has approved it"}
    assert "second subscribed" not in machine.console_text


def test_no_program_can_write_its_own_approval(machine: Lab) -> None:
    """Not even the shell, which may change all other files, by any name."""
    typed(machine, f"sysext activate {FILE}")
    for line in (
        "cp /probe.ext /system/approved.dat",
        "mv /probe.ext /SYSTEM//APPROVED.DAT/",
        "mv /system/approved.dat /x",
        "rm /system/approved.dat",
        "cp /probe.ext /system/approved.new",
        "mv /system /other",
        "mv /SYSTEM./ /other",
        "mv /probe.ext /system",
        "mv / /other",
    ):
        assert FORBIDDEN in typed(machine, line), line
    assert listed(machine)["probe.ext"] == WAITING


def test_a_state_survives_crashes_and_power_cuts(machine: Lab) -> None:
    """It holds on the disk before it holds in memory."""
    typed(machine, f"sysext activate {FILE}", "sysext approve probe.ext")
    machine.cut_power()
    machine.boot()
    assert listed(machine)["probe.ext"] == ENABLED
    typed(machine, "sysext deactivate probe.ext")
    machine.cut_power()
    machine.boot()
    assert "probe.ext" not in listed(machine)


def test_security_events_need_an_approval_of_their_own(machine: Lab) -> None:
    """Without it an extension runs, and is refused with an error of its own."""
    typed(machine, f"sysext activate {FILE}", "sysext approve probe.ext")
    refused = f"first subscribed {-ERRORS['NOT_APPROVED']}"
    assert probe.said(machine)[-1] == refused
    assert [it.what for it in machine.all(events.PluginLimited)] == [
        "security events: nobody has approved that"
    ]

    typed(machine, "sysext allow probe.ext")
    restart(machine)
    assert probe.said(machine)[-1] == "first subscribed 0"
    typed(machine, "sysext forbid villain.ext")
    assert probe.said(machine)[-1] == "villain.ext 2 0"  # NOTIFY_TCC_MODIFY


def test_a_driver_in_ring_3_needs_an_approval_as_well(machine: Lab) -> None:
    """On macOS it is a system extension, too. The one of the shipped disk has it."""
    typed(machine, f"sysext activate {FILE}", "svc lamps.drv auto")
    restart(machine)
    assert "lamps.drv" in machine.console("ps")

    typed(machine, "sysext deactivate lamps.drv")
    restart(machine)
    assert "lamps.drv" not in machine.console("ps")
    typed(machine, "sysext activate /system/userdrv/lamps.drv")
    assert states(machine, "lamps.drv") == [LEAVING, WAITING]
    typed(machine, "sysext approve lamps.drv")
    assert "lamps.drv" in machine.console("ps")


def writes_until_approved(lab: Lab) -> int:
    """How many writes to the disk it takes to approve the probe."""
    lab.type("sysext approve probe.ext\r")
    number = 0
    while ENABLED not in states(lab):
        met = lab.run_until(
            DiskWrite() | Happened(events.ApprovalChanged), within=seconds(1)
        )
        number += isinstance(met, WriteSeen)
    return number


def test_an_approval_is_whole_wherever_the_power_goes(machine: Lab) -> None:
    """At each write, with none or all of its sectors: it is asked for, or approved."""
    typed(machine, f"sysext activate {FILE}")
    before = machine.snapshot()
    found = []
    for number in range(1, writes_until_approved(machine) + 1):
        for kept in (0, None):
            machine.restore(before)
            machine.type("sysext approve probe.ext\r")
            machine.run_until(DiskWrite().count(number), within=seconds(1))
            machine.cut_power(kept_sectors=kept)
            machine.boot()
            found.append(listed(machine)["probe.ext"])
    assert set(found) == {WAITING, ENABLED}
    assert found == sorted(found, reverse=True)  # approved once, and then for ever


OWNS: Final = """
static int probe_start(void)
{
    plugin_log("NUMBER %ld", call(SYSCALL_PORT_CREATE, (uint64_t)"updater", 0, 0));
    return 0;
}

const struct plugin plugin = {.name = "NAME", .start = probe_start};
"""


def called(name: str) -> tuple[str, bytes]:
    """An extension with that name, which wants the port of the updater."""
    built = probe.upstairs(OWNS.replace("NAME", name), name=name)
    path = f"/SYSTEM/EXTENS/{name.upper()}.EXT"
    return path, built[path]


def test_no_plugin_is_called_as_a_program_of_the_system() -> None:
    """Otherwise it could own the program's port. The user is not even asked."""
    names = ("init", "recovery", "updater", "shell")
    added = probe.disk_with(dict(map(called, names)))
    with probe.machine("macos", added) as lab:
        lab.boot()
        for name in names:
            said = typed(lab, f"sysext activate /system/extens/{name}.ext")
            assert "this name belongs to a program of the system" in said, name
            assert states(lab, f"{name}.ext") == []


def test_a_plugin_of_the_list_cannot_take_the_place_of_a_program() -> None:
    """A list may name it all the same: init starts, and ports stay what they were."""
    lines = [
        f"{name}.ext extension /SYSTEM/EXTENS/{name.upper()}.EXT auto normal report"
        for name in ("init", "updater")
    ]
    added = probe.disk_with(dict(map(called, ("init", "updater"))), *lines)
    with probe.machine("macos", added) as lab:
        lab.boot()
        typed(lab)
        for name in ("init", "updater"):
            assert f"{name}.ext: NUMBER {-ERRORS['NOT_PERMITTED']}" in lab.console_text
