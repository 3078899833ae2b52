"""What a scenario asks a lab: its time, its records, its services, its protection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from minios.errors import ScenarioError, SnapshotError
from minios.lab import (
    Bugcheck,
    Death,
    Happened,
    Lab,
    Reset,
    events,
    milliseconds,
    seconds,
)
from minios.lab.events import Event
from minios.lab.mistakes import NotFoundError
from minios.lab.protection import unprotected_time

FAULT: dict[str, Any] = {
    "ring": 3,
    "vector": None,
    "error_code": None,
    "address": None,
    "rip": None,
    "module": "sentinel.ext",
    "offset": None,
    "instruction": None,
    "bytes": None,
}


def at(t: int) -> dict[str, Any]:
    """The fields of every record."""
    return {"world": "macos", "t": t, "instructions": t // 10}


def up(t: int, plugin: str = "sentinel", process: int = 4) -> list[Event]:
    """A sensor comes up in ring 3."""
    name = f"{plugin}.ext"
    return [
        events.ProcessStarted(**at(t), name=name, process_id=process),
        events.SensorUp(**at(t), plugin=plugin, ring=3),
    ]


def death(t: int, name: str = "sentinel.ext", process: int = 4) -> Event:
    """A process dies."""
    return events.DeathEvent(**at(t), **FAULT, name=name, process_id=process)


def test_the_time_without_a_sensor_begins_at_power_on() -> None:
    """The start of a machine is not protected, and neither is what follows a death."""
    recorded = [*up(100), death(300), *up(450, process=9)]

    assert unprotected_time(recorded, 0, 1000) == 100 + 150
    assert unprotected_time(recorded, 100, 1000) == 150
    assert unprotected_time(recorded, 200, 320) == 20
    assert unprotected_time(recorded, 350, 400) == 50
    assert unprotected_time([], 0, 70) == 70


@pytest.mark.parametrize(
    "end",
    [
        events.ProcessExited(
            **at(300), name="sentinel.ext", process_id=4, status=0, cause="exit"
        ),
        events.ResetEvent(**at(300), reason="power cut", boot=1),
        events.PoweredOff(**at(300)),
    ],
)
def test_whatever_ends_a_sensor_ends_its_protection(end: Event) -> None:
    """Its own end, a reset, and no power."""
    assert unprotected_time([*up(100), end], 100, 1000) == 700


def test_another_process_of_the_same_name_protects_nobody_and_costs_nobody() -> None:
    """The process id tells them apart."""
    assert unprotected_time([*up(0), death(300, process=77)], 0, 1000) == 0
    assert unprotected_time([*up(0), death(300, name="shell")], 0, 1000) == 0


def test_one_sensor_of_two_is_enough() -> None:
    """Unprotected is a machine that no sensor protects."""
    both = [*up(0), *up(0, "guard", 5)]

    assert unprotected_time([*both, death(300)], 0, 1000) == 0
    assert unprotected_time(
        [*both, death(300), death(400, "guard.ext", 5)], 0, 1000
    ) == (600)


def test_a_bugcheck_leaves_a_machine_unprotected_until_the_sensor_is_up() -> None:
    """In ring 0 the sensor goes with the kernel."""
    with Lab(model="windows") as lab:
        ready = lab.boot()
        assert lab.is_protected()
        assert lab.unprotected_time(since=ready.t) == 0
        lab.push("channel-291-bad")
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        assert not lab.is_protected()
        again = lab.run_until(Happened(events.SensorUp), within=seconds(5))

        assert lab.unprotected_time(since=ready.t) == again.t - stop.t
        assert lab.unprotected_time(until=ready.t) == lab.all(events.SensorUp)[0].t


def test_a_death_costs_protection_until_the_restart(macos: Lab) -> None:
    """In ring 3 the supervisor brings it back."""
    macos.push("channel-291-bad")
    died = macos.run_until(Death(), within=seconds(5))
    again = macos.run_until(Happened(events.SensorUp), within=seconds(5))

    assert macos.unprotected_time(since=died.t) == again.t - died.t > 0


def test_a_time_that_has_not_come_is_refused() -> None:
    """Nothing is known of it."""
    with Lab(model="macos") as lab:
        with pytest.raises(ScenarioError, match=r"from 0 to 5 .*it is 0\."):
            lab.unprotected_time(until=5)
        with pytest.raises(ValueError, match=r"Give moments such as `lab\.now`"):
            lab.unprotected_time(since=-1)


def test_all_records_of_a_kind_or_condition_are_in_their_order(windows: Lab) -> None:
    """A kind, a condition with a name, a condition with fields."""
    windows.reset()
    windows.boot()
    boots = windows.all(events.Booted)

    assert [it.boot for it in boots] == [1, 2]
    assert windows.last(events.Booted) == boots[-1]
    assert windows.last(Happened(events.Booted, boot=1)) == boots[0]
    assert len(windows.all(Reset())) == 1
    assert windows.all(Bugcheck()) == ()


def test_the_last_of_what_has_not_happened_is_an_error(windows: Lab) -> None:
    """So a scenario can read its fields without asking first."""
    with pytest.raises(NotFoundError, match="no BugcheckEvent has been recorded"):
        windows.last(events.BugcheckEvent)
    with pytest.raises(LookupError, match=r"no Bugcheck\(\)"):
        windows.last(Bugcheck())


def test_the_services_are_those_of_the_disk() -> None:
    """Each with its start type, and whether it runs."""
    with Lab(model="macos", services={"workload": "disabled"}) as lab:
        lab.boot()
        found = {name: (it.start, it.runs) for name, it in lab.services.items()}

        assert found == {
            "sentinel.sys": ("system", False),
            "sentinel.ext": ("auto", True),
            "supervisor": ("auto", True),
            "updater": ("auto", True),
            "shell": ("boot", True),
            "workload": ("disabled", False),
            "villain.sys": ("demand", False),
            "villain.ext": ("demand", False),
            "commit": ("demand", False),
            "gate.sys": ("demand", False),
            "gate.ext": ("demand", False),
            "lamps.sys": ("demand", False),
            "lamps.drv": ("demand", False),
        }
        with pytest.raises(NotFoundError, match="Did you mean updater"):
            lab.services["updatr"]


def test_nothing_runs_on_a_machine_that_has_stopped(windows: Lab) -> None:
    """Not even the sensor that stopped it."""
    assert windows.services["sentinel.sys"].runs
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))

    assert not any(it.runs for it in windows.services.values())


def test_the_files_are_found_by_any_case_of_their_paths(macos: Lab) -> None:
    """As on other FAT volumes."""
    files = macos.files()

    assert files.exists("/system/content/c-000291.sys")
    assert not files.exists("/system/content/absent.sys")
    assert files.read("/System/Content/c-000291.SYS") == files.read(
        "/SYSTEM/CONTENT/C-000291.SYS"
    )
    names = [it.name for it in files.list("/system/content")]
    assert "C-000291.SYS" in names


def test_a_snapshot_of_another_model_is_refused() -> None:
    """Or the lab would say that it is what it is not."""
    with Lab(model="windows") as windows, Lab(model="macos") as macos:
        with pytest.raises(SnapshotError, match=r"model=macos: .*model=windows"):
            macos.restore(windows.snapshot())
        with pytest.raises(TypeError, match="a Snapshot is no snapshot of a lab"):
            macos.restore(macos.machine.snapshot())  # type: ignore[arg-type]


def test_a_closed_lab_says_that_it_is_closed() -> None:
    """Whatever one asks of it; its records are still there."""
    with Lab(model="macos") as lab:
        lab.boot()
        start = lab.snapshot()
    uses: tuple[Callable[[], object], ...] = (
        lambda: lab.now,
        lambda: lab.screen,
        lab.files,
        lambda: lab.push("channel-291-bad"),
        lambda: lab.type("help\r"),
        lambda: lab.console("help"),
        lambda: lab.run_for(milliseconds(1)),
        lambda: lab.run_until(Bugcheck(), within=seconds(1)),
        lambda: lab.run_to("kernel_main", within=seconds(1)),
        lab.reset,
        lab.cut_power,
        lab.snapshot,
        lambda: lab.restore(start),
        lab.disk_image,
        lab.unprotected_time,
    )
    for use in uses:
        with pytest.raises(ScenarioError, match=r"^macos: the lab is closed"):
            use()

    assert lab.last(events.ReadyEvent) == lab.events[-1]


def test_a_sensor_by_another_name_than_its_image_protects_nobody() -> None:
    """Its end could not be seen, and it would protect the machine for ever."""
    posing = events.SensorUp(**at(10), plugin="elsewhere", ring=3)

    assert unprotected_time([posing], 0, 100) == 100
