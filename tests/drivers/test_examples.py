"""The example plugins do the same in both rings, or show what one ring cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from minios.abi import memory_map
from minios.lab import Lab, events, milliseconds, seconds

LIST: Final = "/system/services.ini"
BOTH: Final = pytest.mark.parametrize("ring", [0, 3], ids=["ring0", "ring3"])


@contextmanager
def running(name: str, ring: int, *, event_ms: int = 0) -> Iterator[Lab]:
    """A booted machine with this plugin beside the sensor."""
    model = "windows" if ring == 0 else "macos"
    with Lab(model=model, plugins=[name], options={"event_ms": str(event_ms)}) as lab:
        lab.boot()
        yield lab


def reported(lab: Lab, what: str) -> list[int]:
    """All numbers that were reported under this name, in order."""
    said = (it for it in lab.events if isinstance(it, events.ValueReported))
    return [it.value for it in said if it.what == what]


def guard_lines(lab: Lab) -> list[str]:
    """What the guard has said on the console of a file."""
    return re.findall(r"guard\.\w+: (/.*)", lab.console_text.replace("\r", ""))


# ---- counter


@BOTH
def test_the_counter_counts_every_pipe_once(ring: int) -> None:
    """The workload makes each of its four pipes once, and opens one every 50 ms."""
    with running("counter", ring, event_ms=50) as lab:
        lab.run_for(seconds(1))

        opens = reported(lab, "opens")
        assert reported(lab, "creates") == [1, 2, 3, 4]
        assert opens == list(range(1, len(opens) + 1))
        assert len(opens) > 10


def test_a_driver_on_the_disk_is_loaded_by_hand(windows: Lab) -> None:
    """No service list names it; this is what its page tells to type."""
    windows.console("load /SYSTEM/DRIVERS/COUNTER.SYS")
    windows.run_for(seconds(1))

    assert reported(windows, "opens")[:2] == [1, 2]


# ---- guard


@BOTH
def test_the_guard_names_who_changed_the_service_list(ring: int) -> None:
    """Changed, deleted and renamed into its place: each is a way to other bytes."""
    with running("guard", ring) as lab:
        lab.console(f"cp {LIST} /old.ini")
        lab.console(f"cp /system/content/c-000291.sys {LIST}")
        lab.console(f"rm {LIST}")
        lab.console(f"mv /old.ini {LIST}")
        lab.run_for(milliseconds(100))

        assert reported(lab, "changes") == [1, 2, 3]
        assert guard_lines(lab) == [
            "/SYSTEM/SERVICES.INI was changed by shell",
            "/SYSTEM/SERVICES.INI was taken away by shell",
            "/SYSTEM/SERVICES.INI was changed by shell",
        ]


@BOTH
def test_the_guard_gives_no_false_alarm(ring: int) -> None:
    """The same bytes again, or a file of that name elsewhere: nothing has changed."""
    with running("guard", ring) as lab:
        lab.console(f"cp {LIST} /services.ini")
        lab.console(f"cp /services.ini {LIST}")
        lab.console("rm /services.ini")
        lab.run_for(milliseconds(100))

        assert (reported(lab, "changes"), guard_lines(lab)) == ([], [])


# ---- keylog


def test_in_ring_0_the_key_logger_reads_along() -> None:
    """It has every key, and the shell has every key, too."""
    with running("keylog", 0) as lab:
        answer = lab.console("cat /nothing")

        assert answer.strip() == "/NOTHING: no such file or folder"
        assert bytes(reported(lab, "key")) == b"cat /nothing\r"


def test_the_key_logger_follows_the_end_of_the_ring() -> None:
    """The kernel's buffer has 4096 bytes; then it begins again from the front."""
    line = "cat /" + "x" * 70
    with running("keylog", 0) as lab:
        for _ in range(60):
            lab.console(line)

        assert bytes(reported(lab, "key")) == f"{line}\r".encode() * 60


def test_an_unloaded_key_logger_leaves_nothing_behind() -> None:
    """A routine that stays connected would stop the machine at the next key."""
    with running("keylog", 0) as lab:
        lab.console("unload keylog.sys")
        before = reported(lab, "key")
        answer = lab.console("cat /nothing")

        assert answer.strip() == "/NOTHING: no such file or folder"
        assert reported(lab, "key") == before


def test_in_ring_3_the_cpu_refuses_the_key_logger() -> None:
    """Its first read of the kernel's memory: the page is there, but not for ring 3."""
    with running("keylog", 3) as lab:
        death = next(it for it in lab.events if isinstance(it, events.DeathEvent))
        picture = lab.picture_of(death)
        kernel = memory_map.DIRECT_MAP + memory_map.KERNEL_PHYSICAL

        assert (death.name, death.ring, death.vector) == ("keylog.ext", 3, 14)
        assert (death.address, death.function) == (kernel, "find_uart")
        assert death.rule.startswith("the page is supervisor-only")
        assert picture is not None
        assert picture.walk is not None
        assert picture.walk.physical == memory_map.KERNEL_PHYSICAL


def test_a_key_logger_in_ring_3_costs_one_process() -> None:
    """The supervisor gives up on it; it has no key, and the console goes on."""
    with running("keylog", 3) as lab:
        lab.run_for(seconds(20))
        answer = lab.console("cat /nothing")
        given_up = [it.name for it in lab.events if isinstance(it, events.GaveUp)]

        assert answer.strip() == "/NOTHING: no such file or folder"
        assert given_up == ["keylog.ext"]
        assert reported(lab, "key") == []
