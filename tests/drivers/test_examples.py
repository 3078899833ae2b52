"""The example plugins do the same in both rings, or show what one ring cannot do."""

from __future__ import annotations

import re
from typing import Final

import pytest

from minios.abi import memory_map
from minios.lab import Happened, Lab, events, kernel_view, milliseconds, seconds
from minios.testing.loans import Labs

LIST: Final = "/system/services.ini"
MS: Final = 1_000_000
BOTH: Final = pytest.mark.parametrize("ring", [0, 3], ids=["ring0", "ring3"])


def running(lab: Labs, name: str, ring: int, *, event_ms: int = 0) -> Lab:
    """A booted machine with this plugin beside the sensor."""
    model = "windows" if ring == 0 else "macos"
    return lab(model, plugins=[name], options={"event_ms": str(event_ms)})


def reported(lab: Lab, what: str) -> list[int]:
    """All numbers that were reported under this name, in order."""
    return [it.value for it in lab.all(events.ValueReported) if it.what == what]


def guard_lines(lab: Lab) -> list[str]:
    """What the guard has said on the console of a file."""
    return re.findall(r"guard\.\w+: (/.*)", lab.console_text.replace("\r", ""))


# ---- counter


@BOTH
def test_the_counter_counts_every_pipe_once(lab: Labs, ring: int) -> None:
    """The workload makes each of its four pipes once, and opens one every 50 ms."""
    machine = running(lab, "counter", ring, event_ms=50)
    machine.run_for(seconds(1))

    opens = reported(machine, "opens")
    assert reported(machine, "creates") == [1, 2, 3, 4]
    assert opens == list(range(1, len(opens) + 1))
    assert len(opens) > 10


def test_a_driver_on_the_disk_is_loaded_by_hand(windows: Lab) -> None:
    """No service list names it; this is what its page tells to type."""
    windows.console("load /SYSTEM/DRIVERS/COUNTER.SYS")
    windows.run_for(seconds(1))

    assert reported(windows, "opens")[:2] == [1, 2]


# ---- guard


@BOTH
def test_the_guard_names_who_changed_the_service_list(lab: Labs, ring: int) -> None:
    """Changed, deleted and renamed into its place: each is a way to other bytes."""
    machine = running(lab, "guard", ring)
    machine.console(f"cp {LIST} /old.ini")
    machine.console(f"cp /system/content/c-000291.sys {LIST}")
    machine.console(f"rm {LIST}")
    machine.console(f"mv /old.ini {LIST}")
    machine.run_for(milliseconds(100))

    assert reported(machine, "changes") == [1, 2, 3]
    assert guard_lines(machine) == [
        "/SYSTEM/SERVICES.INI was changed by shell",
        "/SYSTEM/SERVICES.INI was taken away by shell",
        "/SYSTEM/SERVICES.INI was changed by shell",
    ]


@BOTH
def test_the_guard_gives_no_false_alarm(lab: Labs, ring: int) -> None:
    """The same bytes again, or a file of that name elsewhere: nothing has changed."""
    machine = running(lab, "guard", ring)
    machine.console(f"cp {LIST} /services.ini")
    machine.console(f"cp /services.ini {LIST}")
    machine.console("rm /services.ini")
    machine.run_for(milliseconds(100))

    assert (reported(machine, "changes"), guard_lines(machine)) == ([], [])


# ---- keylog


def test_in_ring_0_the_key_logger_reads_along(lab: Labs) -> None:
    """It has every key, and the shell has every key, too."""
    machine = running(lab, "keylog", 0)
    answer = machine.console("cat /nothing")

    assert answer.strip() == "/NOTHING: no such file or folder"
    assert bytes(reported(machine, "key")) == b"cat /nothing\r"


def test_the_key_logger_follows_the_end_of_the_ring(lab: Labs) -> None:
    """The kernel's buffer has 4096 bytes; then it begins again from the front."""
    line = "cat /" + "x" * 70
    machine = running(lab, "keylog", 0)
    for _ in range(60):
        machine.console(line)

    assert bytes(reported(machine, "key")) == f"{line}\r".encode() * 60


def test_an_unloaded_key_logger_leaves_nothing_behind(lab: Labs) -> None:
    """A routine that stays connected would stop the machine at the next key."""
    machine = running(lab, "keylog", 0)
    machine.console("unload keylog.sys")
    before = reported(machine, "key")
    answer = machine.console("cat /nothing")

    assert answer.strip() == "/NOTHING: no such file or folder"
    assert reported(machine, "key") == before


def test_in_ring_3_the_cpu_refuses_the_key_logger(lab: Labs) -> None:
    """Its first read of the kernel's memory: the page is there, but not for ring 3."""
    machine = running(lab, "keylog", 3)
    death = machine.all(events.DeathEvent)[0]
    picture = machine.picture_of(death)
    kernel = memory_map.DIRECT_MAP + memory_map.KERNEL_PHYSICAL

    assert (death.name, death.ring, death.vector) == ("keylog.ext", 3, 14)
    assert (death.address, death.function) == (kernel, "find_uart")
    assert death.rule.startswith("the page is supervisor-only")
    assert picture is not None
    assert picture.fault.walk is not None
    assert picture.fault.walk.physical == memory_map.KERNEL_PHYSICAL


def test_a_key_logger_in_ring_3_costs_one_process(lab: Labs) -> None:
    """The supervisor gives up on it; it has no key, and the console goes on."""
    machine = running(lab, "keylog", 3)
    machine.run_for(seconds(20))
    answer = machine.console("cat /nothing")
    given_up = [it.name for it in machine.all(events.GaveUp)]

    assert answer.strip() == "/NOTHING: no such file or folder"
    assert given_up == ["keylog.ext"]
    assert reported(machine, "key") == []


# ---- gate


def gate(lab: Labs, ring: int, *words: str) -> Lab:
    """A machine whose gate was told these words, in which pipes are opened."""
    machine = running(lab, "gate", ring, event_ms=50)
    for word in words:
        name = "gate.sys" if ring == 0 else "gate.ext"
        assert machine.console(f"tell {name} {word}").strip() == f"{name}: as you say"
    return machine


@BOTH
def test_the_gate_keeps_one_pipe_shut(lab: Labs, ring: int) -> None:
    """The pipe lsass, each time, and no other."""
    machine = gate(lab, ring)
    machine.run_for(seconds(1))

    opened = {it.name: it.opened for it in kernel_view.look(machine).pipes}
    denied = machine.all(events.Denied)
    assert opened.pop("lsass") == 0 < len(denied)
    assert all(opened.values())
    assert {it.target for it in denied} == {"lsass"}


@pytest.mark.parametrize(
    ("mode", "is_denied", "lives"),
    [("kill", False, False), ("open", False, True), ("closed", True, True)],
)
def test_a_late_verdict_in_ring_3_ends_as_the_mode_says(
    lab: Labs, mode: str, *, is_denied: bool, lives: bool
) -> None:
    """After a tenth of a second, and at most a tick more."""
    machine = gate(lab, 3, mode, "hang")
    before = len(machine.all(events.Denied))
    (process,) = re.findall(r"gate.ext +\d+", machine.console("clients"))
    missed = machine.run_until(
        Happened(events.DeadlineMissed, asker="workload"), within=seconds(1)
    )
    listed = machine.console("clients")

    assert 100 * MS <= missed.waited <= 110 * MS
    assert (len(machine.all(events.Denied)) > before) == is_denied
    assert (process in listed) == lives


def test_nobody_hurries_a_driver(lab: Labs) -> None:
    """The workload waits for ever; the shell runs, and can end the workload."""
    machine = gate(lab, 0, "hang")
    machine.run_for(seconds(20))

    assert not machine.all(events.ValueReported)  # no verdict, after all this time
    assert not machine.all(events.DeadlineMissed)
    (process,) = re.findall(r"(\d+) +\d+ \w+ +workload", machine.console("ps"))
    machine.console(f"kill {process}")
    assert f"workload (process {process}) ended: killed" in machine.console_text
