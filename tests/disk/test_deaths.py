"""What a process had written when it died is on the disk: its handles are closed."""

from __future__ import annotations

import pytest

from minios.abi.disk_layout import CONTENT_NEW_PATH
from minios.dev.disk_work import BY_NAME
from minios.dev.power_cuts import Rehearsal, rehearse
from minios.disk import find_damage
from minios.lab import Death, Lab, content_files, milliseconds, seconds

GOOD = "channel-291-good"
UD2 = b"\x0f\x0b"
ACTIVITY = BY_NAME["macos"]
BYTES = len(content_files.find(GOOD).data)
DATA_SECTORS = -(-BYTES // 512)


@pytest.fixture(name="rehearsal", scope="module")
def rehearsed() -> Rehearsal:
    """An update that has been stored once."""
    with Lab(model=ACTIVITY.model, options=ACTIVITY.options) as lab:
        ACTIVITY.begin(lab)
        return rehearse(lab, ACTIVITY.work[0])


def run_to_the_middle(rehearsal: Rehearsal) -> Lab:
    """A machine whose updater has written the bytes, but has not closed the file."""
    lab = Lab(model=ACTIVITY.model, options=ACTIVITY.options)
    lab.restore(rehearsal.start)
    rehearsal.work.act(lab)
    create_and_data = 1 + DATA_SECTORS
    last = rehearsal.writes[create_and_data - 1].instruction
    lab.machine.step(last - lab.machine.instructions, limit_ns=seconds(60))
    while lab.machine.ring != 3:
        lab.machine.step()
    return lab


def test_a_process_that_dies_has_its_files_published(rehearsal: Rehearsal) -> None:
    """As if it had closed them; nothing leaks."""
    with run_to_the_middle(rehearsal) as lab:
        assert lab.files().read(CONTENT_NEW_PATH) == b""
        place = lab.machine.walk(lab.machine.registers()["rip"]).physical
        assert place is not None
        lab.machine.write_physical(place, UD2)
        lab.run_until(Death("updater"), within=milliseconds(1))
        lab.run_for(milliseconds(10))

        assert lab.files().read(CONTENT_NEW_PATH) == content_files.find(GOOD).data
        assert lab.machine.disk is not None
        assert find_damage(lab.machine.disk) == ()


def test_a_machine_that_is_reset_has_not_closed_them(rehearsal: Rehearsal) -> None:
    """The draft is gone, and has never taken a cluster on the disk."""
    with run_to_the_middle(rehearsal) as lab:
        lab.reset()
        lab.boot()

        assert lab.files().read(CONTENT_NEW_PATH) == b""
        assert lab.machine.disk is not None
        assert find_damage(lab.machine.disk) == ()
