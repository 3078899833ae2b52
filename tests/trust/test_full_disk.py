"""A disk without room: whoever wants some is told so, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.abi.disk_layout import CONTENT_GOOD_PATH, CONTENT_PATH, SERVICES_PATH
from minios.disk import SectorsOfBuffer, Volume
from minios.lab import Happened, Lab, content_files, events, seconds
from tests.trust import probe

NO_ROOM = "there is no room on the disk"


@pytest.fixture(name="lab", scope="module")
def machine_with_a_full_disk() -> Iterator[Lab]:
    """It runs, and its shell waits."""
    with probe.machine("macos", probe.filled(probe.disk_with({}))) as lab:
        lab.boot()
        yield lab


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("cp /bin/init /a.bin", f"/A.BIN: {NO_ROOM}"),
        ("cp /bin/init /system/a.bin", f"/SYSTEM/A.BIN: {NO_ROOM}"),
        ("mv /bin/null /system/null", f"/SYSTEM/NULL: {NO_ROOM}"),
        ("svc updater demand", f"{SERVICES_PATH}: {NO_ROOM}"),
        ("cp /bin/none /a.bin", "/BIN/NONE: no such file or folder"),
        ("cp /bin /a.bin", "/BIN: that is a folder, not a file"),
        ("cp /bin/init /system", "/SYSTEM: that is a folder, not a file"),
        ("mv /bin/init /nowhere/init", "/NOWHERE/INIT: no such file or folder"),
        ("mv /bin/none /nowhere/init", "/BIN/NONE: no such file or folder"),
    ],
)
def test_a_command_blames_what_is_to_blame(lab: Lab, typed: str, answer: str) -> None:
    """And leaves every file where it was: no new one, not even an empty one."""
    before = {it.path for it in lab.files().walk()}

    assert lab.console(typed).splitlines() == [answer]
    assert {it.path for it in lab.files().walk()} == before


def test_the_last_good_content_comes_back_in_place_of_the_bad_one() -> None:
    """There is no room for a copy, so it comes itself."""
    good = content_files.find("channel-291-good").data
    image = bytearray(probe.disk_with({CONTENT_GOOD_PATH: good}))
    bad = content_files.find("channel-291-bad").data
    Volume(SectorsOfBuffer(image)).write(CONTENT_PATH, bad)
    options = {"event_ms": "50"}
    with probe.machine("macos", probe.filled(bytes(image)), options) as lab:
        lab.boot()
        lab.run_until(Happened(events.Restored), within=seconds(60))

        assert lab.files().read(CONTENT_PATH) == good
