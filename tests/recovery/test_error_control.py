"""Start types and error control: what they do at a load failure, and what they do not.

The table is Microsoft's (windows-driver-docs, install/inf-addservice-directive.md).
"""

from __future__ import annotations

import pytest

from minios.abi import errors
from minios.disk import SectorsOfBuffer, Volume
from minios.lab import (
    Bugcheck,
    Happened,
    Lab,
    Ready,
    Reset,
    content_files,
    events,
    seconds,
)
from minios.lab.system_disk import system_disk

LIST = "/SYSTEM/SERVICES.INI"
LAST_GOOD_LIST = "/SYSTEM/SERVICES.LKG"
SHELL = "shell program /BIN/SHELL boot normal spawn,disk_write,power,load_driver\n"
KINDS = {
    "driver": "lost.sys driver /SYSTEM/DRIVERS/LOST.SYS {start} {error} -\n",
    "program": "lost program /BIN/LOST {start} {error} -\n",
}


def disk_with(text: str, last_good: str | None = None) -> bytes:
    """A system disk with this service list, and this one as the last good."""
    buffer = bytearray(system_disk(content_files.find("channel-291-factory").data))
    volume = Volume(SectorsOfBuffer(buffer))
    volume.write(LIST, text.encode())
    volume.write(LAST_GOOD_LIST, (text if last_good is None else last_good).encode())
    return bytes(buffer)


def lost(kind: str, error: str) -> str:
    """A list with a service whose file does not exist."""
    start = "system" if kind == "driver" else "auto"
    return SHELL + KINDS[kind].format(start=start, error=error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("error", "says"), [("ignore", False), ("normal", True)])
def test_ignore_and_normal_go_on_and_differ_in_a_line(
    kind: str, error: str, says: bool
) -> None:
    """One start, no reset; the failure is recorded in either case."""
    with Lab(disk=disk_with(lost(kind, error))) as lab:
        lab.boot()
        failed = [it for it in lab.events if isinstance(it, events.ServiceFailed)]
        said = "did not start" in lab.console_text

        assert lab.boots == 1
        assert [(it.error_control, it.name.split(".")[0]) for it in failed] == [
            (error, "lost")
        ]
        assert said == says


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", ["severe", "critical"])
def test_severe_and_critical_start_again_with_the_last_good_list(
    kind: str, error: str
) -> None:
    """The machine comes up with that list, which becomes the list after a while."""
    with Lab(disk=disk_with(lost(kind, error), last_good=SHELL)) as lab:
        lab.boot()
        assert lab.boots == 2
        modes = [it.mode for it in lab.events if isinstance(it, events.ModeChosen)]
        assert modes == ["normal", "last good"]
        lab.run_until(Happened(events.ServicesRestored), within=seconds(20))
        lab.run_for(seconds(1))
        assert lab.files().read(LIST) == SHELL.encode()
        assert lab.boots == 2


@pytest.mark.parametrize("kind", KINDS)
def test_severe_goes_on_where_the_last_good_list_does_not_help(kind: str) -> None:
    """It has been tried: the service is missing, the machine is up."""
    with Lab(disk=disk_with(lost(kind, "severe"))) as lab:
        lab.boot()
        failed = [it for it in lab.events if isinstance(it, events.ServiceFailed)]

        assert lab.boots == 2
        assert len(failed) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_critical_stops_where_the_last_good_list_does_not_help(kind: str) -> None:
    """Stop code 0x5A names the service and the error; then comes recovery."""
    name = KINDS[kind].split()[0]
    with Lab(disk=disk_with(lost(kind, "critical"))) as lab:
        stop = lab.run_until(Bugcheck("CRITICAL_SERVICE_FAILED"), within=seconds(5))
        assert stop.boot == 2
        assert [int(it) for it in stop.params] == [errors.BY_NAME["NOT_FOUND"], 3, 0, 0]
        assert f"*** in {name}\n" in lab.console_text.replace("\r", "")
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(5))


def test_error_control_is_about_loading_not_about_crashing() -> None:
    """A critical sensor that loads well and faults later: the same loop as ever."""
    shipped = Volume(
        SectorsOfBuffer(
            bytearray(system_disk(content_files.find("channel-291-bad").data))
        )
    )
    text = shipped.read(LIST).decode().replace("system  normal", "system  critical")
    assert "critical" in text.partition("sentinel.sys")[2].partition("\n")[0]
    buffer = bytearray(system_disk(content_files.find("channel-291-bad").data))
    Volume(SectorsOfBuffer(buffer)).write(LIST, text.encode())
    with Lab(disk=bytes(buffer)) as lab:
        for _ in range(2):
            lab.run_until(Bugcheck("PAGE_FAULT_IN_NONPAGED_AREA"), within=seconds(5))
            lab.run_until(Reset(), within=seconds(1))
        modes = [it.mode for it in lab.events if isinstance(it, events.ModeChosen)]

    assert modes == ["normal", "normal"]


def started(list_text: str, **options: str) -> list[str]:
    """The names of what is running once the machine is up."""
    with Lab(disk=disk_with(list_text), options=options) as lab:
        lab.boot()
        lab.wait_for_prompt()
        rows = lab.console("svc").splitlines()[1:]
        return [row.split()[0] for row in rows if row.split()[3] == "running"]


DRIVER = "villain.sys driver /SYSTEM/DRIVERS/VILLAIN.SYS {start} normal -\n"
PROGRAM = "workload program /BIN/WORKLOAD {start} normal -\n"


@pytest.mark.parametrize("service", [DRIVER, PROGRAM])
@pytest.mark.parametrize("start", ["boot", "system", "auto", "demand", "disabled"])
def test_a_start_type_says_what_starts_by_itself(service: str, start: str) -> None:
    """Boot, system and auto do; demand and disabled do not."""
    name = service.split(maxsplit=1)[0]
    running = started(SHELL + service.format(start=start))

    assert (name in running) == (start in {"boot", "system", "auto"})


@pytest.mark.parametrize(
    ("start", "loads"), [("demand", True), ("disabled", False), ("auto", False)]
)
def test_a_driver_is_loaded_on_demand_unless_it_is_disabled(
    start: str, loads: bool
) -> None:
    """Whatever the case of the path; and not twice."""
    with Lab(disk=disk_with(SHELL + DRIVER.format(start=start))) as lab:
        lab.boot()
        lab.wait_for_prompt()
        said = lab.console("load /system/drivers/villain.sys")
        row = next(it for it in lab.console("svc").splitlines() if "villain" in it)

    assert (said == "" or "loaded at" in said) == loads, said
    assert ("running" in row) == (start != "disabled")


def test_the_kernel_starts_boot_before_system_and_init_boot_before_auto() -> None:
    """Not the order of the list decides, but the start type."""
    text = (
        DRIVER.format(start="system")
        + "sentinel.sys driver /SYSTEM/DRIVERS/SENTINEL.SYS boot normal -\n"
        + PROGRAM.format(start="auto")
        + SHELL
    )
    with Lab(disk=disk_with(text)) as lab:
        lab.boot()
        modules = [it.name for it in lab.events if isinstance(it, events.ModuleLoaded)]
        programs = [
            it.name for it in lab.events if isinstance(it, events.ProcessStarted)
        ]

    assert modules == ["sentinel.sys", "villain.sys"]
    assert programs == ["init", "shell", "workload"]


def test_only_the_supervisor_reports_for_an_extension() -> None:
    """A lost critical extension leads to the last good list, by way of init."""
    lost_extension = "lost.ext extension /SYSTEM/EXTENS/LOST.EXT auto critical events\n"
    supervisor = "supervisor program /BIN/SUPERVIS auto normal spawn,report\n"
    text = SHELL + supervisor + lost_extension
    with Lab(model="macos", disk=disk_with(text, last_good=SHELL)) as lab:
        lab.run_until(Ready(), within=seconds(5))
        lab.run_for(seconds(1))
        modes = [it.mode for it in lab.events if isinstance(it, events.ModeChosen)]

    assert modes == ["normal", "last good"]
