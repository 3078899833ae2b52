"""The sensor blocks what its content tells it to block, in either ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi import disk_layout
from minios.abi.errors import BY_NAME as ERRORS
from minios.disk import SectorsOfBuffer, Volume
from minios.lab import Happened, Lab, content_files, events, milliseconds, seconds
from tests.trust import probe


@pytest.fixture(scope="module", params=["windows", "macos"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A machine with the shipped content that blocks a program."""
    with Lab(
        model=request.param, content="channel-291-block", options={"event_ms": "0"}
    ) as made:
        made.boot()
        yield made


def test_a_program_that_a_rule_forbids_does_not_begin(lab: Lab) -> None:
    """It is reported and denied; its process was never there, and init lives on."""
    before = len(lab.all(events.ProcessStarted))

    said = lab.console("run killinit")

    assert "has denied it" in said
    assert len(lab.all(events.ProcessStarted)) == before
    denied = lab.all(events.Denied)[-1]
    assert (denied.target, denied.operation) == ("/BIN/KILLINIT", "auth_exec")
    found = lab.all(events.Detected)[-1]
    assert (found.detection, found.text) == (0x3001, "exec /BIN/KILLINIT by shell")


def test_a_rule_that_only_reports_lets_the_program_begin(lab: Lab) -> None:
    """And a program that no rule is about is not reported."""
    denied = len(lab.all(events.Denied))

    said = lab.console("run bench calls 1")

    assert "exit status 0" in said
    assert len(lab.all(events.Denied)) == denied
    assert lab.all(events.Detected)[-1].detection == 0x3002


@pytest.mark.parametrize(
    ("command", "detection", "text"),
    [
        ("rm /system/services.ini", 0x3004, "delete /SYSTEM/SERVICES.INI by shell"),
        ("mv /system/services.ini /a", 0x3004, "rename /SYSTEM/SERVICES.INI by shell"),
        ("cp /bin/bench /system/new", 0x3005, "clone /BIN/BENCH by shell"),
        ("attrib /system/services.ini +r", 0x3004, "setflags /SYSTEM/SERVICES.INI"),
        ("touch /system/services.ini", 0x3004, "utimes /SYSTEM/SERVICES.INI by s"),
        ("cp /bin/bench /system/services.ini", 0x3005, "clone /BIN/BENCH by shell"),
        ("mv /bin/loop /system/loop", 0x3005, "rename /BIN/LOOP by shell"),
    ],
)
def test_a_file_that_a_rule_protects_stays_as_it_is(
    lab: Lab, command: str, detection: int, text: str
) -> None:
    """No entry of either folder has another name or size; reading is allowed."""
    folders = [lab.console(f"ls {it}") for it in ("/system", "/bin", "/")]
    inside = lab.console("cat /system/services.ini")

    assert "has denied it" in lab.console(command)

    assert lab.all(events.Denied)[-1].client.startswith("sentinel.")
    found = lab.all(events.Detected)[-1]
    assert (found.detection, found.text[: len(text)]) == (detection, text)
    assert [lab.console(f"ls {it}") for it in ("/system", "/bin", "/")] == folders
    assert lab.console("cat /system/services.ini") == inside


def test_a_file_that_no_rule_protects_can_be_changed(lab: Lab) -> None:
    """By the same commands."""
    denied = len(lab.all(events.Denied))

    lab.console("cp /system/services.ini /copy.ini")
    lab.console("mv /copy.ini /other.ini")
    assert "OTHER.INI" in lab.console("ls /").upper()
    lab.console("rm /other.ini")

    assert len(lab.all(events.Denied)) == denied


def test_new_content_arrives_though_the_sensor_is_asked_about_it(lab: Lab) -> None:
    """The updater writes the file, and the sensor reads it: neither waits for ever."""
    before = lab.snapshot()
    lab.push("channel-291-good")
    loaded = lab.run_until(Happened(events.ContentLoaded), within=seconds(1))

    assert loaded.version == 2
    assert not lab.all(events.DeadlineMissed)
    lab.restore(before)


def test_the_sensor_counts_what_it_saw(lab: Lab) -> None:
    """What it compared, what it found, and what it denied."""
    lab.console("run bench calls 1")
    lab.console("run killinit")

    found = len(lab.all(events.Detected))
    said = lab.console("sensor")

    assert f"{found} detections" in said
    assert f"{len(lab.all(events.Denied))} operations were denied" in said


def test_content_without_rules_for_programs_is_not_asked_about_them() -> None:
    """So a machine with the usual content pays nothing for it."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.console("run bench calls 1")
        lab.run_for(milliseconds(10))

        assert "0 events seen" in lab.console("sensor")


FLOODS: Final = """
static void go(void *unused)
{
    (void)unused;
    static const struct spawn forbidden = {.path = "/BIN/KILLINIT"};
    long calm = call(SYSCALL_SPAWN, (uint64_t)&forbidden, 0, 0);
    (void)call(SYSCALL_PIPE_CREATE, (uint64_t)"flood", 0, 0);
    (void)call(SYSCALL_SLEEP, 100000000, 0, 0);
    for (int i = 0; i < 60; i++) {
        long pipe = call(SYSCALL_PIPE_OPEN, (uint64_t)"flood", 0, 0);
        (void)call(SYSCALL_CLOSE, (uint64_t)pipe, 0, 0);
    }
    long flooded = call(SYSCALL_SPAWN, (uint64_t)&forbidden, 0, 0);
    plugin_log("%ld %ld", calm, flooded);
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(go, NULL, UINT64_C(1000000000));
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.mark.parametrize("model", ["windows", "macos"])
def test_a_flood_of_events_does_not_switch_the_sensor_off(model: str) -> None:
    """What was told may be dropped then, but questions have places of their own."""
    files = probe.upstairs(FLOODS, rights=("SPAWN",))
    disk = bytearray(probe.disk_with(files, probe.PROGRAM.format("auto", "spawn")))
    blocking = content_files.find("channel-291-block").data
    Volume(SectorsOfBuffer(disk)).write(disk_layout.CONTENT_PATH, blocking)
    with probe.machine(model, bytes(disk)) as lab:
        lab.boot()
        lab.run_for(seconds(3))

        denied = -ERRORS["DENIED"]
        assert probe.said(lab)[-1] == f"{denied} {denied}"
        assert lab.all(events.EventDropped)
