"""What the guest's shell says to what cannot be done, and that it takes either case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab
from tests.trust import probe


@pytest.fixture(name="lab", scope="module")
def lab_at_its_prompt() -> Iterator[Lab]:
    """One machine for all questions: none of them changes it for the others."""
    with Lab(model="windows", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        yield lab


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("cat /SYSTEM", "/SYSTEM: that is a folder, not a file"),
        ("rm /system", "/SYSTEM: that is a folder, not a file"),
        ("ls /BIN/INIT", "/BIN/INIT: that is a file, not a folder"),
        ("cat /NOTHING", "/NOTHING: no such file or folder"),
        ("stat /bin/init", "flags     archive"),
        ("stat /NOTHING", "/NOTHING: no such file or folder"),
        ("attrib /bin/init +q", "usage: attrib FILE [+r -r +h -h +s -s +a -a]"),
        ("attrib /system", "/SYSTEM: folder"),
        ("touch /bin/init 2023-02-29", "2023-02-29: there is no such day"),
        ("touch /bin/init yesterday", "usage: touch FILE [YEAR-MONTH-DAY"),
        ("mount", "/: can be written; "),
        ("mount sideways", "usage: mount [ro or rw]"),
        ("svc NOBODY.SYS auto", "nobody.sys: no such service; `svc` lists them"),
        ("svc SENTINEL.SYS system", "sentinel.sys: start type system from the next"),
    ],
)
def test_the_shell_says_what_is_the_matter(lab: Lab, typed: str, said: str) -> None:
    """In words, about the path or the name as it is."""
    assert said in lab.console(typed)


def test_flags_and_dates_can_be_set(lab: Lab) -> None:
    """A read-only file is neither changed nor deleted; touch makes a file, too."""
    lab.console("touch /MINE 2000-02-29 23:59")
    assert "written   2000-02-29 23:59:00" in lab.console("stat /MINE")
    assert lab.console("attrib /MINE +r +h -a").strip() == "/MINE: read-only, hidden"
    read_only = "/MINE: the file, or the whole disk, is read-only"
    assert read_only in lab.console("rm /MINE")
    assert read_only in lab.console("cp /BIN/INIT /MINE")
    assert lab.console("attrib /MINE -r -h").strip() == "/MINE: none"
    assert lab.console("rm /MINE").strip() == ""


def test_a_read_only_disk_says_so(lab: Lab) -> None:
    """Until it is made writable again."""
    assert "/: read-only; " in lab.console("mount ro")
    read_only = "the file, or the whole disk, is read-only"
    for command in ("cp /BIN/INIT /MINE", "rm /BIN/INIT", "touch /MINE"):
        assert read_only in lab.console(command)
    assert "/: can be written; " in lab.console("mount rw")


def test_a_driver_can_be_loaded_more_often_than_there_are_entries(lab: Lab) -> None:
    """Those that were unloaded make room, the oldest first."""
    for _ in range(12):
        loaded = lab.console("load /SYSTEM/DRIVERS/VILLAIN.SYS")
        assert "runs in ring 0" in loaded
        assert "villain.sys: unloaded" in lab.console("unload villain.sys")


DOES_NOT_START = """
static int probe_start(void)
{
    return -ERROR_NO_MEMORY;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def test_a_driver_that_does_not_start_leaves_nothing_behind() -> None:
    """Its pages and its entry are given back, however often it is tried."""
    disk = probe.disk_with(probe.built(DOES_NOT_START))
    with probe.machine("windows", disk) as lab:
        lab.boot()
        lab.wait_for_prompt()
        answers = {lab.console("load /SYSTEM/DRIVERS/PROBE.SYS") for _ in range(12)}
        lab.console("load /SYSTEM/DRIVERS/VILLAIN.SYS")

        assert all("no memory" in it for it in answers), answers
        assert "villain.sys: unloaded" in lab.console("unload villain.sys")
